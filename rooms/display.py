"""What the screens say of rooms: now, until when, and the rest of the day. Never who, never what for.

Held and requested time counts as taken and is simply booked. The languages take turns by the clock,
so that a screen without JavaScript, which only loads the page anew, takes part in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hubs.models.timetable import load_schedules
from hubs.opening import HELSINKI, ONE_DAY, DayStatus, Schedule, State
from hubs.wording import at_clock, clock, clock_range, closing_clock, day_short, state_detail, state_label
from rooms.availability import FreeTime, free_times
from rooms.enums import BookingChannel, BookingState
from rooms.models import BusyPeriod, Closure, Room
from rooms.rules import CHECK_IN_MINUTES_BEFORE, first_start, midnight
from rooms.spans import Span, minutes_between, utc

TURN = timedelta(seconds=30)  # each language's turn, and how often a screen asks again
OF_A_BOOKING = ("booking__starts_at", "booking__ends_at", "booking__state", "booking__expires_at")
DAYS_AHEAD = 8  # a closed room's next opening is looked for this far


class Kind(StrEnum):
    FREE = "free"
    BOOKED = "booked"
    CLEANING = "cleaning"  # kept free before or after a booking
    CLOSED = "closed"  # by a closure, with its reason
    SHUT = "shut"  # outside the hours


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the day with one answer."""

    kind: Kind
    starts_at: datetime
    ends_at: datetime
    closure: Closure | None = None
    awaits_check_in: bool = False

    @property
    def words(self) -> str:
        """Write “17–18.30”, or “from 17” for what goes on the next day."""
        if _ends_on(self.ends_at) == self.starts_at.astimezone(HELSINKI).date():
            return clock_range(self.starts_at, self.ends_at)
        return _("from %(time)s") % {"time": clock(self.starts_at)}

    @property
    def state(self) -> str:
        return _word(self.kind)

    @property
    def is_free(self) -> bool:
        return self.kind == Kind.FREE


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One room at one moment. What it says in words follows the active language."""

    room: Room
    at: datetime
    now: Stretch
    coming: tuple[Stretch, ...]  # the rest of the day
    status: DayStatus = DayStatus.CLOSED  # what is known of the hours, where it is outside them
    opens_at: datetime | None = None
    to_book: Span | None = None  # what the code at the door leads to

    @property
    def kind(self) -> Kind:
        return self.now.kind

    @property
    def is_free(self) -> bool:
        return self.kind == Kind.FREE

    @property
    def next(self) -> Stretch | None:
        return self.coming[0] if self.coming else None

    @property
    def asks_to_check_in(self) -> bool:
        """Say whether somebody should check in here: for the booking that runs, or that begins within minutes."""
        if self.to_book is not None:
            return False
        soon = self.at + timedelta(minutes=CHECK_IN_MINUTES_BEFORE)
        return any(each.awaits_check_in and each.starts_at <= soon for each in (self.now, *self.coming))

    @property
    def seconds_left(self) -> int:
        """Say for how long this is true."""
        return int((self.now.ends_at - self.at).total_seconds())

    @property
    def word(self) -> str:
        """Write the state in a word, or that nobody has said when it is open."""
        return state_label(State(self.status)) if self.kind == Kind.SHUT else _word(self.kind)

    @property
    def detail(self) -> str:
        """Write what stands under the word: “until 17”, “opens tomorrow at 8”."""
        if self.kind == Kind.SHUT:
            return state_detail(State(self.status, opens_at=self.opens_at), self.at)
        if self._is_endless:
            return ""
        if self._ends_today:
            return _("until %(time)s") % {"time": closing_clock(self.now.ends_at)}
        return _("until %(when)s") % {"when": _day_and_clock(self.now.ends_at)}

    @property
    def sentence(self) -> str:
        """Write both in one line: “Free until 17”, “Closed, opens tomorrow at 8”."""
        if self._ends_today:
            time = {"time": closing_clock(self.now.ends_at)}
            match self.kind:
                case Kind.FREE:
                    return pgettext("door display", "Free until %(time)s") % time
                case Kind.BOOKED:
                    return pgettext("door display", "Booked until %(time)s") % time
                case Kind.CLEANING:
                    return pgettext("door display", "Cleaning until %(time)s") % time
        # Translators: a state and what follows it, such as “Free, until 17:00” or “Closed, opens tomorrow at 8:00”.
        return _("%(state)s, %(detail)s") % {"state": self.word, "detail": self.detail} if self.detail else self.word

    @property
    def clock(self) -> str:
        return clock(self.at)

    @property
    def day(self) -> str:
        return capfirst(day_short(self.at))

    @property
    def to_book_words(self) -> str:
        return clock_range(*self.to_book) if self.to_book else ""

    @property
    def _ends_today(self) -> bool:
        return _ends_on(self.now.ends_at) == self.at.astimezone(HELSINKI).date()

    @property
    def _is_endless(self) -> bool:
        return self.is_free and self.now.ends_at >= _horizon(self.at)


def make_boards(rooms: Iterable[Room], *, at: datetime, schedules: Mapping[int, Schedule] | None = None) -> list[Board]:
    """Return a board for each room, in their order. Three queries more than `schedules`, for any number of rooms."""
    rooms, at = list(rooms), utc(at)
    starts_at, ends_at = midnight(at.astimezone(HELSINKI).date()), _horizon(at)
    timetables = {room.timetable_id for room in rooms} | {room.hub.timetable_id for room in rooms}
    schedules = load_schedules(timetables) if schedules is None else schedules
    times = free_times(rooms, starts_at, ends_at, at=at, schedules=schedules)
    booked = _bookings(rooms, starts_at, ends_at, at=at)
    closures = Closure.objects.in_bulk({key for time in times.values() for _start, _end, key in time.closed})
    boards = [make_board(times[room.pk], booked[room.pk], closures, at=at) for room in rooms]
    return [_with_status(board, schedules, at) if board.kind == Kind.SHUT else board for board in boards]


def make_board(
    free_time: FreeTime, booked: Sequence[Stretch], closures: Mapping[int, Closure], *, at: datetime
) -> Board:
    """Put the day of one room together from its free time, the bookings themselves and its closures."""
    closed = [Stretch(Kind.CLOSED, *span[:2], closures.get(span[2])) for span in free_time.closed]
    free = [Stretch(Kind.FREE, start, end) for start, end in free_time.free]
    stretches = sorted([*closed, *booked, *free], key=lambda each: each.starts_at)
    now = next((each for each in stretches if each.starts_at <= at < each.ends_at), None)
    tomorrow = utc(midnight(at.astimezone(HELSINKI).date() + ONE_DAY))
    opens_at = next((start for start, _end in free_time.open if start > at), None)
    if now is None:
        is_open = any(start <= at < end for start, end in free_time.open)
        later = (each.starts_at for each in stretches if each.starts_at > at)
        ends_at = next(later, tomorrow) if is_open else opens_at or tomorrow
        now = Stretch(Kind.CLEANING if is_open else Kind.SHUT, at, ends_at)
    shortest = free_time.room.shortest_minutes
    return Board(
        room=free_time.room,
        at=at,
        now=now,
        coming=tuple(
            each
            for each in stretches
            if at < each.starts_at < tomorrow
            and (each.kind != Kind.FREE or minutes_between(each.starts_at, each.ends_at) >= shortest)
        ),
        opens_at=opens_at,
        to_book=span_to_book(free_time, now, at=at),
    )


def _with_status(board: Board, schedules: Mapping[int, Schedule], at: datetime) -> Board:
    """Tell apart closed from not known, by the room's hours or else by the house's."""
    room = board.room
    states = [schedules[key].state(at).status for key in (room.timetable_id, room.hub.timetable_id)]
    unsaid = next((each for each in states if each in (DayStatus.UNKNOWN, DayStatus.UNCONFIRMED)), DayStatus.CLOSED)
    return replace(board, status=unsaid)


def span_to_book(free_time: FreeTime, now: Stretch, *, at: datetime) -> Span | None:
    """Return the longest booking that begins now, or with the next step of the grid; None where there is none."""
    room = free_time.room
    if now.kind != Kind.FREE or room.channel != BookingChannel.ONLINE:
        return None
    for start, end in free_time.spans_of(room.shortest_minutes, within=(first_start(room, at), now.ends_at)):
        longest = min(room.longest_minutes, minutes_between(start, end))
        lengths = range(room.shortest_minutes, longest + 1, room.grid_minutes)
        return start, start + timedelta(minutes=lengths[-1])
    return None


def language_in_turn(at: datetime) -> str:
    codes = [code for code, _name in settings.LANGUAGES]
    return codes[int(at.timestamp() // TURN.total_seconds()) % len(codes)]


def address_at_the_door(room: Room) -> str:
    """Return the address behind the code, which leads each reader to the page in their own language."""
    path = reverse("rooms:now", kwargs={"hub": room.hub.slug, "room": room.slug})
    return f"{settings.SITE_URL}/{path.split('/', 2)[2]}"


def _bookings(
    rooms: Sequence[Room], starts_at: datetime, ends_at: datetime, *, at: datetime
) -> dict[int, list[Stretch]]:
    """Return the bookings by room, each with its own span, without the time for cleaning. One query.

    A booking of a part counts for its whole too, where several may run at once.
    """
    ids = {room.pk for room in rooms}
    rows = (
        BusyPeriod.objects.live_at(at)
        .overlapping(starts_at, ends_at)
        .filter(Q(room__in=ids) | Q(room__parent__in=ids), booking__isnull=False)
        .order_by("booking__starts_at", "booking__ends_at")
        .values_list("booking", "room_id", "room__parent_id", *OF_A_BOOKING)
    )
    found: dict[int, dict[int, Stretch]] = defaultdict(dict)
    for booking, room_id, parent_id, start, end, state, deadline in rows:
        # What is confirmed and has a deadline is released then, unless somebody checks in.
        awaits = state == BookingState.CONFIRMED and deadline is not None
        for key in ids & {room_id, parent_id}:
            found[key][booking] = Stretch(Kind.BOOKED, start, end, awaits_check_in=awaits)
    return defaultdict(list, {key: _without_overlaps(list(each.values())) for key, each in found.items()})


def _without_overlaps(bookings: list[Stretch]) -> list[Stretch]:
    """Join bookings of two parts that overlap, but keep apart those that follow each other."""
    joined: list[Stretch] = []
    for each in bookings:
        if joined and each.starts_at < joined[-1].ends_at:
            before = joined.pop()
            awaits = before.awaits_check_in or each.awaits_check_in
            ends_at = max(before.ends_at, each.ends_at)
            each = replace(before, ends_at=ends_at, awaits_check_in=awaits)
        joined.append(each)
    return joined


def _word(kind: Kind) -> str:
    match kind:
        case Kind.FREE:
            return pgettext("door display", "Free")
        case Kind.BOOKED:
            return pgettext("door display", "Booked")
        case Kind.CLEANING:
            return pgettext("door display", "Cleaning")
        case _closed:
            return _("Closed")


def _ends_on(moment: datetime) -> date:
    """Return the day to which an end belongs: midnight is the end of the day before."""
    return (moment.astimezone(HELSINKI) - timedelta(microseconds=1)).date()


def _day_and_clock(moment: datetime) -> str:
    # Translators: a day and a moment, such as “Wednesday 25 November at 14:32”.
    return _("%(day)s at %(time)s") % {"day": day_short(moment), "time": at_clock(moment)}


def _horizon(at: datetime) -> datetime:
    return utc(midnight(at.astimezone(HELSINKI).date() + timedelta(days=DAYS_AHEAD)))
