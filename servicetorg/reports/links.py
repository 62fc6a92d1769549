"""The link in a mail by which whoever looks after a page answers a report without signing in.

It does no more than that, and shows nothing of who reported. GET only shows; POST acts once.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import User
from rooms.links import LONGEST, ForgedError
from servicetorg.reports.models import Report

SIGNER = Signer(salt="servicetorg.reports.links.answer")


@dataclass(frozen=True, slots=True)
class AnswerLink:
    report: Report
    editor: User | None  # None: the hub's own mailbox


def answer_report_link(report: Report, editor: User | None) -> str:
    """Return the link with host, in the active language."""
    token = SIGNER.sign_object([report.reference, editor.pk if editor else 0])
    return settings.SITE_URL + reverse("answer_report_by_link", kwargs={"token": token})


def read_answer_link(token: str) -> AnswerLink:
    """Return what the link says. Queries; raises ForgedError, also where the report is forgotten."""
    try:
        if len(token) > LONGEST:
            raise ForgedError
        reference, editor_id = SIGNER.unsign_object(token)
    except (BadSignature, ValueError) as error:
        raise ForgedError from error
    report = Report.objects.for_list().filter(reference=reference).first()
    editor = User.objects.filter(pk=editor_id).first() if editor_id else None
    if report is None or (editor_id and editor is None):
        raise ForgedError
    return AnswerLink(report, editor)
