"""What the processes of tests/rooms/killing.py do: a verb, the work of a mail worker, or random verbs without end."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
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
from rooms.booking import BookingDetails, Refused
from rooms.models import Booking, Closure, Room
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


def send_mails() -> None:
    """Do tasks without end."""
    while True:
        work()


# --- Without end --------------------------------------------------------------------------------------


def live_wildly(seed: int) -> None:
    """Do one random verb after the other; what is refused is refused."""
    wild = Wild(Random(seed))
    for _ in count():
        try:
            wild.do_something()
        except Refused:
            continue


class Wild:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.rooms, self.people = list(Room.objects.order_by("pk")), list(User.objects.filter(is_staff=False))
        self.staff = staff()

    def do_something(self) -> None:
        deeds: list[Callable[[], object]] = [
            self.book,
            self.book,
            self.book,
            self.hold,
            self.close,
            self.reopen,
            self.expire,
        ]
        deeds += [self.change, self.give_back, self.give_back_part, self.approve, self.decline, self.cancel]
        self.random.choice(deeds)()

    def wish(self) -> dict[str, Any]:
        starts_at = MORNING + self.random.randrange(6) * HOUR / 2 + timedelta(days=self.random.randrange(6))
        length = self.random.randrange(2, 5) * HOUR / 2
        return {"starts_at": starts_at, "ends_at": starts_at + length}

    def moment(self) -> dict[str, Any]:
        return {"at": AT + timedelta(minutes=self.random.randrange(30))}

    def any_booking(self) -> dict[str, Any]:
        """Choose among the newest, of which some still live."""
        newest = list(Booking.objects.select_related("resident").order_by("-pk")[:12])
        if not newest:
            raise Refused([])
        mine = self.random.choice(newest)
        return {"booking": mine, "actor": mine.resident or self.staff, **self.moment()}

    def book(self) -> None:
        who = self.random.choice(self.people)
        room = self.random.choice(self.rooms)
        verbs.book_room(room=room, resident=who, actor=who, details=DETAILS, **self.wish(), **self.moment())

    def hold(self) -> None:
        verbs.hold(room=self.random.choice(self.rooms), language="sv", **self.wish(), **self.moment())

    def change(self) -> None:
        verbs.change_booking(**self.any_booking(), room=self.random.choice(self.rooms), **self.wish())

    def give_back(self) -> None:
        verbs.give_back(**self.any_booking())

    def give_back_part(self) -> None:
        mine = self.any_booking()
        verbs.give_back_part(**mine, ends_at=mine["booking"].ends_at - HOUR / 2)

    def approve(self) -> None:
        verbs.approve(**{**self.any_booking(), "actor": self.staff})

    def decline(self) -> None:
        verbs.decline(**{**self.any_booking(), "actor": self.staff}, reason="Full")

    def cancel(self) -> None:
        verbs.cancel(**{**self.any_booking(), "actor": self.staff}, reason="Water")

    def close(self) -> None:
        room = self.random.choice(self.rooms)
        verbs.close_room(room=room, reason={"sv": "x"}, actor=self.staff, **self.wish(), **self.moment())

    def reopen(self) -> None:
        if (closure := Closure.objects.first()) is not None:
            verbs.reopen_room(closure=closure)

    def expire(self) -> None:
        verbs.expire_due(**self.moment())
