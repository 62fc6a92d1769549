"""The mails: what they say, that each event sends one, and that none is lost."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from icalendar import Calendar

from accounts.models import User
from hubs.models import Hub
from rooms import mails, tasks
from rooms.booking import BookingDetails, approve, book_room, cancel, change_booking, decline, expire_due, give_back
from rooms.models import Booking, BookingEvent, BookingMail, Room
from rooms.models.owed import MOST_ATTEMPTS
from rooms.owed_mails import MOST_RETRIES
from tests.cast import TUESDAY, helsinki, make_room, three_languages

pytestmark = pytest.mark.django_db

AT = TUESDAY
WEDNESDAY_17 = helsinki(2026, 11, 25, 17)
HOUR = timedelta(hours=1)


@pytest.fixture
def hall(kalajarvi: Hub) -> Room:
    return make_room(
        kalajarvi,
        "hall",
        price_cents=1250,
        floor="2",
        **three_languages(
            "directions", "Dörren bredvid biblioteket.", "Ovi kirjaston vieressä.", "Beside the library."
        ),
    )


@pytest.fixture
def asking_hall(kalajarvi: Hub) -> Room:
    return make_room(kalajarvi, "asking", needs_approval=True)


def book(room: Room, resident: User, **details: Any) -> Booking:
    wish = BookingDetails(**{"people": 10, "name": "Kim", "language": "sv", **details})
    return book_room(
        room=room,
        resident=resident,
        actor=resident,
        starts_at=WEDNESDAY_17,
        ends_at=WEDNESDAY_17 + HOUR,
        details=wish,
        at=AT,
    )


def mails_to(person: User) -> list[Any]:
    return [message for message in mail.outbox if message.to == [person.email]]


def work() -> None:
    """Run what is ready, as `manage.py db_worker` does, without its closing of our test's connection."""
    worker = Worker(
        queue_names=["default"], interval=0, batch=True, backend_name="default", startup_delay=False, max_tasks=None,
        worker_id="tests", excluded_queue_names=[],
    )  # fmt: skip
    while (ready := DBTaskResult.objects.ready().first()) is not None:
        ready.claim("tests")
        worker.run_task(ready)


def texts(message: mail.EmailMessage) -> tuple[str, str]:
    """Return the plain text and the HTML as they are sent."""
    parsed = message.message()
    assert isinstance(parsed, EmailMessage)
    plain, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


def calendar_in(message: mail.EmailMessage) -> tuple[str, Any] | None:
    """Return the method that the mail announces, and the event of its calendar file."""
    for part in message.message().walk():
        if part.get_content_type() == "text/calendar":
            content = part.get_payload(decode=True)
            calendar = Calendar.from_ical(content)
            assert calendar["method"] == part.get_param("method")
            return str(calendar["method"]), calendar.walk("VEVENT")[0]
    return None


@pytest.mark.parametrize(("minutes_before", "says_from"), [(-7, False), (10, False), (60, True)])
def test_who_books_at_the_door_is_told_only_until_when_to_check_in(
    kalajarvi: Hub, resident: User, minutes_before: int, says_from: bool
) -> None:
    quick = make_room(kalajarvi, "quick", release_minutes=15, grid_minutes=15)
    wish = BookingDetails(people=2, name="Kim", language="en")
    book_room(
        room=quick,
        resident=resident,
        actor=resident,
        starts_at=AT,
        ends_at=AT + HOUR,
        details=wish,
        at=AT - timedelta(minutes=minutes_before),
    )

    words = " ".join(mail.outbox[0].body.split())

    assert "If nobody has checked in by 12:15" in words or "If nobody has checked in by 12:22" in words
    assert ("from 11:45" in words) is says_from


def test_a_confirmation_says_when_where_and_how_to_get_in(hall: Room, resident: User) -> None:
    booking = book(hall, resident)
    (message,) = mail.outbox
    assert message.to == ["resident@example.com"]
    facts = [
        booking.reference,
        "Salen",
        "onsdag 25 november 2026 kl. 17–18",
        "12,50",
        "Ruskaåsen 9",
        "02970 Esbo",
        "Dörren bredvid biblioteket.",
        f"http://localhost:8000/sv/bookings/{booking.reference}/",
    ]
    for words in texts(message):
        for fact in facts:
            assert fact in words, fact
        assert "\u2060" not in words


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("sv", "onsdag 25 november 2026"),
        ("fi", "keskiviikko 25. marraskuuta 2026"),
        ("en", "Wednesday 25 November 2026"),
    ],
)
def test_a_mail_is_in_the_language_of_the_booking(language: str, expected: str, hall: Room, resident: User) -> None:
    booking = book(hall, resident, language=language)
    (message,) = mail.outbox
    assert expected in message.subject
    assert f"/{language}/bookings/{booking.reference}/" in texts(message)[0]
    assert f'<html lang="{language}">' in texts(message)[1]
    assert message.message()["Content-Language"] == language


def test_what_a_person_typed_is_not_markup_and_no_header(hall: Room, resident: User) -> None:
    Room.objects.filter(pk=hall.pk).update(
        name_sv="Salen <b>\nBcc: x@example.com", directions_sv="100 % <i>rakt</i> fram"
    )
    book(Room.objects.get(pk=hall.pk), resident)
    (message,) = mail.outbox
    plain, html = texts(message)
    assert "\n" not in message.subject
    assert "100 % <i>rakt</i> fram" in plain
    assert "100 % &lt;i&gt;rakt&lt;/i&gt; fram" in html
    assert "<b>" not in html


def test_a_booking_without_an_address_owes_no_mail(hall: Room, kalajarvi_editor: User) -> None:
    book_room(
        room=hall,
        resident=None,
        actor=kalajarvi_editor,
        starts_at=WEDNESDAY_17,
        ends_at=WEDNESDAY_17 + HOUR,
        details=BookingDetails(people=3, name="Kim"),
        at=AT,
    )
    assert not BookingMail.objects.exists()


def test_the_calendar_file_follows_the_booking_through_its_life(
    asking_hall: Room, resident: User, kalajarvi_editor: User
) -> None:
    booking = book(asking_hall, resident)
    approve(booking=booking, actor=kalajarvi_editor, at=AT)
    change_booking(booking=booking, actor=resident, at=AT, ends_at=WEDNESDAY_17 + 2 * HOUR)
    give_back(booking=booking, actor=resident, at=AT)
    seen = []
    for message in mails_to(resident):
        found = calendar_in(message)
        seen.append(found and (found[0], str(found[1]["status"]), int(found[1]["sequence"]), str(found[1]["uid"])))
    uid = f"{booking.reference}@localhost"
    assert seen == [
        None,
        ("REQUEST", "CONFIRMED", 1, uid),
        ("REQUEST", "TENTATIVE", 2, uid),
        ("CANCEL", "CANCELLED", 3, uid),
    ]


def test_a_change_tells_the_new_time_and_the_old(hall: Room, resident: User) -> None:
    change_booking(booking=book(hall, resident), actor=resident, at=AT, ends_at=WEDNESDAY_17 + 2 * HOUR)
    plain, html = texts(mail.outbox[-1])
    for words in (plain, html):
        assert "kl. 17–19" in words
        assert "kl. 17–18" in words


def test_the_staffs_reason_reaches_the_resident(
    asking_hall: Room, hall: Room, resident: User, kalajarvi_editor: User
) -> None:
    decline(booking=book(asking_hall, resident), actor=kalajarvi_editor, at=AT, reason="100 % fullt <här>")
    cancel(booking=book(hall, resident), actor=kalajarvi_editor, at=AT, reason="Vattenskada")
    received = mails_to(resident)
    assert "100 % fullt <här>" in texts(received[1])[0]
    assert "100 % fullt &lt;här&gt;" in texts(received[1])[1]
    assert "Vattenskada" in texts(received[3])[0]


def test_an_expired_request_is_told(asking_hall: Room, resident: User) -> None:
    booking = book(asking_hall, resident)
    assert booking.expires_at is not None
    expire_due(at=booking.expires_at)
    assert len(mail.outbox) == 2
    assert calendar_in(mail.outbox[1]) is None


def test_a_mail_tells_of_its_own_moment(queued: None, hall: Room, resident: User) -> None:
    booking = book(hall, resident)
    give_back(booking=booking, actor=resident, at=AT)
    work()
    first, second = (calendar_in(message) for message in mail.outbox)
    assert first is not None
    assert second is not None
    assert (first[0], str(first[1]["status"]), second[0]) == ("REQUEST", "CONFIRMED", "CANCEL")


def test_a_request_that_is_told_after_its_approval_brings_no_calendar_file(
    queued: None, asking_hall: Room, resident: User, kalajarvi_editor: User
) -> None:
    approve(booking=book(asking_hall, resident), actor=kalajarvi_editor, at=AT)
    work()
    first, second = (calendar_in(message) for message in mails_to(resident))
    assert first is None
    assert second is not None


def test_an_answer_to_a_mail_goes_to_the_hub(hall: Room, resident: User) -> None:
    give_back(booking=book(hall, resident), actor=resident, at=AT)
    Hub.objects.update(email="house@example.com")
    book(hall, resident)
    assert [message.reply_to for message in mail.outbox] == [[], [], ["house@example.com"]]


# --- At least once, and not twice --------------------------------------------------------------------


def test_a_mail_is_queued_in_the_transaction_of_its_event(queued: None, hall: Room, resident: User) -> None:
    with transaction.atomic():
        book(hall, resident)
        transaction.set_rollback(True)
    assert (Booking.objects.count(), BookingMail.objects.count(), DBTaskResult.objects.count()) == (0, 0, 0)
    book(hall, resident)
    assert (Booking.objects.count(), BookingMail.objects.count(), DBTaskResult.objects.count()) == (1, 1, 1)


def test_a_task_that_runs_twice_sends_once(queued: None, hall: Room, resident: User) -> None:
    book(hall, resident)
    tasks.send_booking_mail.enqueue(BookingMail.objects.get().pk)
    work()
    assert len(mail.outbox) == 1


def test_a_claimed_mail_is_left_to_who_claimed_it(queued: None, hall: Room, resident: User) -> None:
    book(hall, resident)
    BookingMail.objects.update(claimed_at=timezone.now())
    work()
    assert mail.outbox == []


def test_a_failed_mail_stays_owed_and_is_queued_again(
    queued: None, hall: Room, resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(hall, resident)
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "send_mail_of", refuse)
        work()
    owed = BookingMail.objects.get()
    assert (owed.sent_at, owed.claimed_at, owed.attempts) == (None, None, 1)
    again = DBTaskResult.objects.get(status="READY")
    assert timedelta(seconds=50) < again.run_after - timezone.now() < timedelta(seconds=61)
    DBTaskResult.objects.update(run_after=timezone.now())
    work()
    assert len(mail.outbox) == 1


def no_such_person(event: BookingEvent) -> None:
    raise SMTPRecipientsRefused({event.booking.email: (550, b"5.1.1 No such user")})


def mailbox_full(event: BookingEvent) -> None:
    raise SMTPRecipientsRefused({event.booking.email: (452, b"4.2.2 Mailbox full")})


@pytest.mark.parametrize(
    ("refusal", "failures", "is_given_up"),
    [
        pytest.param(no_such_person, MOST_RETRIES, False, id="refused for good, in the first hours"),
        pytest.param(no_such_person, MOST_RETRIES + 1, True, id="refused for good, after the first hours"),
        pytest.param(mailbox_full, MOST_RETRIES + 1, False, id="refused for now"),
        pytest.param(mailbox_full, MOST_ATTEMPTS, True, id="refused for now, for three days"),
    ],
)
def test_what_is_never_taken_is_given_up_and_shown_to_the_staff(
    queued: None,
    hall: Room,
    resident: User,
    as_kalajarvi_editor: Client,
    monkeypatch: pytest.MonkeyPatch,
    refusal: Callable[[BookingEvent], None],
    failures: int,
    is_given_up: bool,
) -> None:
    booking = book(hall, resident)
    BookingMail.objects.update(attempts=failures - 1)
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "send_mail_of", refusal)
        assert tasks.send_due_mails(at=WEDNESDAY_17) == 0
    assert tasks.send_due_mails(at=WEDNESDAY_17 + timedelta(hours=2)) == (0 if is_given_up else 1)
    page = f"/admin/rooms/booking/{booking.pk}/change/"
    assert ("kunde inte levereras" in as_kalajarvi_editor.get(page).text) == is_given_up


def test_tend_sends_what_a_dead_worker_left(queued: None, hall: Room, resident: User) -> None:
    book(hall, resident)
    DBTaskResult.objects.update(status="RUNNING")
    long_ago = timezone.now() - timedelta(hours=2)
    BookingMail.objects.update(claimed_at=long_ago, tried_at=long_ago)
    assert tasks.send_due_mails(at=WEDNESDAY_17) == 1
    assert tasks.send_due_mails(at=WEDNESDAY_17) == 0
    assert len(mail.outbox) == 1


def test_tend_leaves_fresh_mails_to_the_worker_and_goes_on_after_a_failure(
    queued: None, hall: Room, asking_hall: Room, resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = book(hall, resident)
    assert tasks.send_due_mails(at=AT + timedelta(minutes=9)) == 0
    give_back(booking=first, actor=resident, at=AT)
    sent = mails.send_mail_of

    def refuse_the_first(event: Any) -> None:
        refuse(event) if event.kind == "confirmed" else sent(event)

    monkeypatch.setattr(tasks, "send_mail_of", refuse_the_first)
    assert tasks.send_due_mails(at=AT + HOUR) == 1
    assert [owed.sent_at is not None for owed in BookingMail.objects.all()] == [False, True]


def test_the_same_event_has_the_same_message_id(hall: Room, resident: User) -> None:
    event = book(hall, resident).events.get()
    mails.send_mail_of(event)
    assert mail.outbox[0].message()["Message-ID"] == mail.outbox[1].message()["Message-ID"]


def refuse(event: Any) -> None:
    raise ConnectionRefusedError


def test_the_command_expires_and_sends(hall: Room, asking_hall: Room, resident: User, capsys: Any) -> None:
    booking = book(asking_hall, resident)
    Booking.objects.filter(pk=booking.pk).update(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    call_command("tend")
    booking.refresh_from_db()
    assert booking.state == "expired"
    assert capsys.readouterr().out.startswith(
        "expired: 1, released: 0, used: 0, opened: 0, offered: 0, reminded: 0, mails sent: 0"
    )
