"""Work that happens beside the request: sending the mails that events owe.

`owe_mail` writes a BookingMail row and queues its task in the transaction of the event, so that
a booking without its mail cannot be. A mail that fails is tried again later by itself, and
`manage.py tend` finds those whose worker died. One row an event: it is never sent twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.db.models import F
from django.tasks import task
from django.utils import timezone

from rooms.mails import send_mail_of
from rooms.models import BookingEvent, BookingMail

MOST_ATTEMPTS = 8  # 1, 2, 4 … 64 minutes apart; then `tend` once a day


_is_silent = ContextVar("is_silent", default=False)


@contextmanager
def without_mails() -> Iterator[None]:
    """Owe nobody a mail for what happens inside: for imports and demo data, never for a page."""
    token = _is_silent.set(True)
    try:
        yield
    finally:
        _is_silent.reset(token)


def owe_mail(event: BookingEvent) -> BookingMail | None:
    if _is_silent.get():
        return None
    mail = BookingMail.objects.create(event=event)
    send_booking_mail.enqueue(mail.pk)
    return mail


@task
def send_booking_mail(mail_id: int) -> bool:
    """Send one owed mail, unless it is sent or somebody is sending it. Say whether we did."""
    at = timezone.now()
    if not BookingMail.objects.due_at(at).filter(pk=mail_id).update(claimed_at=at, attempts=F("attempts") + 1):
        return False
    mail = BookingMail.objects.select_related("event__booking__room__hub").get(pk=mail_id)
    try:
        send_mail_of(mail.event)
    except Exception:
        _try_later(mail)
        raise  # the task is kept as failed, with its traceback, for the staff to see
    BookingMail.objects.filter(pk=mail_id).update(sent_at=timezone.now())
    return True


def _try_later(mail: BookingMail) -> None:
    BookingMail.objects.filter(pk=mail.pk).update(claimed_at=None)
    if mail.attempts < MOST_ATTEMPTS and send_booking_mail.get_backend().supports_defer:
        delay = timedelta(minutes=2 ** (mail.attempts - 1))
        send_booking_mail.using(run_after=timezone.now() + delay).enqueue(mail.pk)
