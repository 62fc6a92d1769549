"""The mails that reports owe: to those who look after a page, and the answer to who reported.

As with bookings (rooms/tasks.py) a row is written in the transaction of what happened, and whoever
sends the mail claims the row first. The one who reported is forgotten as soon as the answer is sent.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from accounts.models import User
from rooms.tasks import MOST_RETRIES, TEND_EVERY
from servicetorg.reports.mails import send_answer, send_to_owner
from servicetorg.reports.models import Report, ReportMail, ReportMailTo

logger = logging.getLogger(__name__)


def owe_mails_to_owners(report: Report, owners: Iterable[User]) -> None:
    """Owe a mail to each; where there is nobody to the hub's address, and without one to the city administrators."""
    editors = list(owners)
    if not editors and report.hub.email:
        owe(ReportMail(report=report, to=ReportMailTo.HUB))
        return
    for editor in editors or city_administrators():
        owe(ReportMail(report=report, to=ReportMailTo.EDITOR, editor=editor))


def owe_answer(report: Report) -> None:
    owe(ReportMail(report=report, to=ReportMailTo.REPORTER))


def owe(mail: ReportMail) -> None:
    mail.save()
    send_report_mail.enqueue(mail.pk)


def city_administrators() -> Iterable[User]:
    return User.objects.filter(is_city_administrator=True, is_staff=True, is_active=True).exclude(email="")


@task
def send_report_mail(mail_id: int) -> bool:
    """Send one owed mail, unless it is sent or somebody is sending it. Say whether we did.

    A failure is queued again, later each time, and raised.
    """
    at = timezone.now()
    if not ReportMail.objects.claim(mail_id, at):
        return False
    try:
        send(mail_id)
    except Exception:
        try_later(mail_id, at)
        raise
    return True


def send_due_report_mails(*, at: datetime) -> int:
    """Send what is owed and nobody is about to send. Return how many were sent; failures are logged."""
    owed = ReportMail.objects.due_at(at).filter(report__made_at__lte=at - ReportMail.CLAIM)
    sent = 0
    for mail_id in list(owed.not_tried_since(at - TEND_EVERY).order_by("pk").values_list("pk", flat=True)):
        if not ReportMail.objects.claim(mail_id, at):
            continue
        try:
            send(mail_id)
        except Exception:
            logger.exception("A mail about a report could not be sent; it stays owed")
            ReportMail.objects.filter(pk=mail_id).update(claimed_at=None)
        else:
            sent += 1
    return sent


def send(mail_id: int) -> None:
    mail = ReportMail.objects.select_related("editor").get(pk=mail_id)
    report = Report.objects.for_list().get(pk=mail.report_id)
    if mail.to == ReportMailTo.REPORTER:
        if report.email:  # else forgotten meanwhile
            send_answer(report)
    elif report.is_waiting:  # else answered by somebody else before this one came
        send_to_owner(report, mail.editor)
    with transaction.atomic():
        ReportMail.objects.filter(pk=mail_id).update(sent_at=timezone.now())
        if mail.to == ReportMailTo.REPORTER:
            Report.objects.filter(pk=report.pk).update(email="")


def try_later(mail_id: int, at: datetime) -> None:
    ReportMail.objects.filter(pk=mail_id).update(claimed_at=None)
    attempts = ReportMail.objects.values_list("attempts", flat=True).get(pk=mail_id)
    if attempts <= MOST_RETRIES and send_report_mail.get_backend().supports_defer:
        send_report_mail.using(run_after=at + timedelta(minutes=2 ** (attempts - 1))).enqueue(mail_id)
