"""What the processes of tests/rooms/killing.py do: a verb, the work of a mail worker, or random verbs without end."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, time, timedelta
from random import Random
from typing import Any

from django.core.management import call_command, load_command_class
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.models import User
from rooms import booking as verbs
from rooms import tasks
from rooms.booking import BookingDetails, Refused, SeriesChoice, series_starts
from rooms.booking.closing import Cancel, Decision, Move
from rooms.models import Booking, Closure, Offer, Room, Series, Watch
from rooms.privacy import delete_account as delete
from tests.cast import TUESDAY, helsinki

AT = TUESDAY
HOUR = timedelta(hours=1)
DETAILS = BookingDetails(people=2, name="Kim", email="resident@example.com")
MORNING = helsinki(2026, 11, 26, 8)


def get_ready() -> None:
    """Load what every process would load anew: addresses, words, templates, commands."""
    reverse("rooms:my_bookings")
    for language in ("sv", "fi", "en"):
        with translation.override(language):
            gettext("Booked")
    for name in ("booking.txt", "booking.html"):
        get_template(f"rooms/mail/{name}")
    load_command_class("django_tasks_db", "db_worker")


def of(booking: int) -> dict[str, Any]:
    mine = Booking.objects.get(pk=booking)
    return {"booking": mine, "actor": mine.resident, "at": AT}


def staff() -> User:
    return User.objects.filter(is_staff=True).earliest("pk")


# --- One verb each ---------------------------------------------------------------------------------


def hold_another(booking: int, room: int) -> None:
    held = Booking.objects.get(pk=booking)
    span = {"starts_at": held.starts_at - 5 * HOUR, "ends_at": held.ends_at - 5 * HOUR}
    verbs.hold(room=Room.objects.get(pk=room), **span, language="sv", at=AT, replaces=held.reference)


def book_held(booking: int, resident: int) -> None:
    held, who = Booking.objects.get(pk=booking), User.objects.get(pk=resident)
    span = {"starts_at": held.starts_at, "ends_at": held.ends_at}
    verbs.book_room(room=held.room, **span, resident=who, actor=who, details=DETAILS, at=AT, held=held)


def change(booking: int, room: int) -> None:
    verbs.change_booking(**of(booking), room=Room.objects.get(pk=room))


def give_back(booking: int) -> None:
    verbs.give_back(**of(booking))


def give_back_part(booking: int) -> None:
    mine = of(booking)
    verbs.give_back_part(**mine, ends_at=mine["booking"].ends_at - HOUR)


def approve(booking: int) -> None:
    verbs.approve(**{**of(booking), "actor": staff()})


def decline(booking: int) -> None:
    verbs.decline(**{**of(booking), "actor": staff()}, reason="Full")


def cancel(booking: int) -> None:
    verbs.cancel(**{**of(booking), "actor": staff()}, reason="Water")


def check_in(booking: int) -> None:
    mine = of(booking)
    verbs.check_in(**{**mine, "at": mine["booking"].starts_at})


def delete_account(resident: int) -> None:
    delete(resident=User.objects.get(pk=resident), at=AT)


def close(room: int) -> None:
    span = {"starts_at": MORNING, "ends_at": MORNING + HOUR}
    verbs.close_room(room=Room.objects.get(pk=room), **span, reason={"sv": "Stängt"}, actor=staff(), at=AT)


def move_closure(closure: int) -> None:
    span = {"starts_at": MORNING + 2 * HOUR, "ends_at": MORNING + 3 * HOUR}
    verbs.change_closure(closure=Closure.objects.get(pk=closure), **span, at=AT)


def reopen(closure: int) -> None:
    verbs.reopen_room(closure=Closure.objects.get(pk=closure))


def close_with_plan(room: int) -> None:
    """Close for the evening: the first that is hit moves where it is suggested, the others are cancelled."""
    rooms, span = [Room.objects.get(pk=room)], {"starts_at": MORNING - 24 * HOUR, "ends_at": MORNING + 24 * 14 * HOUR}
    hits = verbs.plan_closure(rooms, **span, at=AT)
    decisions: dict[int, Decision] = {hit.booking.pk: Cancel() for hit in hits}
    for hit in hits[:1]:
        one = hit.alternatives[0]
        decisions[hit.booking.pk] = Move(room=one.room, starts_at=one.starts_at, ends_at=one.ends_at)
    verbs.close_rooms(rooms=rooms, reason={"sv": "x"}, decisions=decisions, actor=staff(), at=AT, **span)


def book_series(room: int, resident: int) -> None:
    wanted, who = Room.objects.get(pk=room), User.objects.get(pk=resident)
    verbs.book_series(choices=three_weeks(wanted), every_weeks=1, resident=who, actor=who, details=DETAILS, at=AT)


def three_weeks(room: Room) -> list[SeriesChoice]:
    return [
        SeriesChoice(series_start=start, room=room, starts_at=start, ends_at=start + HOUR)
        for start in series_starts(MORNING + 8 * HOUR, every_weeks=1, count=3)
    ]


def change_following(booking: int, room: int) -> None:
    verbs.change_following(**of(booking), room=Room.objects.get(pk=room))


def give_back_following(booking: int) -> None:
    verbs.give_back_following(**of(booking))


def approve_series(series: int) -> None:
    verbs.approve_series(series=Series.objects.get(pk=series), actor=staff(), at=AT)


def decline_series(series: int) -> None:
    verbs.decline_series(series=Series.objects.get(pk=series), actor=staff(), at=AT, reason="Full")


def claim_offer(offer: int) -> None:
    verbs.claim_offer(offer=Offer.objects.for_list().get(pk=offer), details=DETAILS, at=AT)


def decline_offer(offer: int) -> None:
    verbs.decline_offer(offer=Offer.objects.for_list().get(pk=offer), at=AT)


def offer_due() -> None:
    verbs.offer_due(at=AT)


def note_opened() -> None:
    verbs.note_opened(at=AT + HOUR)


def let_time_pass(days: int) -> None:
    at = AT + timedelta(days=days)
    for part in (verbs.expire_due, verbs.release_due, verbs.finish_due):
        part(at=at)
    verbs.remind_due(at=at, hours=48)


# --- Mails ------------------------------------------------------------------------------------------


def work() -> None:
    """Do the tasks that are ready, as `manage.py db_worker` does."""
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)


def tend_mails(minutes: int) -> None:
    """Do what `tend` does for mails, so long from now."""
    at = max(timezone.now(), AT) + timedelta(minutes=minutes)
    tasks.begin_again(at=at)
    tasks.send_due_mails(at=at)
    work()


def until_nobody_waits() -> Iterator[None]:
    """Go on until killed, or until the test has been stopped that would have killed us."""
    parent = os.getppid()
    while os.getppid() == parent:
        yield


def send_mails() -> None:
    """Do tasks without end."""
    for _ in until_nobody_waits():
        work()


# --- Without end --------------------------------------------------------------------------------------


def live_wildly(seed: int) -> None:
    """Do one random verb after the other; what is refused is refused."""
    wild = Wild(Random(seed))
    for _ in until_nobody_waits():
        with suppress(Refused):
            wild.do_something(most=13)  # without closings, series and offers: their mails are told apart in other ways


class Wild:
    """Everybody at once: residents, staff, visitors and the housekeeping, each with a clock of their own."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.rooms, self.people = (
            list(Room.objects.order_by("pk")),
            list(User.objects.filter(is_staff=False).order_by("pk")),
        )
        self.staff = staff()

    def do_something(self, most: int | None = None) -> None:
        """Do one thing; raises Refused, also where there is nothing to do it to."""
        often: list[Callable[[], object]] = [self.book, self.book, self.book, self.hold, self.book_held, self.let_go]
        change: list[Callable[[], object]] = [self.change, self.give_back, self.give_back_part, self.check_in]
        answer: list[Callable[[], object]] = [self.approve, self.decline, self.cancel]
        closing: list[Callable[[], object]] = [self.close, self.close_with_plan, self.move_closure, self.reopen]
        series: list[Callable[[], object]] = [self.book_series, self.change_following, self.give_back_following]
        watch: list[Callable[[], object]] = [self.wait, self.offer, self.claim, self.decline_offer, self.stop_waiting]
        self.random.choice([*often, *change, *answer, *closing, *series, *watch][:most])()

    # What somebody wants, and when

    def pick[Thing](self, things: list[Thing]) -> Thing:
        if not things:
            raise Refused([])
        return self.random.choice(things)

    def span(self) -> dict[str, Any]:
        starts_at = MORNING + self.random.randrange(6) * HOUR / 2 + timedelta(days=self.random.randrange(6))
        return {"starts_at": starts_at, "ends_at": starts_at + self.random.randrange(2, 5) * HOUR / 2}

    def moment(self) -> dict[str, Any]:
        """Tell the time as one of several machines and visits has it: some clocks are hours ahead."""
        return {"at": AT + timedelta(minutes=self.random.choice([0, 1, 5, 12, 30, 60 * 24]))}

    def room(self) -> Room:
        return self.random.choice(self.rooms)

    def who(self) -> dict[str, Any]:
        person = self.random.choice(self.people)
        return {"resident": person, "actor": person, "details": DETAILS}

    def any_booking(self, **wanted: Any) -> dict[str, Any]:
        """Choose among the newest, of which some still live."""
        mine = self.pick(list(Booking.objects.filter(**wanted).select_related("resident").order_by("-pk")[:12]))
        return {"booking": mine, "actor": mine.resident or self.staff, **self.moment()}

    def by_staff(self, **wanted: Any) -> dict[str, Any]:
        return {**self.any_booking(**wanted), "actor": self.staff}

    # Residents

    def book(self) -> None:
        verbs.book_room(room=self.room(), **self.who(), **self.span(), **self.moment())

    def hold(self) -> None:
        earlier = Booking.objects.filter(state="held", offer=None).last() if self.random.random() < 0.3 else None
        replaces = None if earlier is None else earlier.reference
        verbs.hold(room=self.room(), language="sv", replaces=replaces, **self.span(), **self.moment())

    def book_held(self) -> None:
        held = self.any_booking(state="held", offer=None)["booking"]
        span = {"starts_at": held.starts_at, "ends_at": held.ends_at}
        verbs.book_room(room=held.room, held=held, **span, **self.who(), **self.moment())

    def change(self) -> None:
        mine = self.any_booking(state__in=["requested", "confirmed"])
        verbs.change_booking(**mine, room=self.room(), **self.span())

    def give_back(self) -> None:
        verbs.give_back(**self.any_booking())

    def give_back_part(self) -> None:
        mine = self.any_booking()
        verbs.give_back_part(**mine, ends_at=mine["booking"].ends_at - HOUR / 2)

    def check_in(self) -> None:
        mine = self.any_booking(state="confirmed")
        verbs.check_in(**{**mine, "at": mine["booking"].starts_at})

    # Staff, and time

    def approve(self) -> None:
        verbs.approve(**self.by_staff(state="requested"))

    def decline(self) -> None:
        verbs.decline(**self.by_staff(state="requested"), reason="Full")

    def cancel(self) -> None:
        verbs.cancel(**self.by_staff(), reason="Water")

    def close(self) -> None:
        verbs.close_room(room=self.room(), reason={"sv": "x"}, actor=self.staff, **self.span(), **self.moment())

    def close_with_plan(self) -> None:
        """Take the first suggestion for each booking in the way, and cancel where there is none."""
        rooms, span, at = [self.room()], self.span(), self.moment()
        decisions: dict[int, Decision] = {}
        for hit in verbs.plan_closure(rooms, **span, **at):
            decisions[hit.booking.pk] = Cancel()
            for one in hit.alternatives[:1]:
                decisions[hit.booking.pk] = Move(room=one.room, starts_at=one.starts_at, ends_at=one.ends_at)
        verbs.close_rooms(rooms=rooms, reason={"sv": "x"}, decisions=decisions, actor=self.staff, **span, **at)

    def move_closure(self) -> None:
        verbs.change_closure(closure=self.pick(list(Closure.objects.order_by("pk"))), **self.span(), **self.moment())

    def reopen(self) -> None:
        verbs.reopen_room(closure=self.pick(list(Closure.objects.order_by("pk"))), **self.moment())

    def let_go(self) -> None:
        verbs.expire_due(**self.moment())
        verbs.release_due(**self.moment())

    # Series

    def book_series(self) -> None:
        room, span = self.room(), self.span()
        choices = [
            SeriesChoice(series_start=start, room=room, starts_at=start, ends_at=start + HOUR)
            for start in series_starts(span["starts_at"], every_weeks=1, count=3)
        ]
        verbs.book_series(choices=choices, every_weeks=1, **self.who(), **self.moment())

    def change_following(self) -> None:
        verbs.change_following(**self.any_booking(series__isnull=False), room=self.room())

    def give_back_following(self) -> None:
        verbs.give_back_following(**self.any_booking(series__isnull=False))

    # Those who wait

    def wait(self) -> None:
        hours = {"weekdays": "1234567", "from_time": time(8), "until_time": time(12), "last_day": date(2026, 12, 31)}
        person = self.random.choice(self.people)
        verbs.start_watch(resident=person, people=2, minutes=60, language="sv", **hours, **self.moment())

    def offer(self) -> None:
        verbs.offer_due(**self.moment())

    def any_offer(self) -> dict[str, Any]:
        return {"offer": self.pick(list(Offer.objects.for_list().order_by("-pk")[:5])), **self.moment()}

    def claim(self) -> None:
        verbs.claim_offer(**self.any_offer(), details=DETAILS)

    def decline_offer(self) -> None:
        verbs.decline_offer(**self.any_offer())

    def stop_waiting(self) -> None:
        verbs.stop_watch(watch=self.pick(list(Watch.objects.order_by("pk"))), **self.moment())
