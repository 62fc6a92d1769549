from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from hubs.special_days import YEARS_AHEAD, seed_special_days


class Command(BaseCommand):
    help = "Add the public holidays and eves of some years. Days that exist are left as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        this_year = timezone.localdate().year
        parser.add_argument("--from", dest="first", type=int, default=this_year, help="first year")
        parser.add_argument("--to", dest="last", type=int, default=None, help="last year (three more by default)")

    def handle(self, *args: Any, **options: Any) -> None:
        first = options["first"]
        last = options["last"] if options["last"] is not None else first + YEARS_AHEAD
        if last < first:
            raise CommandError("The last year must not be before the first.")
        added = seed_special_days(range(first, last + 1))
        self.stdout.write(f"Special days added: {added} ({first}–{last}).")
