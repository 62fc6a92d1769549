"""What became of a report, in the reader's words."""

from django.utils import timezone
from django.utils.translation import gettext as _

from hubs.wording import day_in_sentence
from servicetorg.reports.models import Report, ReportState, What


def made_words(report: Report) -> str:
    return _("Reported on %(day)s.") % {"day": day_in_sentence(timezone.localdate(report.made_at))}


def outcome_words(report: Report) -> str:
    """Write “The staff corrected the opening hours on Thursday 12 November.”"""
    if report.answered_at is None:
        return _("The staff have not answered yet.")
    return _sentence(report) % {"day": day_in_sentence(timezone.localdate(report.answered_at))}


def _sentence(report: Report) -> str:
    match report.state, report.what:
        case ReportState.RIGHT, What.HOURS:
            return _("The staff checked the opening hours on %(day)s: they are right.")
        case ReportState.RIGHT, What.CONTACT:
            return _("The staff checked the contact details on %(day)s: they are right.")
        case ReportState.RIGHT, What.PLACE:
            return _("The staff checked the way here on %(day)s: what the page says of it is right.")
        case ReportState.RIGHT, What.APPOINTMENT:
            return _("The staff checked on %(day)s what the page says of appointments: it is right.")
        case ReportState.RIGHT, _other:
            return _("The staff checked the page on %(day)s: it is right.")
        case ReportState.CORRECTED, What.HOURS:
            return _("The staff corrected the opening hours on %(day)s.")
        case ReportState.CORRECTED, What.CONTACT:
            return _("The staff corrected the contact details on %(day)s.")
        case ReportState.CORRECTED, What.PLACE:
            return _("The staff corrected what the page says of the way here on %(day)s.")
        case ReportState.CORRECTED, What.APPOINTMENT:
            return _("The staff corrected what the page says of appointments on %(day)s.")
        case ReportState.CORRECTED, _other:
            return _("The staff corrected the page on %(day)s.")
        case _declined:
            return _("The staff answered on %(day)s and left the page as it is.")
