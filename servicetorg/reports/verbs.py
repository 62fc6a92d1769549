"""What happens to a report: it is made, and it is answered once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts import roles
from accounts.models import User
from hubs.models import Hub, Timetable
from rooms.models import Room
from services.models import Listing
from servicetorg.reports.models import Report, ReportState, Thing, What
from servicetorg.reports.tasks import owe_answer, owe_mails_to_owners

PRESSED_TWICE = timedelta(hours=1)


class AnsweredError(Exception):
    """Somebody has answered the report already."""


@transaction.atomic
def report_mistake(*, about: Thing, what: What, text: str, email: str, language: str, at: datetime) -> Report:
    """Write down what somebody has found, and owe a mail to those who look after the page.

    The same words about the same thing within an hour are the same report: a button pressed twice.
    """
    place = place_of(about)
    same = Report.objects.waiting().filter(**place, what=what, text=text, email=email, made_at__gt=at - PRESSED_TWICE)
    if (report := same.first()) is not None:
        return report
    report = Report.objects.create(**place, what=what, text=text, email=email, language=language, made_at=at)
    owe_mails_to_owners(report, owners_of(about))
    return report


@transaction.atomic
def answer_report(*, report: Report, state: ReportState, answer: str, actor: User | None, at: datetime) -> Report:
    """Answer a report; whoever left an address gets a mail. Raises AnsweredError.

    Hours that somebody has looked at, and found right or put right, count as confirmed.
    `actor` is None where the hub's own mailbox has answered.
    """
    mine = Report.objects.select_for_update(of=("self",)).for_list().get(pk=report.pk)
    if not mine.is_waiting:
        raise AnsweredError
    mine.state, mine.answer, mine.answered_at, mine.answered_by = state, answer.strip(), at, actor
    mine.save()
    if mine.what == What.HOURS and state != ReportState.DECLINED and actor is not None:
        Timetable.objects.filter(pk=mine.about.timetable_id).confirm(by=actor, at=at)
    if mine.email:
        owe_answer(mine)
    return mine


def place_of(about: Thing) -> dict[str, Thing | None]:
    match about:
        case Listing():
            return {"hub": about.hub, "listing": about, "room": None}
        case Room():
            return {"hub": about.hub, "listing": None, "room": about}
        case _hub:
            return {"hub": about, "listing": None, "room": None}


def owners_of(about: Thing) -> QuerySet[User]:
    """Return who looks after the page: the provider's editors, else the hub's. May be nobody. Up to two queries."""
    active = User.objects.filter(is_staff=True, is_active=True).exclude(email="").order_by("pk")
    if isinstance(about, Listing):
        editors = active.filter(edited_providers=about.provider_id)
        if editors.exists():
            return editors
    return active.filter(edited_hubs=about if isinstance(about, Hub) else about.hub_id)


def may_answer(person: User, report: Report) -> bool:
    """Say whether somebody edits what the report is about. Up to two queries."""
    if not (person.is_active and person.is_staff):
        return False
    if roles.edits_hub(person, report.hub):
        return True
    listing = report.listing
    return listing is not None and person.edited_providers.filter(pk=listing.provider_id).exists()
