"""How mails that are owed (rooms/models/owed.py) are sent, whatever they are about.

Whoever sends claims the row first, so that a task that runs twice sends once. A mail that fails stays
owed: its task is queued again, later each time, and `manage.py tend` sends what a worker that died has
left. What the receiver's server refuses for good is given up after those first hours, and everything
else after three days; the staff see it with the booking. Only a crash between the mail server's answer
and the mark can send a mail again, and then under the same Message-ID.
"""

import logging
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.tasks import Task
from django.utils import timezone

from rooms.models.owed import MOST_ATTEMPTS, OwedMail, OwedMailQuerySet

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
    except Exception as error:
        attempts = _has_failed(owed, key, error)
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
        except Exception as error:
            if _has_failed(owed, key, error) < MOST_ATTEMPTS:
                logger.exception("A mail could not be sent; it stays owed: %s %s", owed._meta.label, key)
            else:
                logger.exception("A mail could not be sent and is given up: %s %s", owed._meta.label, key)
        else:
            sent += 1
    return sent


def _has_failed(owed: type[OwedMail], key: int, error: Exception) -> int:
    """Let go of the claim, and give the mail up where its server will never take it. Return the attempts so far."""
    mail = owed.objects.filter(pk=key)
    attempts = mail.values_list("attempts", flat=True).get()
    if attempts > MOST_RETRIES and is_refused_for_good(error):
        attempts = MOST_ATTEMPTS
    mail.update(claimed_at=None, attempts=attempts)
    return attempts


def is_refused_for_good(error: Exception) -> bool:
    """Say whether the mail server refuses every receiver with a code that says never (5xx), not later (4xx)."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(500 <= code < 600 for code, _words in error.recipients.values())
