from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from hubs.models import Hub
from servicetorg.demo import accounts
from servicetorg.demo.load import RealContentError, Summary, load


class Command(BaseCommand):
    help = "Load the demo: two service centres, their listings and rooms, bookings around today, staff accounts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing where there is a hub already")
        parser.add_argument("--without-bookings", action="store_true", help="leave the rooms free")
        parser.add_argument(
            "--yes-this-is-a-demo-site",
            action="store_true",
            help="needed where DEBUG is off: the accounts' password is public",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Hub.objects.exists():
            return
        if not (settings.DEBUG or options["yes_this_is_a_demo_site"]):
            raise CommandError(
                "The demo brings accounts whose password everybody knows. "
                "On a site without DEBUG say --yes-this-is-a-demo-site if that is what you want."
            )
        try:
            summary = load(at=timezone.now(), with_bookings=not options["without_bookings"])
        except RealContentError as reason:
            raise CommandError(f"The demo was not loaded, and nothing was changed: {reason}.") from reason
        self.tell(summary)

    def tell(self, summary: Summary) -> None:
        if summary.is_new:
            self.stdout.write(self.style.SUCCESS("The demo is loaded:"))
        else:
            self.stdout.write("The demo was there already; nothing was changed:")
        self.stdout.write(
            f"  {summary.hubs} hubs, {summary.listings} listings, {summary.rooms} rooms, {summary.bookings} bookings"
        )
        self.stdout.write(f"Accounts of the demo (password: {accounts.PASSWORD}):")
        for email, name in accounts.PEOPLE.items():
            self.stdout.write(f"  {email:<28} {name}")
