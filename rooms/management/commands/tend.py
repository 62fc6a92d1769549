import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.traces import forget_ended_sessions, forget_old_attempts
from hubs.special_days import seed_years_ahead
from rooms.booking import expire_due, finish_due, forget_holds, note_opened, offer_due, release_due, remind_due
from rooms.privacy import anonymise_due, forget_idle_residents, forget_old_watches
from rooms.tasks import begin_again, forget_finished_tasks, send_due_mails

logger = logging.getLogger(__name__)


def send_reminders(*, at: datetime) -> int:
    return remind_due(at=at, hours=settings.REMINDER_HOURS)


# In this order: what ends first, so that what follows meets things as they are; mails last.
# Each part says how much it did. It must bear being run twice and in parallel.
PARTS: dict[str, Callable[..., int]] = {
    "expired": expire_due,
    "released": release_due,
    "used": finish_due,
    "opened": note_opened,
    "offered": offer_due,
    "reminded": send_reminders,
    "mails sent": send_due_mails,
    "special days added": seed_years_ahead,
    "holds forgotten": forget_holds,
    "anonymised": anonymise_due,
    "watches forgotten": forget_old_watches,
    "accounts deleted": forget_idle_residents,
    "sessions forgotten": forget_ended_sessions,
    "attempts forgotten": forget_old_attempts,
    "tasks begun again": begin_again,
    "tasks forgotten": forget_finished_tasks,
}


class Command(BaseCommand):
    """Do what is due. Safe to run every minute, and on several machines at once.

    A part that fails is logged and does not keep the others from their work; the command then
    ends as failed, so that whoever runs it can notice.
    """

    help = "Do what is due: expiries, releases, what is over, reminders, and the mails that are still owed."

    def handle(self, *args: Any, **options: Any) -> None:
        at, done, failed = timezone.now(), {}, []
        for name, part in PARTS.items():
            try:
                done[name] = part(at=at)
            except Exception:
                logger.exception("A part of tend failed: %s", name)
                failed.append(name)
        self.stdout.write(", ".join(f"{name}: {number}" for name, number in done.items()))
        if any(done.values()):
            logger.info("Tended: %s", ", ".join(f"{name} {number}" for name, number in done.items() if number))
        if failed:
            raise CommandError(f"Failed: {', '.join(failed)}. The log says why; the rest is done.")
