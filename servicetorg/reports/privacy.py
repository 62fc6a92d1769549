"""What reports store about a person: an address for the answer, if one was left. Shown, and forgotten in time."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from servicetorg.reports.models import Report, ReportMail, ReportMailTo, ReportQuerySet

EMAIL_DAYS = 90  # an address waits no longer for an answer
UNSENT_DAYS = 14  # nor for a mail server that does not take the answer


def reports_of(person: User) -> ReportQuerySet:
    """Return the reports that wait with this person's address for an answer."""
    return Report.objects.for_list().filter(email__iexact=person.email)


def stored_reports(person: User) -> list[dict[str, Any]]:
    names = ("reference", "what", "text", "email", "language", "state", "answer", "made_at", "answered_at")
    return [
        {"about": report.about.get_absolute_url(), **{name: getattr(report, name) for name in names}}
        for report in reports_of(person)
    ]


def forget_reporter(email: str) -> int:
    """Forget an address at once. Return how many reports it was left on."""
    mine = Report.objects.filter(email__iexact=email)
    ReportMail.objects.filter(report__in=mine, to=ReportMailTo.REPORTER, sent_at=None).delete()
    return mine.update(email="")


def forget_old_reports(*, at: datetime) -> int:
    """Forget addresses that have waited for long enough, and delete old reports. Return how many of both."""
    waited = Q(made_at__lte=at - timedelta(days=EMAIL_DAYS)) | Q(answered_at__lte=at - timedelta(days=UNSENT_DAYS))
    addresses = Report.objects.filter(waited).exclude(email="").update(email="")
    old = Report.objects.filter(made_at__lte=at - timedelta(days=settings.RETENTION_DAYS))
    return addresses + old.delete()[1].get(Report._meta.label, 0)
