"""The mails that reports owe: to those who look after a page, and the answer to who reported.

As with bookings (rooms/tasks.py) a row is written in the transaction of what happened, and sent as
rooms/owed_mails.py says. The one who reported is forgotten as soon as the answer is sent.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from accounts.models import User
from rooms.owed_mails import send_due, send_once
from servicetorg.reports.mails import send_answer, send_to_owner
from servicetorg.reports.models import Report, ReportMail, ReportMailTo


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
    return send_once(ReportMail, mail_id, send, again=send_report_mail)


def send_due_report_mails(*, at: datetime) -> int:
    """Send what is owed and nobody is about to send. Return how many were sent; failures are logged."""
    long_owed = ReportMail.objects.filter(report__made_at__lte=at - ReportMail.CLAIM)
    return send_due(ReportMail, long_owed, send, at=at)


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
