from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from rooms.booking import expire_due
from rooms.tasks import send_due_mails


class Command(BaseCommand):
    """Do what is due. Safe to run every minute, and on several machines at once."""

    help = "Expire holds and requests whose deadline has passed, and send the mails that are still owed."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        expired, sent = expire_due(at=at), send_due_mails(at=at)
        self.stdout.write(f"Expired: {expired}. Mails sent: {sent}.")
