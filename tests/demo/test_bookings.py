"""The demo's bookings are made through the verbs, as people make them."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import transaction

from rooms.enums import BookingState, EventKind
from rooms.models import Booking, BookingMail, BusyPeriod, Closure
from servicetorg.demo import accounts
from servicetorg.demo.bookings import groups_come
from tests.cast import TUESDAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("booked_demo")]


def test_bookings_lie_around_now_and_were_asked_for_before() -> None:
    for booking in Booking.objects.all():
        assert TUESDAY - timedelta(days=4) < booking.starts_at < TUESDAY + timedelta(days=4)
        assert booking.created_at < min(booking.starts_at, TUESDAY)
        assert booking.events.first().at == booking.created_at


def test_what_holds_its_room_has_busy_periods_and_what_ended_has_none() -> None:
    for booking in Booking.objects.all():
        holds = booking.state in (BookingState.CONFIRMED, BookingState.REQUESTED, BookingState.USED)
        rooms = 1 + booking.room.parts.count()
        assert booking.busy_periods.count() == (rooms if holds else 0)


def test_no_room_is_taken_twice() -> None:
    ends: dict[int, datetime] = {}
    for busy in BusyPeriod.objects.order_by("room", "starts_at"):
        assert ends.get(busy.room_id, busy.starts_at) <= busy.starts_at
        ends[busy.room_id] = busy.ends_at


def test_requests_of_the_demo_wait_with_a_deadline_ahead() -> None:
    for request in Booking.objects.filter(state=BookingState.REQUESTED):
        assert request.room.needs_approval
        assert request.expires_at > TUESDAY


def test_some_were_given_back_and_some_cancelled_with_a_reason() -> None:
    kinds = Counter(Booking.objects.filter(state=BookingState.CANCELLED).values_list("events__kind", flat=True))
    assert kinds[EventKind.GIVEN_BACK] > kinds[EventKind.CANCELLED] > 0
    assert not Booking.objects.filter(state=BookingState.CANCELLED, reason="").exists()


def test_most_have_come_and_a_few_have_not() -> None:
    past = Booking.objects.filter(room__release_minutes__isnull=False, ends_at__lte=TUESDAY)
    used, released = (past.filter(state=state).count() for state in (BookingState.USED, BookingState.RELEASED))
    assert used > 10 * released
    assert not past.filter(state=BookingState.USED, checked_in_at=None).exists()
    assert not Booking.objects.filter(state=BookingState.CONFIRMED, ends_at__lte=TUESDAY).exists()


def test_nobody_gets_a_mail_for_the_demo() -> None:
    assert not BookingMail.objects.exists()
    assert mail.outbox == []


def test_nobody_is_reminded_who_has_no_mailbox() -> None:
    assert set(Booking.objects.exclude(email="").values_list("email", flat=True)) <= {accounts.RESIDENT}


def test_groups_check_in_while_the_demo_runs_but_not_all_of_them() -> None:
    begun = 0
    with transaction.atomic():
        for quarter in range(4 * 40):
            begun += groups_come(at=TUESDAY + timedelta(minutes=15 * quarter))
        waiting = Booking.objects.filter(state=BookingState.CONFIRMED, room__release_minutes__isnull=False)
        missed = waiting.filter(checked_in_at=None, starts_at__lte=TUESDAY + timedelta(hours=39)).exclude(
            expires_at=None
        )
        assert begun > 3 * missed.count()  # who comes is drawn by lot, nineteen of twenty
        assert not missed.filter(resident__email=accounts.RESIDENT, checked_in_at__isnull=False).exists()
        transaction.set_rollback(True)


def test_holders_are_groups_and_roles_and_not_people() -> None:
    assert all(name.startswith("Demo: ") for name in Booking.objects.values_list("name", flat=True))


def test_one_room_is_closed_next_week_with_a_reason_in_three_languages() -> None:
    closure = Closure.objects.get()
    assert closure.room.slug == "ahti"
    assert all(getattr(closure, f"reason_{language}") for language in ("sv", "fi", "en"))
