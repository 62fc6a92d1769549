"""Work that happens beside the request: sending the mails that events owe.

`owe_mail` writes a BookingMail row and queues its task in the transaction of the event, so that
there is no booking without its mail. How it is sent, and what happens if that fails, is in
rooms/owed_mails.py.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.db.models import Q
from django.tasks import TaskResultStatus, task
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from rooms.enums import MailTo
from rooms.mails import send_mail_of
from rooms.mails_about_series import is_about_series, send_series_mail_of
from rooms.mails_to_staff import send_mail_to_staff
from rooms.models import BookingEvent, BookingMail
from rooms.owed_mails import send_due, send_once

logger = logging.getLogger(__name__)

ABANDONED = timedelta(hours=1)  # longer than any task takes: who began it has died
MOST_LIVES = 5
KEEP_DONE = timedelta(days=1)
KEEP_FAILED = timedelta(days=14)


_is_silent = ContextVar("is_silent", default=False)


@contextmanager
def without_mails() -> Iterator[None]:
    """Owe nobody a mail for what happens inside: for the demo data (servicetorg/demo), never for a page."""
    token = _is_silent.set(True)
    try:
        yield
    finally:
        _is_silent.reset(token)


def owe_mail(event: BookingEvent) -> BookingMail | None:
    """Write down that the event owes a mail, and queue it. Call inside the event's transaction."""
    if _is_silent.get():
        return None
    mail = BookingMail.objects.create(event=event)
    send_booking_mail.enqueue(mail.pk)
    return mail


def owe_mails_to_staff(event: BookingEvent) -> None:
    """Owe a mail about a request to each editor of the hub; where there is none, to the hub's own address."""
    if _is_silent.get():
        return
    hub = event.booking.room.hub
    editors = User.objects.filter(edited_hubs=hub, is_staff=True, is_active=True).exclude(email="")
    mails = [BookingMail(event=event, to=MailTo.EDITOR, editor=editor) for editor in editors.order_by("pk")]
    if not mails and hub.email:
        mails = [BookingMail(event=event, to=MailTo.HUB)]
    for mail in mails:
        mail.save()
        send_booking_mail.enqueue(mail.pk)


@task
def send_booking_mail(mail_id: int) -> bool:
    return send_once(BookingMail, mail_id, _send, again=send_booking_mail)


@task
def offer_freed_times() -> int:
    """Offer what has become free to those who watch. Return how many offers were made.

    Named and not imported: the verbs of rooms/booking/ queue this task, and it calls one of them.
    """
    offer_due: Callable[..., int] = import_string("rooms.booking.offers.offer_due")
    return offer_due(at=timezone.now())


def send_due_mails(*, at: datetime) -> int:
    """Send what is owed and nobody is about to send. Return how many were sent; failures are logged."""
    long_owed = BookingMail.objects.filter(event__at__lte=at - BookingMail.CLAIM)
    return send_due(BookingMail, long_owed, _send, at=at)


def begin_again(*, at: datetime) -> int:
    """Queue tasks again whose worker has died in the middle. Return how many.

    Without this the last mail to somebody would be lost, and their address would stay in its task.
    A task that has taken several workers along is given up.
    """
    again = 0
    abandoned = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lte=at - ABANDONED)
    for key, started_at, workers in list(abandoned.values_list("pk", "started_at", "worker_ids")):
        mine = DBTaskResult.objects.filter(pk=key, status=TaskResultStatus.RUNNING, started_at=started_at)
        if len(workers) < MOST_LIVES:
            again += mine.update(status=TaskResultStatus.READY)
        elif mine.update(status=TaskResultStatus.FAILED, finished_at=at, traceback=f"Every worker died: {workers}"):
            logger.error("A task is given up, for every worker has died of it: %s", key)
    return again


def forget_finished_tasks(*, at: datetime) -> int:
    """Delete tasks that are done: the last mail to somebody holds their address. Return how many.

    A failed one stays for two weeks, so that the staff can see why.
    """
    done = Q(status=TaskResultStatus.SUCCESSFUL, finished_at__lte=at - KEEP_DONE)
    failed = Q(status=TaskResultStatus.FAILED, finished_at__lte=at - KEEP_FAILED)
    return DBTaskResult.objects.filter(done | failed).delete()[0]


def _send(mail_id: int) -> None:
    mail = BookingMail.objects.select_related("event__booking__room__hub", "editor").get(pk=mail_id)
    if mail.to == MailTo.RESIDENT:
        send = send_series_mail_of if is_about_series(mail.event) else send_mail_of
        send(mail.event)
    else:
        send_mail_to_staff(mail)
    BookingMail.objects.filter(pk=mail_id).update(sent_at=timezone.now())
