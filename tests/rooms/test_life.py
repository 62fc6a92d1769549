"""Random verbs at random moments, against a model that knows nothing but a list of spans."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import combinations, product
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from hubs.models import Hub
from rooms.availability import free_times
from rooms.booking import (
    BookingDetails,
    Refused,
    SeriesChoice,
    Taken,
    approve,
    book_room,
    book_series,
    cancel,
    change_booking,
    change_following,
    check_in,
    decline,
    expire_due,
    finish_due,
    give_back,
    give_back_following,
    give_back_part,
    hold,
    release_due,
)
from rooms.enums import PERISHABLE_STATES
from rooms.models import Booking, BusyPeriod, Room
from tests.cast import helsinki, make_room, make_user
from tests.rooms.deeds import Wild
from tests.rooms.invariants import assert_everything_stands

MORNING = helsinki(2026, 11, 25, 8)
HALF_HOUR, WEEK = timedelta(minutes=30), timedelta(weeks=1)
SLOTS = 8

room_numbers = st.integers(0, 2)
slots = st.integers(0, SLOTS - 1)
lengths = st.integers(1, 3)
which = st.integers(0, 20)
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("hold"), room_numbers, slots, lengths),
        st.tuples(st.just("book"), room_numbers, slots, lengths),
        st.tuples(st.just("ask"), room_numbers, slots, lengths),
        st.tuples(st.just("book_held"), which),
        st.tuples(st.just("change"), which, room_numbers, slots, lengths),
        st.tuples(st.just("book_series"), room_numbers, slots, lengths, room_numbers, slots),
        st.tuples(st.just("change_following"), which, room_numbers, slots, lengths),
        st.tuples(st.just("give_back_following"), which),
        st.tuples(st.just("give_back"), which),
        st.tuples(st.just("give_back_part"), which, st.integers(0, 2), st.integers(0, 2)),
        st.tuples(st.just("approve"), which),
        st.tuples(st.just("decline"), which),
        st.tuples(st.just("cancel"), which),
        st.tuples(st.just("check_in"), which),
        st.tuples(st.just("tend")),
        st.tuples(st.just("wait"), st.integers(1, 400)),
        st.tuples(st.just("wait_for"), which, st.integers(-20, 20)),
    ),
    min_size=3,
    max_size=14,
)


@dataclass
class Modelled:
    """What the model remembers of a booking."""

    rooms: frozenset[int]
    starts_at: datetime
    ends_at: datetime
    busy_until: datetime
    expires_at: datetime | None
    is_over: bool = False

    def is_live(self, at: datetime) -> bool:
        """Tell whether it holds its rooms; the gap after it counts, though it is then used."""
        return not self.is_over and (self.expires_at is None or self.expires_at > at)

    def is_coming(self, at: datetime) -> bool:
        return self.is_live(at) and self.ends_at > at

    def meets(self, other: "Modelled") -> bool:
        return bool(
            self.rooms & other.rooms and self.starts_at < other.busy_until and other.starts_at < self.busy_until
        )  # fmt: skip


def are_at_once(wished: Iterable[Modelled]) -> bool:
    """Tell whether two dates of a series would be at the same time, in whichever rooms."""
    pairs = combinations(wished, 2)
    return any(one.starts_at < other.ends_at and other.starts_at < one.ends_at for one, other in pairs)


class Life:
    """The house with a divisible hall, the staff who book for people at the desk, and the model beside it."""

    def __init__(self, rooms: list[Room], staff: User, visitor: User) -> None:
        self.rooms, self.staff, self.visitor, self.at = rooms, staff, visitor, MORNING - timedelta(days=1)
        self.model: dict[int, Modelled] = {}
        whole, one, two = (room.pk for room in rooms)
        self.taken = {whole: frozenset({whole, one, two}), one: frozenset({one}), two: frozenset({two})}

    def wish(self, number: int, slot: int, length: int) -> dict[str, Any]:
        starts_at = MORNING + slot * HALF_HOUR
        return {"room": self.rooms[number], "starts_at": starts_at, "ends_at": starts_at + length * HALF_HOUR}

    def modelled(self, wish: dict[str, Any], expires_at: datetime | None = None) -> Modelled:
        room = wish["room"]
        busy_until = wish["ends_at"] + timedelta(minutes=room.gap_minutes)
        return Modelled(self.taken[room.pk], wish["starts_at"], wish["ends_at"], busy_until, expires_at)

    def is_taken(self, wished: Modelled, but: int | None = None) -> bool:
        return any(
            other.is_live(self.at) and other.meets(wished) for key, other in self.model.items() if key != but
        )  # fmt: skip

    def pick(self, number: int) -> Booking | None:
        bookings = list(Booking.objects.order_by("pk"))
        return bookings[number % len(bookings)] if bookings else None

    def expect(self, wish: dict[str, Any], verb: Any, but: int | None = None, **more: Any) -> None:
        """Do the verb; it must succeed exactly where the model has the time free."""
        wished = self.modelled(wish)
        if self.is_taken(wished, but):
            with pytest.raises(Taken):
                verb(**wish, at=self.at, **more)
        else:
            booking = verb(**wish, at=self.at, **more)
            wished.expires_at = booking.expires_at
            if verb is book_room and booking.state == "confirmed":
                release = wish["room"].release_minutes
                expected = None if release is None else wish["starts_at"] + timedelta(minutes=release)
                assert booking.expires_at == expected
            self.model[booking.pk] = wished

    def do(self, deed: str, *words: int) -> None:
        details = BookingDetails(people=1, name="Kim")
        if deed == "wait":
            self.at += timedelta(minutes=words[0])
        elif deed == "tend":
            for part in (expire_due, release_due, finish_due):
                part(at=self.at)
        elif deed == "hold":
            wish = self.wish(*words)
            if wish["starts_at"] >= self.at:
                self.expect(wish, hold, language="sv")
        elif deed == "book":
            wish = self.wish(*words)
            if wish["starts_at"] >= self.at:
                self.expect(wish, book_room, resident=None, actor=self.staff, details=details)
        elif deed == "ask":
            wish = self.wish(*words)
            if wish["starts_at"] >= self.at:
                self.expect(wish, book_room, resident=None, actor=self.visitor, details=details)
        elif deed == "book_series":
            self.book_series(*words)
        elif (booking := self.pick(words[0])) is not None:
            self.do_with(booking, deed, *words[1:])

    def are_taken(self, wished: list[Modelled], but: set[int]) -> bool:
        """Tell whether one of them is taken, or meets another of them."""
        others = [other for key, other in self.model.items() if key not in but and other.is_live(self.at)]
        pairs = [(one, other) for one in wished for other in wished if one is not other]
        return any(one.meets(other) for one, other in [*pairs, *product(wished, others)])

    def book_series(self, number: int, slot: int, length: int, other_number: int, other_slot: int) -> None:
        """Book two dates, of which the second is moved to the same morning: so they may meet."""
        wishes = [self.wish(number, slot, length), self.wish(other_number, other_slot, length)]
        if min(wish["starts_at"] for wish in wishes) < self.at:
            return
        first = wishes[0]["starts_at"]
        choices = [SeriesChoice(series_start=first + week * WEEK, **wish) for week, wish in enumerate(wishes)]
        details = BookingDetails(people=1, name="Kim")
        more = {"every_weeks": 1, "resident": None, "actor": self.staff, "details": details, "at": self.at}
        wished = [self.modelled(wish) for wish in wishes]
        if are_at_once(wished) or self.are_taken(wished, set()):
            with pytest.raises(Refused if are_at_once(wished) else Taken):
                book_series(choices=choices, **more)
            return
        dates = book_series(choices=choices, **more).bookings.order_by("series_start")
        for booking, modelled in zip(dates, wished, strict=True):
            modelled.expires_at = booking.expires_at
            self.model[booking.pk] = modelled

    def following(self, booking: Booking) -> list[Booking]:
        if booking.series is None:
            return []
        later = booking.series.bookings.filter(series_start__gte=booking.series_start).order_by("series_start")
        return [each for each in later if self.model[each.pk].is_coming(self.at)]

    def change_following(self, booking: Booking, number: int, slot: int, length: int) -> None:
        """Move this date to the slot, and those after it as far."""
        wish, later = self.wish(number, slot, length), self.following(booking)
        verb = partial(change_following, booking=booking, actor=self.staff, at=self.at, **wish)
        if booking not in later:
            with pytest.raises(Refused):
                verb()
            return
        wished = {each.pk: self.modelled(self._moved(each, booking, wish)) for each in later}
        closes_at = MORNING + timedelta(hours=12)
        if any(each.starts_at < max(self.at, MORNING) or each.ends_at > closes_at for each in wished.values()):
            return
        if are_at_once(wished.values()) or self.are_taken(list(wished.values()), set(wished)):
            with pytest.raises(Refused if are_at_once(wished.values()) else Taken):
                verb()
            return
        for each in verb().bookings.filter(pk__in=wished):
            wished[each.pk].expires_at = each.expires_at
        self.model |= wished

    def _moved(self, each: Booking, this: Booking, wish: dict[str, Any]) -> dict[str, Any]:
        starts_at = each.starts_at + (wish["starts_at"] - this.starts_at)
        length = wish["ends_at"] - wish["starts_at"]
        is_longer, is_elsewhere = length != this.duration, wish["room"] != this.room
        ends_at = starts_at + (length if is_longer else each.duration)
        return {"room": wish["room"] if is_elsewhere else each.room, "starts_at": starts_at, "ends_at": ends_at}

    def give_back_following(self, booking: Booking) -> None:
        verb = partial(give_back_following, booking=booking, actor=None, at=self.at)
        if not (later := self.following(booking)):
            with pytest.raises(Refused):
                verb()
            return
        assert verb() == later
        for each in later:
            self.model[each.pk].is_over = True

    def do_with(self, booking: Booking, deed: str, *words: int) -> None:
        modelled = self.model[booking.pk]
        if deed == "wait_for":
            self.at = max(self.at, booking.starts_at + timedelta(minutes=words[0]))
        elif deed == "check_in":
            self.check_in(booking, modelled)
        elif deed == "give_back":
            if modelled.is_coming(self.at):
                give_back(booking=booking, actor=None, at=self.at)
                modelled.is_over = True
            else:
                with pytest.raises(Refused):
                    give_back(booking=booking, actor=None, at=self.at)
        elif deed == "change_following":
            self.change_following(booking, *words)
        elif deed == "give_back_following":
            self.give_back_following(booking)
        elif deed == "give_back_part":
            self.give_back_part(booking, modelled, *words)
        elif deed in ("approve", "decline", "cancel"):
            self.answer(booking, modelled, deed)
        elif deed == "change":
            wish = self.wish(*words)
            if modelled.is_coming(self.at) and wish["starts_at"] >= self.at and booking.state != "held":
                self.expect(wish, change_booking, but=booking.pk, booking=booking, actor=self.staff)
        elif booking.state == "held" and booking.starts_at >= self.at:
            wish = {"room": booking.room, "starts_at": booking.starts_at, "ends_at": booking.ends_at}
            more = {"resident": None, "actor": self.staff, "details": BookingDetails(people=1, name="Kim")}
            self.expect(wish, book_room, but=booking.pk, held=booking, **more)

    def give_back_part(self, booking: Booking, modelled: Modelled, first: int, last: int) -> None:
        """Keep what is left without so many half hours at the beginning and at the end."""
        starts_at, ends_at = modelled.starts_at + first * HALF_HOUR, modelled.ends_at - last * HALF_HOUR
        can_begin_later = not first or modelled.starts_at > self.at
        can_end_earlier = not last or ends_at >= self.at
        is_part = starts_at < ends_at and bool(first or last)
        is_booked = modelled.is_coming(self.at) and booking.state != "held"
        wish = {"booking": booking, "actor": None, "at": self.at, "starts_at": starts_at, "ends_at": ends_at}
        if is_booked and is_part and can_begin_later and can_end_earlier:
            kept = give_back_part(**wish)
            modelled.busy_until -= modelled.ends_at - ends_at
            modelled.starts_at, modelled.ends_at, modelled.expires_at = starts_at, ends_at, kept.expires_at
        else:
            with pytest.raises(Refused):
                give_back_part(**wish)

    def answer(self, booking: Booking, modelled: Modelled, deed: str) -> None:
        """Approve or decline what waits for an answer; cancel whatever lives."""
        verb = partial({"approve": approve, "decline": decline, "cancel": cancel}[deed], reason="Because")
        can_be = modelled.is_coming(self.at) and (deed == "cancel" or booking.state == "requested")
        if can_be:
            modelled.expires_at = verb(booking=booking, actor=self.staff, at=self.at).expires_at
            modelled.is_over = deed != "approve"
        else:
            with pytest.raises(Refused):
                verb(booking=booking, actor=self.staff, at=self.at)

    def check_in(self, booking: Booking, modelled: Modelled) -> None:
        is_time = booking.starts_at - timedelta(minutes=15) <= self.at
        was_checked_in = booking.checked_in_at is not None and booking.state == "confirmed"
        if was_checked_in or (modelled.is_coming(self.at) and booking.state == "confirmed" and is_time):
            check_in(booking=booking, actor=None, at=self.at)
            modelled.expires_at = None
        else:
            with pytest.raises(Refused):
                check_in(booking=booking, actor=None, at=self.at)

    def assert_the_database_agrees(self) -> None:
        live = {key for key, modelled in self.model.items() if modelled.is_live(self.at)}
        rows = BusyPeriod.objects.live_at(self.at).values_list("booking", "room", "starts_at", "ends_at")
        expected = {
            (key, room, modelled.starts_at, modelled.busy_until)
            for key, modelled in self.model.items()
            if key in live
            for room in modelled.rooms
        }
        assert sorted(rows) == sorted(expected)
        coming = {key for key, modelled in self.model.items() if modelled.is_coming(self.at)}
        assert set(Booking.objects.live_at(self.at).values_list("pk", flat=True)) == coming
        assert {booking.pk for booking in Booking.objects.all() if booking.is_live_at(self.at)} == coming
        assert not BusyPeriod.objects.exclude(booking__state__in=["confirmed", "used", *PERISHABLE_STATES]).exists()

    def assert_free_times_agree(self) -> None:
        end = MORNING + 12 * HALF_HOUR
        times = free_times(self.rooms, MORNING, end, at=self.at)
        for room in self.rooms:
            for slot in range(SLOTS):
                start = MORNING + slot * HALF_HOUR
                wished = self.modelled({"room": room, "starts_at": start, "ends_at": start + HALF_HOUR})
                assert times[room.pk].is_free(start, start + HALF_HOUR) != self.is_taken(wished)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(what=deeds, gap=st.sampled_from([0, 15, 30]), release=st.sampled_from([None, 15]), needs_approval=st.booleans())
def test_the_verbs_do_what_a_list_of_spans_would(
    kalajarvi: Hub, what: list[tuple[Any, ...]], gap: int, release: int | None, needs_approval: bool
) -> None:
    rules = {"gap_minutes": gap, "release_minutes": release, "needs_approval": needs_approval}
    with transaction.atomic():
        whole = make_room(kalajarvi, "whole", **rules)
        parts = [make_room(kalajarvi, slug, parent=whole, **rules) for slug in ("one", "two")]
        staff, visitor = make_user("staff@example.com", is_staff=True), make_user("visitor@example.com")
        life = Life([whole, *parts], staff, visitor)
        for deed in what:
            life.do(*deed)
            life.assert_the_database_agrees()
        life.assert_free_times_agree()
        assert_everything_stands()
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller number is not a shorter life
)
@given(seed=st.integers(0, 10**9))
def test_whatever_anybody_does_by_whatever_clock_every_promise_holds(kalajarvi: Hub, seed: int) -> None:
    """All verbs there are, series, offers and closures that move bookings among them; no clock agrees with another."""
    with transaction.atomic():
        rules = {"gap_minutes": 15, "release_minutes": 15, "grid_minutes": 15}
        whole = make_room(kalajarvi, "whole", **rules)
        make_room(kalajarvi, "half", parent=whole, **rules)
        make_room(kalajarvi, "asking", needs_approval=True, grid_minutes=15)
        for name in ("one", "two", "three"):
            make_user(f"{name}@example.com")
        kalajarvi.editors.add(make_user("staff@example.com", is_staff=True))
        wild = Wild(Random(seed))
        for _ in range(40):
            with suppress(Refused), transaction.atomic():
                wild.do_something()
        assert_everything_stands()
        transaction.set_rollback(True)
