from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from hubs.models import Hub
from rooms.models import Room
from services.models import Listing
from servicetorg.reports import tasks
from servicetorg.reports.models import Report, ReportMail, ReportState, What
from servicetorg.reports.privacy import forget_old_reports, forget_reporter, stored_reports
from servicetorg.reports.tasks import send_due_report_mails, send_report_mail
from servicetorg.reports.verbs import AnsweredError, answer_report, may_answer
from tests import cast
from tests.reports.conftest import make_report
from tests.rooms.test_storm import at_once

pytestmark = pytest.mark.django_db

AT = cast.TUESDAY


def answer(report: Report, state: ReportState = ReportState.CORRECTED, **changes: Any) -> Report:
    return answer_report(**{"report": report, "state": state, "answer": "", "actor": None, "at": AT, **changes})


def receivers(mailoutbox: list[Any]) -> list[str]:
    return sorted(address for message in mailoutbox for address in message.to)


# --- Who is asked ------------------------------------------------------------------------------------


def test_the_editors_of_the_provider_are_asked_in_their_language(
    library: Listing, provider_editor: User, kalajarvi_editor: User, mailoutbox: list[Any]
) -> None:
    make_report(library)

    (message,) = mailoutbox
    assert message.to == ["provider@example.com"]
    assert "/fi/links/report/" in message.body
    assert "It closed at 16." in message.body
    assert "finder@example.com" not in message.body


def test_without_them_the_editors_of_the_hub_are_asked(
    library: Listing, hall: Room, kalajarvi: Hub, kalajarvi_editor: User, mailoutbox: list[Any]
) -> None:
    for about in (library, hall, kalajarvi):
        make_report(about)

    assert receivers(mailoutbox) == ["editor@example.com"] * 3


def test_without_editors_the_hubs_mailbox_is_asked_and_else_the_city(
    library: Listing, city_administrator: User, mailoutbox: list[Any]
) -> None:
    make_report(library)
    Hub.objects.update(email="house@example.com")
    make_report(Listing.objects.get(), text="Something new")

    assert receivers(mailoutbox) == ["city@example.com", "house@example.com"]


def test_whoever_has_left_is_not_asked(
    library: Listing, provider_editor: User, city_administrator: User, mailoutbox: list[Any]
) -> None:
    User.objects.filter(pk=provider_editor.pk).update(is_active=False)
    gone = cast.make_user("gone@example.com", is_staff=True, is_active=False, is_city_administrator=True)
    library.hub.editors.add(gone)

    make_report(library)

    assert receivers(mailoutbox) == ["city@example.com"]


def test_a_button_pressed_twice_makes_one_report(
    library: Listing, kalajarvi_editor: User, mailoutbox: list[Any]
) -> None:
    assert make_report(library) == make_report(library)
    assert make_report(library) != make_report(library, text="Something else")
    assert len(mailoutbox) == 2


def test_what_is_wrong_again_after_an_answer_is_a_new_report(library: Listing) -> None:
    answered = answer(make_report(library))

    assert make_report(library) != answered


# --- The answer --------------------------------------------------------------------------------------


def test_whoever_left_an_address_gets_the_answer_in_their_language_and_is_forgotten(
    library: Listing, mailoutbox: list[Any]
) -> None:
    report = answer(make_report(library), answer="We close at 16 on Fridays.")

    (message,) = mailoutbox
    assert (message.to, message.subject) == (["finder@example.com"], "What you reported: Kalajärvi Library")
    assert "The staff corrected the opening hours on Tuesday 24 November." in message.body
    assert "We close at 16 on Fridays." in message.body
    assert f"/en/reports/{report.reference}/" in message.body
    report.refresh_from_db()
    assert report.email == ""


def test_without_an_address_nobody_is_mailed(library: Listing, mailoutbox: list[Any]) -> None:
    answer(make_report(library, email=""))

    assert mailoutbox == []


def test_a_report_is_answered_once(library: Listing, kalajarvi_editor: User, mailoutbox: list[Any]) -> None:
    report = make_report(library)
    answer(report)
    with pytest.raises(AnsweredError):
        answer(report, ReportState.RIGHT)

    report.refresh_from_db()
    assert report.state == ReportState.CORRECTED
    assert receivers(mailoutbox) == ["editor@example.com", "finder@example.com"]


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_the_same_moment_one_counts(library: Listing, mailoutbox: list[Any]) -> None:
    report = make_report(library)
    states = [ReportState.RIGHT, ReportState.CORRECTED]

    outcomes = at_once([partial(answer, report, state) for state in states])

    assert sorted(type(each).__name__ for each in outcomes) == ["AnsweredError", "Report"]
    assert receivers(mailoutbox) == ["finder@example.com"]


@pytest.mark.parametrize(
    ("what", "state", "is_confirmed"),
    [
        (What.HOURS, ReportState.RIGHT, True),
        (What.HOURS, ReportState.CORRECTED, True),
        (What.HOURS, ReportState.DECLINED, False),
        (What.PLACE, ReportState.RIGHT, False),
    ],
)
def test_hours_that_somebody_has_looked_at_are_confirmed(
    library: Listing, kalajarvi_editor: User, what: What, state: ReportState, is_confirmed: bool
) -> None:
    answer(make_report(library, what=what), state, answer="Because.", actor=kalajarvi_editor)

    library.timetable.refresh_from_db()
    assert library.timetable.confirmed_at == (AT if is_confirmed else None)


def test_whoever_looks_after_the_page_may_answer(
    library: Listing, iso_omena: Hub, provider_editor: User, kalajarvi_editor: User, resident: User
) -> None:
    elsewhere = cast.make_user("elsewhere@example.com", is_staff=True)
    iso_omena.editors.add(elsewhere)
    report = make_report(library)

    answers = [may_answer(each, report) for each in (provider_editor, kalajarvi_editor, elsewhere, resident)]
    assert answers == [True, True, False, False]


def test_whoever_has_left_or_edits_for_another_provider_may_not(library: Listing, provider_editor: User) -> None:
    other = cast.make_user("other@example.com", is_staff=True)
    cast.make_provider("county").editors.add(other)
    report = make_report(library)

    assert not may_answer(other, report)
    for left in ("is_active", "is_staff"):
        assert not may_answer(User(pk=provider_editor.pk, **{"is_staff": True, "is_active": True, left: False}), report)


# --- What the database refuses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"state": ReportState.RIGHT}, "report_is_answered_at_a_moment"),
        ({"answered_at": AT}, "report_is_answered_at_a_moment"),
        ({"state": ReportState.DECLINED, "answered_at": AT}, "report_is_declined_with_a_reason"),
    ],
)
def test_the_database_refuses_half_an_answer(library: Listing, values: dict[str, Any], constraint: str) -> None:
    make_report(library)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Report.objects.update(**values)


def test_the_database_refuses_a_report_about_two_things(library: Listing, hall: Room) -> None:
    make_report(library)
    with pytest.raises(IntegrityError, match="report_is_not_about_a_listing_and_a_room"), transaction.atomic():
        Report.objects.update(room=hall)


def test_the_database_refuses_to_owe_a_mail_twice(library: Listing, kalajarvi_editor: User) -> None:
    mail = make_report(library).mails.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportMail.objects.create(report=mail.report, to=mail.to, editor=mail.editor)


# --- Mails that fail ---------------------------------------------------------------------------------


def test_a_mail_that_fails_stays_owed_and_is_sent_once_by_tend(
    library: Listing,
    kalajarvi_editor: User,
    mailoutbox: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    clock: Any,
) -> None:
    def refuse(*args: Any) -> None:
        raise OSError("The mail server is away.")

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "send_to_owner", refuse)
        make_report(library)
    assert mailoutbox == []

    clock.shift(timedelta(hours=2))
    call_command("tend")
    call_command("tend")
    assert receivers(mailoutbox) == ["editor@example.com"]
    mail = ReportMail.objects.get()
    assert (mail.attempts, mail.sent_at) == (2, timezone.now())


def test_a_task_that_runs_twice_sends_once(library: Listing, kalajarvi_editor: User, mailoutbox: list[Any]) -> None:
    mail = make_report(library).mails.get()

    assert send_report_mail.func(mail.pk) is False
    assert len(mailoutbox) == 1


def test_nobody_is_asked_about_what_has_been_answered_meanwhile(
    library: Listing, kalajarvi_editor: User, mailoutbox: list[Any]
) -> None:
    report = make_report(library, email="")
    answer(report)
    ReportMail.objects.update(sent_at=None, claimed_at=None, tried_at=None)
    mailoutbox.clear()

    assert send_due_report_mails(at=AT + timedelta(hours=2)) == 1
    assert mailoutbox == []


# --- Forgetting --------------------------------------------------------------------------------------


def test_an_address_waits_ninety_days_for_an_answer_and_a_report_is_kept_a_year(library: Listing) -> None:
    make_report(library)
    day = timedelta(days=1)

    assert forget_old_reports(at=AT + 89 * day) == 0
    assert forget_old_reports(at=AT + 90 * day) == 1
    assert Report.objects.get().email == ""
    assert forget_old_reports(at=AT + 364 * day) == 0
    assert forget_old_reports(at=AT + 365 * day) == 1
    assert not Report.objects.exists()


def test_an_address_waits_two_weeks_for_a_mail_server_that_does_not_take_the_answer(
    library: Listing, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any]
) -> None:
    def refuse(*args: Any) -> None:
        raise OSError("The mail server is away.")

    report = make_report(library)
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "send_answer", refuse)
        answer(report)

    assert forget_old_reports(at=AT + timedelta(days=14, seconds=-1)) == 0
    assert forget_old_reports(at=AT + timedelta(days=14)) == 1
    assert Report.objects.get().email == ""
    assert send_due_report_mails(at=AT + timedelta(days=15)) == 1  # which is for nobody any more
    assert mailoutbox == []


def test_whoever_is_forgotten_is_owed_no_answer(library: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "owe", lambda mail: mail.save())
    report = make_report(library, email="resident@example.com")
    answer(report)

    assert forget_reporter("resident@example.com") == 1
    assert not ReportMail.objects.filter(to="reporter").exists()


def test_whoever_has_an_account_sees_and_forgets_their_reports(library: Listing, resident: User) -> None:
    report = make_report(library, email="Resident@Example.com")

    (stored,) = stored_reports(resident)
    assert (stored["reference"], stored["text"]) == (report.reference, "It closed at 16.")
    assert forget_reporter(resident.email) == 1
    assert stored_reports(resident) == []
    assert "example.com" not in str(list(Report.objects.values()))
