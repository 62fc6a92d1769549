"""How mails that are owed (rooms/models/owed.py) are sent, whatever they are about.

Whoever sends claims the row first, so that a task that runs twice sends once. A mail that fails stays
owed: its task is queued again, later each time, and `manage.py tend` sends what a worker that died has
left. Only a crash between the mail server's answer and the mark can send a mail again, and then under
the same Message-ID.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.tasks import Task
from django.utils import timezone

from rooms.models.owed import OwedMail, OwedMailQuerySet

logger = logging.getLogger(__name__)

MOST_RETRIES = 7  # 1, 2, 4 … 64 minutes apart; `tend` tries on after that
TEND_EVERY = timedelta(hours=1)

type Send = Callable[[int], None]  # raises what the mail server answers; marks the row as sent


def send_once(owed: type[OwedMail], key: int, send: Send, again: Task[Any, Any]) -> bool:
    """Send one owed mail, unless it is sent or somebody is sending it. Say whether we did.

    A failure is queued `again` and raised: the task stays in the list as failed, with its traceback.
    """
    at = timezone.now()
    if not owed.objects.claim(key, at):
        return False
    try:
        send(key)
    except Exception:
        owed.objects.filter(pk=key).update(claimed_at=None)
        attempts = owed.objects.values_list("attempts", flat=True).get(pk=key)
        if attempts <= MOST_RETRIES and again.get_backend().supports_defer:
            again.using(run_after=at + timedelta(minutes=2 ** (attempts - 1))).enqueue(key)
        raise
    return True


def send_due(owed: type[OwedMail], mails: OwedMailQuerySet, send: Send, *, at: datetime) -> int:
    """Send those of the mails that nobody is about to send. Return how many were sent; failures are logged."""
    due = mails.due_at(at).not_tried_since(at - TEND_EVERY)
    sent = 0
    for key in list(due.order_by("pk").values_list("pk", flat=True)):
        if not owed.objects.claim(key, at):
            continue
        try:
            send(key)
        except Exception:
            logger.exception("A mail could not be sent; it stays owed: %s %s", owed._meta.label, key)
            owed.objects.filter(pk=key).update(claimed_at=None)
        else:
            sent += 1
    return sent
