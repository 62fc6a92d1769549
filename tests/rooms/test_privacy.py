"""What tells who booked is forgotten in time, at once when asked, and the statistics stay."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django_tasks_db.models import DBTaskResult
from icalendar import Calendar
from pytest_django import Settings

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    BookingDetails,
    Refused,
    SeriesChoice,
    book_room,
    book_series,
    cancel,
    give_back,
    give_back_following,
    hold,
    offer_due,
    series_starts,
    start_watch,
    stop_watch,
)
from rooms.enums import BookingState, EventKind
from rooms.models import Booking, BookingEvent, BookingMail, Offer, Room, Series, Watch
from rooms.privacy import (
    anonymise_due,
    delete_account,
    forget_idle_residents,
    forget_old_watches,
    stored_about,
    stored_watches,
)
from rooms.tasks import send_due_mails
from servicetorg.models import Report
from tests.cast import TUESDAY, helsinki, make_room, make_user
from tests.conftest import signed_in
from tests.rooms.test_storm import at_once

pytestmark = pytest.mark.django_db

AT = TUESDAY
STARTS_AT, ENDS_AT = helsinki(2026, 11, 25, 17), helsinki(2026, 11, 25, 19)
A_YEAR = timedelta(days=365)
SECRETS = ("Kim Secret", "resident@example.com", "050 1234567", "Secret choir", "Secret purpose", "Secret message")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


def book(room: Room, resident: User, **changes: Any) -> Booking:
    details = BookingDetails(
        people=12,
        name="Kim Secret",
        phone="050 1234567",
        language="fi",
        organisation="Secret choir",
        purpose="Secret purpose",
        message="Secret message",
    )
    wish = {
        "room": room,
        "starts_at": STARTS_AT,
        "ends_at": ENDS_AT,
        "resident": resident,
        "actor": resident,
        "details": details,
        "at": AT,
    }
    return book_room(**{**wish, **changes})


def wait(resident: User, **changes: Any) -> Watch:
    """Let somebody wait for an hour or two on any evening of the coming four weeks."""
    wish = {
        "people": 4,
        "minutes": 120,
        "weekdays": "1234567",
        "from_time": time(17),
        "until_time": time(20),
        "last_day": AT.date() + timedelta(days=28),
        "language": "sv",
    }
    return start_watch(resident=resident, at=AT, **{**wish, **changes})


@pytest.fixture
def booking(hall: Room, resident: User) -> Booking:
    return book(hall, resident)


def everything_in_the_database() -> str:
    """Return every value of every row that can be about a booking or its resident."""
    models = [Booking, BookingEvent, BookingMail, User, LogEntry, DBTaskResult]
    rows = [row for model in models for row in model._default_manager.values()]
    return " ".join(str(value) for row in rows for value in row.values())


# --- In time --------------------------------------------------------------------------------------


def test_a_year_after_its_end_nothing_tells_who_booked(booking: Booking) -> None:
    assert anonymise_due(at=ENDS_AT + A_YEAR - timedelta(seconds=1)) == 0
    assert anonymise_due(at=ENDS_AT + A_YEAR) == 1
    booking.refresh_from_db()
    assert (booking.resident, booking.people, booking.starts_at) == (None, 12, STARTS_AT)
    User.objects.all().delete()
    for secret in SECRETS:
        assert secret not in everything_in_the_database()


def test_what_happened_stays_and_who_did_it_goes(booking: Booking, kalajarvi_editor: User) -> None:
    cancel(booking=booking, actor=kalajarvi_editor, at=AT, reason="Kim Secret broke the piano")
    before = list(booking.events.values_list("kind", "at", "new"))
    anonymise_due(at=ENDS_AT + A_YEAR)
    assert list(booking.events.values_list("kind", "at", "new")) == before
    assert set(booking.events.values_list("actor", "reason")) == {(None, "")}
    booking.refresh_from_db()
    assert (booking.state, booking.reason) == (BookingState.CANCELLED, "")


def test_the_time_is_counted_as_before(booking: Booking) -> None:
    before = list(booking.busy_periods.values_list("room", "starts_at", "ends_at"))
    anonymise_due(at=ENDS_AT + A_YEAR)
    assert list(booking.busy_periods.values_list("room", "starts_at", "ends_at")) == before


def test_the_city_may_choose_another_time(booking: Booking, settings: Settings) -> None:
    settings.RETENTION_DAYS = 30
    assert anonymise_due(at=ENDS_AT + timedelta(days=30)) == 1


def test_it_goes_through_many_in_batches_and_does_nothing_twice(
    hall: Room, resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.privacy.AT_ONCE", 2)
    for day in range(5):
        span = {"starts_at": STARTS_AT + timedelta(days=day), "ends_at": ENDS_AT + timedelta(days=day)}
        Booking.objects.create(room=hall, resident=resident, state=BookingState.USED, name="Kim Secret", **span)
    later = ENDS_AT + A_YEAR + timedelta(days=5)
    assert (anonymise_due(at=later), anonymise_due(at=later)) == (5, 0)
    assert not Booking.objects.exclude(name="").exists()


def test_a_mail_that_was_never_sent_is_not_sent_to_nobody(booking: Booking) -> None:
    BookingMail.objects.update(sent_at=None, claimed_at=None, tried_at=None)
    mail.outbox.clear()
    anonymise_due(at=ENDS_AT + A_YEAR)
    assert (send_due_mails(at=ENDS_AT + A_YEAR), mail.outbox) == (0, [])


def test_an_account_is_kept_while_it_is_used(booking: Booking, resident: User) -> None:
    later = AT + A_YEAR + timedelta(days=10)
    User.objects.update(joined_at=AT, last_login=later - timedelta(days=1))
    anonymise_due(at=later)
    assert forget_idle_residents(at=later) == 0
    User.objects.update(last_login=AT)
    assert forget_idle_residents(at=later) == 1
    assert not User.objects.filter(pk=resident.pk).exists()


def test_an_account_with_bookings_that_tell_of_it_is_kept(booking: Booking) -> None:
    User.objects.update(joined_at=AT - A_YEAR, last_login=None)
    assert forget_idle_residents(at=AT) == 0


def test_the_accounts_of_staff_are_never_deleted_by_time(kalajarvi_editor: User, city_administrator: User) -> None:
    User.objects.update(joined_at=AT - 3 * A_YEAR, last_login=AT - 2 * A_YEAR)
    assert forget_idle_residents(at=AT) == 0


def test_tend_does_it_all_and_forgets_traces(booking: Booking, resident: User, clock: Any) -> None:
    signed_in(resident)
    clock.move_to(ENDS_AT + A_YEAR)
    DBTaskResult.objects.create(
        status="SUCCESSFUL", args_kwargs={"args": ["resident@example.com"], "kwargs": {}}, task_path="x",
        backend_name="default", run_after=AT, finished_at=ENDS_AT, exception_class_path="", traceback="",
    )  # fmt: skip
    call_command("tend")
    booking.refresh_from_db()
    assert booking.anonymised_at == ENDS_AT + A_YEAR
    assert (Session.objects.count(), DBTaskResult.objects.count()) == (0, 0)
    call_command("tend")


@pytest.mark.django_db(transaction=True)
def test_several_machines_at_once_do_it_once(hall: Room, resident: User) -> None:
    for day in range(20):
        span = {"starts_at": STARTS_AT + timedelta(days=day), "ends_at": ENDS_AT + timedelta(days=day)}
        Booking.objects.create(room=hall, resident=resident, state=BookingState.USED, name="Kim Secret", **span)
    later = ENDS_AT + A_YEAR + timedelta(days=30)
    User.objects.update(joined_at=AT - A_YEAR)
    done = at_once([lambda: anonymise_due(at=later)] * 4)
    assert all(isinstance(number, int) for number in done), done
    anonymise_due(at=later)
    assert Booking.objects.filter(name="", resident=None).count() == 20
    gone = at_once([lambda: forget_idle_residents(at=later)] * 4)
    assert all(isinstance(number, int) for number in gone), gone
    assert not User.objects.exists()


# --- At once ---------------------------------------------------------------------------------------


def test_deleting_gives_back_what_is_coming_and_forgets_the_rest(
    booking: Booking, hall: Room, resident: User, another_resident: User
) -> None:
    past = Booking.objects.create(
        room=hall,
        resident=resident,
        state=BookingState.USED,
        starts_at=STARTS_AT - timedelta(days=7),
        ends_at=ENDS_AT - timedelta(days=7),
        name="Kim Secret",
        people=5,
    )
    theirs = book(make_room(hall.hub, "other"), another_resident)
    assert delete_account(resident=resident, at=AT) == 1
    booking.refresh_from_db()
    past.refresh_from_db()
    theirs.refresh_from_db()
    assert (booking.state, booking.busy_periods.count()) == (BookingState.CANCELLED, 0)
    assert booking.events.last().kind == EventKind.GIVEN_BACK
    assert (past.state, past.people, past.name) == (BookingState.USED, 5, "")
    assert (theirs.state, theirs.name) == (BookingState.CONFIRMED, "Kim Secret")
    assert not User.objects.filter(pk=resident.pk).exists()
    theirs.delete()
    for secret in SECRETS:
        assert secret not in everything_in_the_database()


def test_one_last_mail_tells_of_everything_and_clears_the_calendar(booking: Booking, resident: User) -> None:
    User.objects.filter(pk=resident.pk).update(language="en")
    mail.outbox.clear()
    delete_account(resident=resident, at=AT)
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["resident@example.com"], "Your account has been deleted")
    assert "Wednesday 25 November 2026 17:00–19:00: Hall, Kalajärvi Service Centre" in message.body
    (part,) = [part for part in message.message().walk() if part.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert (calendar["method"], calendar.walk("VEVENT")[0]["sequence"]) == ("CANCEL", 1)


def test_a_hold_is_let_go_without_words(hall: Room, resident: User) -> None:
    hold(room=hall, starts_at=STARTS_AT, ends_at=ENDS_AT, resident=resident, language="fi", at=AT)
    assert delete_account(resident=resident, at=AT) == 0
    assert not hall.busy_periods.exists()


def test_every_session_ends(resident: User, another_resident: User) -> None:
    browsers = [signed_in(resident), signed_in(resident), signed_in(another_resident)]
    delete_account(resident=resident, at=AT)
    assert Session.objects.count() == 1
    assert [browser.get("/sv/bookings/").status_code for browser in browsers] == [302, 302, 200]


def test_the_admins_log_forgets_the_name(resident: User, city_administrator: User) -> None:
    LogEntry.objects.create(
        user=city_administrator,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(resident.pk),
        object_repr="Kim Secret",
        action_flag=CHANGE,
    )
    delete_account(resident=resident, at=AT)
    assert not LogEntry.objects.exists()


def test_staff_are_asked_to_turn_to_the_city(kalajarvi_editor: User) -> None:
    with pytest.raises(Refused):
        delete_account(resident=kalajarvi_editor, at=AT)
    assert User.objects.filter(pk=kalajarvi_editor.pk).exists()


def test_the_mail_is_queued_with_the_deletion_and_its_address_forgotten(
    booking: Booking, resident: User, queued: None
) -> None:
    delete_account(resident=resident, at=AT)
    (task,) = [task for task in DBTaskResult.objects.all() if "send_farewell" in task.task_path]
    assert task.args_kwargs["args"][0] == "resident@example.com"
    DBTaskResult.objects.update(status="SUCCESSFUL", finished_at=AT)
    call_command("tend")
    assert DBTaskResult.objects.exists()
    with time_machine.travel(AT + timedelta(days=1), tick=False):
        call_command("tend")
    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_booking_while_the_account_is_deleted_leaves_nothing_behind(hall: Room) -> None:
    for week in range(5):
        resident = make_user(f"resident{week}@example.com")
        span = {"starts_at": STARTS_AT + timedelta(weeks=week), "ends_at": ENDS_AT + timedelta(weeks=week)}
        outcomes = at_once(
            [
                lambda resident=resident: delete_account(resident=resident, at=AT),
                lambda resident=resident, span=span: book(hall, resident, **span),
            ]
        )
        assert isinstance(outcomes[0], int), outcomes
        assert isinstance(outcomes[1], Booking | Refused), outcomes
        assert not Booking.objects.live_at(AT).exists()
        assert not Booking.objects.exclude(name="").exists()


# --- What is stored --------------------------------------------------------------------------------


def test_every_column_that_can_tell_of_a_person_is_shown(booking: Booking, resident: User) -> None:
    """A new column must be put on one of two lists: shown to the resident, or known to tell nothing."""
    (record,) = stored_about(resident)
    telling_nothing = {"id", "room", "resident", "gap_minutes", "expires_at", "sequence", "anonymised_at"}
    columns = {field.name for field in Booking._meta.concrete_fields}
    assert columns - telling_nothing <= set(record)
    assert (record["name"], record["room"], record["events"][0]["was_done_by_you"]) == ("Kim Secret", "hall", True)
    assert record["mails"][0]["about"] == EventKind.CONFIRMED


def test_a_series_is_shown_by_its_number_and_tells_nobody_when_its_dates_are_anonymised(
    hall: Room, resident: User
) -> None:
    choices = [
        SeriesChoice(series_start=start, room=hall, starts_at=start, ends_at=start + timedelta(hours=2))
        for start in series_starts(STARTS_AT, every_weeks=1, count=3)
    ]
    wish = {"resident": resident, "actor": resident, "details": BookingDetails(people=4, name="Kim Secret"), "at": AT}
    series = book_series(choices=choices, every_weeks=1, **wish)
    assert {record["series"] for record in stored_about(resident)} == {series.reference}
    assert anonymise_due(at=ENDS_AT + A_YEAR) == 1
    later = series.bookings.order_by("series_start")[1]
    give_back_following(booking=later, actor=resident, at=AT)
    assert anonymise_due(at=ENDS_AT + 2 * A_YEAR) == 2
    assert "Kim Secret" not in everything_in_the_database()
    assert set(Series.objects.values()[0]) == {"id", "reference", "every_weeks", "sequence", "created_at"}


def test_what_somebody_waits_for_is_shown_with_what_was_offered(hall: Room, resident: User) -> None:
    watch = wait(resident)
    offered = Booking.objects.create(
        room=hall, resident=resident, state=BookingState.HELD, starts_at=STARTS_AT, ends_at=ENDS_AT, expires_at=ENDS_AT
    )
    Offer.objects.create(watch=watch, booking=offered, made_at=AT)
    (record,) = stored_watches(resident)
    telling_nothing = {"id", "resident"}
    columns = {field.name for field in Watch._meta.get_fields() if field.concrete}
    assert columns - telling_nothing <= set(record)
    assert record["offers"] == [{"booking": offered.reference, "made_at": AT}]


def test_an_anonymised_booking_does_not_lead_to_who_waited_for_it(booking: Booking, resident: User) -> None:
    Offer.objects.create(watch=wait(resident), booking=booking, made_at=AT)
    anonymise_due(at=ENDS_AT + A_YEAR)
    assert not Offer.objects.exists()


def test_what_somebody_waited_for_is_forgotten_in_time(resident: User, kalajarvi: Hub) -> None:
    wait(resident)
    stopped = wait(resident, last_day=AT.date() + timedelta(days=300))
    stop_watch(watch=stopped, at=AT)
    assert forget_old_watches(at=AT + A_YEAR) == 1
    over = timedelta(days=28)
    assert forget_old_watches(at=AT + over + A_YEAR - timedelta(days=1)) == 0
    assert forget_old_watches(at=AT + over + A_YEAR) == 1


def test_an_account_that_waits_for_something_is_kept(resident: User, kalajarvi: Hub) -> None:
    wait(resident)
    User.objects.update(joined_at=AT - 2 * A_YEAR, last_login=None)
    assert forget_idle_residents(at=AT) == 0


def test_deleting_lets_go_of_what_is_offered_and_waited_for(hall: Room, resident: User) -> None:
    wait(resident)
    taken = book(hall, make_user("booker@example.com"), starts_at=STARTS_AT, ends_at=ENDS_AT)
    give_back(booking=taken, actor=None, at=AT)
    assert offer_due(at=AT) == 1
    assert delete_account(resident=resident, at=AT) == 0
    assert not Watch.objects.exists()
    assert not hall.busy_periods.exists()
    assert not Booking.objects.filter(email="resident@example.com").exists()


def test_every_table_that_points_at_a_person_is_thought_of() -> None:
    """A new one must be shown in stored_about and forgotten in delete_account, or be about the staff alone."""
    shown_and_forgotten = {"rooms.Booking.resident", "rooms.BookingEvent.actor", "account.EmailAddress.user"}
    shown_and_forgotten |= {"rooms.Watch.resident"}
    about_staff = {
        "accounts.User.groups", "accounts.User.user_permissions", "admin.LogEntry.user", "rooms.BookingMail.editor",
        "rooms.Closure.made_by", "hubs.Timetable.confirmed_by", "hubs.Hub.editors", "services.Provider.editors",
        "hubs.HistoricalHub.history_user", "services.HistoricalListing.history_user",
        "servicetorg.Report.answered_by", "servicetorg.ReportMail.editor",
    }  # fmt: skip
    pointing = {
        f"{relation.related_model._meta.label}.{relation.field.name}"
        for relation in User._meta.get_fields(include_hidden=True)
        if relation.auto_created and relation.is_relation and not relation.related_model._meta.auto_created
    }
    assert pointing - shown_and_forgotten - about_staff == set()


def test_the_address_for_an_answer_to_a_report_goes_with_the_account(
    as_resident: Client, resident: User, kalajarvi: Hub
) -> None:
    Report.objects.create(hub=kalajarvi, what="hours", text="Closed at 16.", email=resident.email)
    assert "Closed at 16." in as_resident.get("/sv/accounts/data/my-data.json").text
    as_resident.post("/sv/accounts/delete/", {"email": resident.email})
    assert not User.objects.filter(pk=resident.pk).exists()
    assert list(Report.objects.values_list("text", "email")) == [("Closed at 16.", "")]


def test_a_browser_of_somebody_deleted_is_a_visitors(as_resident: Client, resident: User) -> None:
    delete_account(resident=resident, at=AT)
    assert as_resident.get("/sv/").status_code == 200
