"""kill -9 in the middle: what a process had not finished has not happened, and no mail is lost or doubled."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import time as time_of_day
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    BookingDetails,
    book_room,
    book_series,
    close_room,
    give_back,
    hold,
    note_opened,
    offer_due,
    start_watch,
)
from rooms.calendar import host
from rooms.models import Booking, BookingEvent, BookingMail, Offer, Room
from rooms.privacy import delete_account
from rooms.tasks import begin_again
from tests.cast import TUESDAY, helsinki, make_room, make_user
from tests.rooms.deeds import three_weeks
from tests.rooms.invariants import assert_everything_stands
from tests.rooms.killing import REFUSED

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queued")]

AT = TUESDAY
HOUR = timedelta(hours=1)
EVENING = helsinki(2026, 11, 25, 16)
KILLS = 50
MOST_STEPS = 150
ROOT = Path(__file__).resolve().parents[2]
KILLED = -signal.SIGKILL


class Mortals:
    """Starts processes through tests/rooms/killing.py, kills them, and knows what the mail server took."""

    def __init__(self, directory: Path) -> None:
        self.mails = directory / "mails"
        self.mails.touch()
        words = f"from tests.rooms.killing import main; main({connection.settings_dict['NAME']!r}, {str(self.mails)!r})"
        self.server = subprocess.Popen(
            [sys.executable, "-c", words], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def begin(self, deed: str, **words: Any) -> int:
        return self._ask({"deed": deed, **words})

    def end(self, process: int) -> int:
        return self._ask({"wait": process})

    def do(self, deed: str, **words: Any) -> int:
        """Do a deed to its end and return how it ended: 0, REFUSED or KILLED. Anything else fails the test."""
        status = self.end(self.begin(deed, **words))
        assert status in (0, REFUSED, KILLED), f"{deed} {words}"
        return status

    def taken_mails(self) -> Counter[str]:
        return Counter(self.mails.read_text().split())

    def close(self) -> None:
        self.server.communicate(timeout=10)

    def _ask(self, order: dict[str, Any]) -> int:
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(json.dumps(order) + "\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortals]:
    mortals = Mortals(tmp_path_factory.mktemp("mortals"))
    yield mortals
    mortals.close()


@pytest.fixture
def mortals(server: Mortals) -> Mortals:
    server.mails.write_text("")
    return server


@pytest.fixture
def whole(kalajarvi: Hub) -> Room:
    """A hall of two halves, kept free for a quarter of an hour after each booking and released when nobody comes."""
    rules = {"grid_minutes": 15, "gap_minutes": 15, "release_minutes": 15}
    hall = make_room(kalajarvi, "whole", **rules)
    for letter in "ab":
        make_room(kalajarvi, f"half-{letter}", parent=hall, **rules)
    return hall


def book(room: Room, resident: User, starts_at: Any = EVENING, **more: Any) -> Booking:
    return book_room(
        room=room,
        resident=resident,
        actor=resident,
        starts_at=starts_at,
        ends_at=starts_at + 2 * HOUR,
        details=BookingDetails(people=3, name="Kim"),
        at=AT,
        **more,
    )


def everything() -> dict[str, list[Any]]:
    """Return every row that a verb may write."""
    names = ["rooms.Booking", "rooms.BookingEvent", "rooms.BookingMail", "rooms.BusyPeriod", "rooms.Closure"]
    names += ["rooms.Series", "rooms.Watch", "rooms.Offer", "rooms.FreedTime", "rooms.KnownHours"]
    names += ["accounts.User", "django_tasks_database.DBTaskResult"]
    return {name: list(apps.get_model(name)._default_manager.order_by("pk").values()) for name in names}


# --- A writer, at each of its steps -------------------------------------------------------------------


def of_a_booking(room: Room, resident: User) -> dict[str, Any]:
    return {"booking": book(room, resident).pk}


def of_a_request(room: Room, resident: User) -> dict[str, Any]:
    Room.objects.update(needs_approval=True)
    return of_a_booking(room, resident)


def of_a_hold(room: Room, resident: User) -> dict[str, Any]:
    return {"booking": hold(room=room, starts_at=EVENING, ends_at=EVENING + HOUR, language="sv", at=AT).pk}


def of_a_closure(room: Room, resident: User) -> dict[str, Any]:
    span = {"starts_at": EVENING, "ends_at": EVENING + HOUR}
    return {"closure": close_room(room=room, **span, reason={"sv": "Stängt"}, actor=None, at=AT).pk}


def to_another_room(room: Room, resident: User) -> dict[str, Any]:
    return {**of_a_booking(room, resident), "room": make_room(room.hub, "studio").pk}


def of_a_series(room: Room, resident: User) -> dict[str, Any]:
    """A club has the room three weeks in a row; the editors are asked, where the room asks for it."""
    choices = three_weeks(room)
    who = {"resident": resident, "actor": resident, "details": BookingDetails(people=3, name="Kim")}
    series = book_series(choices=choices, every_weeks=1, at=AT, **who)
    return {"series": series, "booking": series.bookings.earliest("series_start").pk}


def of_an_asking_series(room: Room, resident: User) -> dict[str, Any]:
    Room.objects.update(needs_approval=True)
    room.refresh_from_db()
    return {"series": of_a_series(room, resident)["series"].pk}


def while_somebody_waits(room: Room, resident: User) -> dict[str, Any]:
    """What another resident waits for has been given back."""
    taken = book(room, resident)
    hours = {"weekdays": "3", "from_time": time_of_day(16), "until_time": time_of_day(18), "last_day": EVENING.date()}
    who = make_user("waiting@example.com")
    start_watch(resident=who, room=room, people=3, minutes=60, language="sv", at=AT, **hours)
    note_opened(at=AT)
    give_back(booking=taken, actor=None, at=AT)
    return {}


def of_an_offer(room: Room, resident: User) -> dict[str, Any]:
    while_somebody_waits(room, resident)
    assert offer_due(at=AT) == 1
    return {"offer": Offer.objects.get().pk}


def with_longer_hours(room: Room, resident: User) -> dict[str, Any]:
    while_somebody_waits(room, resident)
    room.hub.timetable.periods.get().spans.update(opens=time_of_day(6))
    return {}


def closing_a_series(room: Room, resident: User) -> dict[str, Any]:
    make_room(room.hub, "studio")
    of_a_series(room, resident)
    of_a_booking(room.parts.earliest("pk"), make_user("alone@example.com"))
    return {"room": room.pk}


REPEATED = {"hold_another", "move_closure", "note_opened"}  # done anew, they write the same under new numbers
DEEDS: dict[str, Callable[[Room, User], dict[str, Any]]] = {
    "hold_another": lambda room, who: {**of_a_hold(room, who), "room": room.pk},
    "book_held": lambda room, who: {**of_a_hold(room, who), "resident": who.pk},
    "change": to_another_room,
    "give_back": of_a_booking,
    "give_back_part": of_a_booking,
    "approve": of_a_request,
    "decline": of_a_request,
    "cancel": of_a_booking,
    "check_in": of_a_booking,
    "close": lambda room, who: {"room": room.pk},
    "move_closure": of_a_closure,
    "reopen": of_a_closure,
    "delete_account": lambda room, who: {"resident": of_a_booking(room, who) and who.pk},
    "close_with_plan": closing_a_series,
    "book_series": lambda room, who: {"room": room.pk, "resident": who.pk},
    "change_following": lambda room, who: {
        "booking": of_a_series(room, who)["booking"],
        "room": make_room(room.hub, "studio").pk,
    },
    "give_back_following": lambda room, who: {"booking": of_a_series(room, who)["booking"]},
    "approve_series": of_an_asking_series,
    "decline_series": of_an_asking_series,
    "claim_offer": of_an_offer,
    "decline_offer": of_an_offer,
    "offer_due": while_somebody_waits,
    "note_opened": with_longer_hours,
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_verb_that_is_killed_has_done_all_or_nothing(
    deed: str, mortals: Mortals, whole: Room, resident: User, kalajarvi_editor: User
) -> None:
    words = DEEDS[deed](whole, resident)
    before = everything()
    for step in range(MOST_STEPS):
        status = mortals.do(deed, step=step, **words)
        assert status == KILLED
        if everything() != before:
            break
    assert step >= 3
    assert_everything_stands()
    done = everything()
    assert mortals.do(deed, step=step + 1, **words) in (0, REFUSED)  # the one just done was the last step
    assert deed in REPEATED or everything() == done


@pytest.mark.parametrize("step", range(0, 40, 3))
def test_time_that_is_stopped_half_way_goes_on(step: int, mortals: Mortals, whole: Room, resident: User) -> None:
    """Four bookings are to be released, used, reminded of and expired; whoever does it dies, and another goes on."""
    half = whole.parts.earliest("pk")
    book(whole, resident)
    book(half, resident, EVENING - 4 * HOUR)
    hold(room=half, starts_at=EVENING - 6 * HOUR, ends_at=EVENING - 5 * HOUR, language="sv", at=AT)
    Room.objects.update(release_minutes=None)
    book(half, resident, EVENING + timedelta(days=1))
    book(half, resident, EVENING + timedelta(days=3))
    mortals.do("let_time_pass", step=step, days=2)
    assert_everything_stands()
    assert mortals.do("let_time_pass", days=2) == 0
    assert_everything_stands()
    kinds = Counter(BookingEvent.objects.values_list("kind", flat=True))
    assert (kinds["released"], kinds["expired"], kinds["used"], kinds["reminded"]) == (2, 1, 0, 1), kinds


# --- A mail worker, at each of its steps ------------------------------------------------------------------


def test_a_mail_is_sent_once_wherever_its_worker_dies_but_between_the_answer_and_the_mark(
    mortals: Mortals, whole: Room, resident: User
) -> None:
    """The one case in which a mail goes out again: then both have the same Message-ID, and a mailbox shows one."""
    died_after_the_answer = 0
    for step in range(MOST_STEPS):
        event = book(whole, resident, EVENING + timedelta(days=step)).events.get()
        status = mortals.do("work", step=step)
        was_taken = mortals.taken_mails()[message_id(event)]
        is_marked = BookingMail.objects.get(event=event).sent_at is not None
        died_after_the_answer += was_taken and not is_marked
        recover(mortals)
        assert mortals.taken_mails()[message_id(event)] == (2 if was_taken and not is_marked else 1), step
        if status == 0:
            break
    assert step > 6
    assert died_after_the_answer == 2  # right after it, and at the statement that marks it
    assert not BookingMail.objects.filter(sent_at=None).exists()


def test_tend_that_is_killed_loses_no_mail_either(mortals: Mortals, whole: Room, resident: User) -> None:
    for step in range(MOST_STEPS):
        event = book(whole, resident, EVENING + timedelta(days=step)).events.get()
        DBTaskResult.objects.all().delete()  # the worker's machine has burnt down
        status = mortals.do("tend_mails", step=step, minutes=20)
        was_taken = mortals.taken_mails()[message_id(event)]
        is_marked = BookingMail.objects.get(event=event).sent_at is not None
        recover(mortals)
        assert mortals.taken_mails()[message_id(event)] == (2 if was_taken and not is_marked else 1), step
        if status == 0:
            break
    assert step >= 3


def test_the_last_mail_to_somebody_is_neither_lost_nor_doubled(mortals: Mortals, hall: Room) -> None:
    """Nothing but its task tells of it, for the person is gone; and the task goes when it is done."""
    for step in range(MOST_STEPS):
        before = set(mortals.taken_mails())
        person = make_user(f"gone{step}@example.com")
        delete_account(resident=person, at=AT)
        status = mortals.do("work", step=step)
        was_taken = set(mortals.taken_mails()) != before
        is_marked = not DBTaskResult.objects.exclude(status="SUCCESSFUL").exists()
        recover(mortals)
        times = [number for key, number in mortals.taken_mails().items() if key not in before]
        assert times == [2 if was_taken and not is_marked else 1], step
        assert not DBTaskResult.objects.exclude(status="SUCCESSFUL").exists()
        if status == 0:
            break
    assert step > 4


def test_a_task_that_takes_its_worker_along_every_time_is_given_up(mortals: Mortals, hall: Room) -> None:
    delete_account(resident=make_user("gone@example.com"), at=AT)
    for number in range(10):
        DBTaskResult.objects.filter(status="READY").update(status="RUNNING", worker_ids=["worker"] * (number + 1))
        DBTaskResult.objects.filter(status="RUNNING").update(started_at=AT)
        begin_again(at=AT + 2 * HOUR)
    task = DBTaskResult.objects.get()
    assert (task.status, len(task.worker_ids)) == ("FAILED", 5)
    assert "worker" in task.traceback
    assert begin_again(at=AT + 20 * HOUR) == 0


def test_a_task_that_somebody_is_at_is_left_to_them(hall: Room) -> None:
    delete_account(resident=make_user("gone@example.com"), at=AT)
    DBTaskResult.objects.update(status="RUNNING", started_at=AT)
    assert begin_again(at=AT + HOUR / 2) == 0
    assert begin_again(at=AT + HOUR) == 1


def message_id(event: BookingEvent) -> str:
    return f"<{event.booking.reference}.{event.pk}@{host()}>"


def recover(mortals: Mortals) -> None:
    """Start a new worker at once, and let time pass."""
    assert mortals.do("work") == 0
    assert mortals.do("tend_mails", minutes=3 * 24 * 60) == 0  # some clocks are a day ahead


# --- All at once -------------------------------------------------------------------------------------------


def test_fifty_processes_are_killed_while_all_book_and_mail(
    mortals: Mortals, whole: Room, kalajarvi: Hub, kalajarvi_editor: User
) -> None:
    make_room(kalajarvi, "asking", grid_minutes=15, needs_approval=True)
    for number in range(5):
        make_user(f"resident{number}@example.com")
    began = time.monotonic()
    assert mortals.do("work") == 0
    a_life = min(time.monotonic() - began, 0.04)  # about as long as it takes here and now to come and go
    fate, running = Random(50), []
    for number in range(KILLS):
        is_worker = number % 4 == 3
        running.append(mortals.begin("send_mails") if is_worker else mortals.begin("live_wildly", seed=number))
        if len(running) == 4:
            time.sleep(fate.uniform(0.3, 2) * a_life)
            kill(mortals, running.pop(fate.randrange(len(running))))
    for process in running:
        kill(mortals, process)
    wait_for_the_server_to_notice()

    assert_everything_stands()
    assert Booking.objects.exists()
    taken = mortals.taken_mails()
    assert set(taken.values()) <= {1}
    died_after_the_answer = set(taken) & {message_id_of(mail) for mail in BookingMail.objects.filter(sent_at=None)}
    recover(mortals)
    ids = [message_id_of(mail) for mail in BookingMail.objects.all()]
    assert mortals.taken_mails() == Counter(ids) + Counter(died_after_the_answer)
    assert not BookingMail.objects.filter(sent_at=None).exists()
    assert_everything_stands()


def kill(mortals: Mortals, process: int) -> None:
    os.kill(process, signal.SIGKILL)
    assert mortals.end(process) == KILLED  # and has not ended before with an error


def wait_for_the_server_to_notice() -> None:
    """PostgreSQL ends what the dead had begun as soon as it sees that they are gone."""
    if connection.vendor != "postgresql":
        return
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(others)
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.05)
    pytest.fail("Connections of the dead are still open.")


def message_id_of(mail: BookingMail) -> str:
    whose = "" if mail.to == "resident" else f".staff{mail.editor_id or ''}"
    return f"<{mail.event.booking.reference}.{mail.event_id}{whose}@{host()}>"
