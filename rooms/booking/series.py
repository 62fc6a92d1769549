"""Series: bookings that repeat every week or every second week and belong together.

All dates of a series are booked, changed and given back in one transaction: all of them or none.
Each is a booking of its own, which can also be changed and given back by itself, with the
ordinary verbs. The number of queries is the same for two dates and for sixty.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from hubs.models import Hub
from hubs.models.timetable import load_schedules
from hubs.opening import HELSINKI, Day, Schedule
from rooms.availability import Alternative, FreeTime, alternatives_on, free_times_on
from rooms.booking.asking import (
    around,
    is_taken,
    may_override,
    must_be_as_seen,
    must_be_imaginable,
    must_be_live,
    must_have_reason,
    reasons_against,
)
from rooms.booking.locks import Locked, family, lock_and_look, lock_booking, lock_resident, locked_bookings
from rooms.booking.refusals import Refused, Taken, changed_meanwhile_reason
from rooms.booking.residents import amend
from rooms.booking.writing import (
    Change,
    busy_periods,
    decide_state,
    details_of,
    end_together,
    fill_in,
    insert,
    is_booked,
    is_same,
    key_of,
    note_freed,
    record_together,
    rows_of,
    snapshot,
    with_resident,
)
from rooms.enums import BookingState, EventKind
from rooms.models import Booking, BusyPeriod, Closure, Room, Series
from rooms.rules import (
    Ask,
    Beside,
    BookingDetails,
    Reason,
    coming_holidays,
    needs_approval,
    own_bookings,
    price_group,
    problems,
    release_moment,
    too_many_people,
)
from rooms.spans import Span, utc

MOST_TIMES = 12
MOST_STAFF_TIMES = 60
EVERY_WEEKS = (1, 2)
NEAR = timedelta(days=4)  # around each date, to find something instead


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesDate:
    """One date of a series as the pattern has it, and what speaks against it.

    `special_day` names a holiday, on which the room may well be open. Where there are reasons,
    `alternatives` are what can be had instead. Of a series that is changed, `now` tells when the date is.
    """

    series_start: datetime
    room: Room
    starts_at: datetime
    ends_at: datetime
    reasons: tuple[Reason, ...] = ()
    special_day: str = ""
    alternatives: tuple[Alternative, ...] = ()
    now: datetime | None = None

    @property
    def is_free(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesChoice:
    """What somebody has picked for one date of the pattern: the date itself, or something instead."""

    series_start: datetime
    room: Room
    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        for name in ("series_start", "starts_at", "ends_at"):
            object.__setattr__(self, name, utc(getattr(self, name)))


type Instead = Mapping[datetime, SeriesChoice | None]  # by the `series_start`; None for a date that stays as it is

NOTHING_INSTEAD: Instead = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One date that is asked for, with what the rules look at. `details` is None while somebody only looks."""

    choice: SeriesChoice
    details: BookingDetails | None
    asked_at: datetime
    keeps_its_time: bool = False


def series_starts(starts_at: datetime, *, every_weeks: int, count: int) -> list[datetime]:
    """Return the starts of a series in UTC: the same time of the wall clock on each date.

    As RFC 5545 reckons: a time that spring skips is as much later, and of two equal times in
    autumn it is the first.
    """
    local = starts_at.astimezone(HELSINKI)
    later = (utc(local + timedelta(weeks=every_weeks * number)) for number in range(1, count))
    return [utc(starts_at), *later][:count]


# --- Looking ---------------------------------------------------------------------------------------


def preview_series(
    *,
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    every_weeks: int,
    count: int,
    people: int | None = None,
    resident: User | None = None,
    is_staff: bool = False,
    at: datetime,
    ignoring: Booking | None = None,
) -> list[SeriesDate]:
    """Return each date with what speaks against it and what can be had instead. Changes nothing.

    The dates before it that are free count against the resident's limits, as they will when they
    are booked. `ignoring` is the time that the session holds: it counts as free.
    """
    starts_at, ends_at, at = utc(starts_at), utc(ends_at), utc(at)
    length = ends_at - starts_at
    choices = [
        SeriesChoice(series_start=start, room=room, starts_at=start, ends_at=start + length)
        for start in series_starts(starts_at, every_weeks=every_weeks, count=count)
    ]
    if length <= timedelta():
        reasons = (
            Reason("ends_before_it_starts", _("The booking must end after it starts. Choose a later end."), "ends_at"),
        )
        return [_date(choice, reasons, "", ()) for choice in choices]
    ours = () if ignoring is None else (ignoring,)
    schedules = load_schedules({room.timetable_id, room.hub.timetable_id})
    looked_at = [(choice.starts_at - NEAR, choice.ends_at + NEAR) for choice in choices]
    near = free_times_on([room], looked_at, at=at, leaving=ours, schedules=schedules)[room.pk]
    asking = Asking(resident=resident, is_staff=is_staff, at=at, times=[near], first=starts_at, ignoring=ours)
    wishes = [Wish(choice=choice, details=None, asked_at=_asked_at(choice, ignoring, at)) for choice in choices]
    against = asking.reasons_of(wishes)
    if (too_many := too_many_people(room, people)) is not None:
        against = {choice.series_start: [too_many, *against.get(choice.series_start, [])] for choice in choices}
        asking.beside.clear()  # none of them can be had
    return asking.dates(wishes, against, people=people, schedules=schedules)


def preview_following(
    *,
    booking: Booking,
    actor: User,
    at: datetime,
    room: Room | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    details: BookingDetails | None = None,
    instead: Instead = NOTHING_INSTEAD,
) -> list[SeriesDate]:
    """Return where `change_following` would move each date, what speaks against it and what can be had instead.

    Changes nothing. What is chosen `instead` counts as what that date takes, and its own wish is told all the same.
    """
    at, mine = utc(at), _following(booking, at)
    wishes = _wishes(mine, _moves(mine, booking, room, starts_at, ends_at), details, at)
    chosen = _wishes([each for each in mine if each.series_start in instead], _chosen(mine, instead), details, at)
    choices = [wish.choice for wish in (*wishes, *chosen)]
    if not choices:
        return []
    rooms = {choice.room.pk: choice.room for choice in choices}
    schedules = load_schedules({key for each in rooms.values() for key in (each.timetable_id, each.hub.timetable_id)})
    looked_at = [(choice.starts_at - NEAR, max(choice.starts_at, choice.ends_at) + NEAR) for choice in choices]
    asking = Asking(
        resident=booking.resident,
        is_staff=actor.is_staff,
        at=at,
        times=free_times_on(rooms.values(), looked_at, at=at, leaving=mine, schedules=schedules).values(),
        first=min(choice.starts_at for choice in choices),
        ignoring=mine,
    )
    asking.reasons_of([*chosen, *(wish for wish in wishes if wish.keeps_its_time)])
    against = asking.reasons_of(wishes)
    now = {each.series_start or each.starts_at: each.starts_at for each in mine}
    people = None if details is None else details.people
    dates = asking.dates(wishes, against, people=people, schedules=schedules)
    return [replace(date, now=now[date.series_start]) for date in dates]


def _date(
    choice: SeriesChoice, reasons: Iterable[Reason], special_day: str, alternatives: Iterable[Alternative]
) -> SeriesDate:
    return SeriesDate(
        series_start=choice.series_start,
        room=choice.room,
        starts_at=choice.starts_at,
        ends_at=choice.ends_at,
        reasons=tuple(reasons),
        special_day=special_day,
        alternatives=tuple(alternatives),
    )


def _special_day(day: Day) -> str:
    if day.special_day is not None:
        return str(day.special_day)
    return day.title if day.is_exception else ""


def _asked_at(choice: SeriesChoice, held: Booking | None, at: datetime) -> datetime:
    """Return when this time was first asked for: a time that is held stays in time."""
    if held is None or not held.is_live_at(at) or not is_same(held, choice.room, choice.starts_at, choice.ends_at):
        return at
    return held.created_at


# --- Asking ----------------------------------------------------------------------------------------


class Asking:
    """Asks every rule for several dates, each against what is booked and the dates before it."""

    def __init__(
        self,
        *,
        resident: User | None,
        is_staff: bool,
        at: datetime,
        times: Collection[FreeTime],
        first: datetime,
        ignoring: Collection[Booking] = (),
        with_override: bool = False,
    ) -> None:
        """Load what the rules look at. Two queries; `first` is the earliest start."""
        self.resident, self.is_staff, self.at, self.with_override = resident, is_staff, at, with_override
        self.ignoring = ignoring
        self.times = {each.room.pk: each for each in times}
        self.own = own_bookings(resident, first, at=at, ignoring=ignoring)
        self.series_id = next((booking.series_id for booking in ignoring), None)
        self.closures = Closure.objects.in_bulk({key for each in times for _start, _end, key in each.closed})
        self.beside: dict[datetime, Beside] = {}  # what each date takes, by its `series_start`

    def reasons_of(self, wishes: Iterable[Wish]) -> dict[datetime, list[Reason]]:
        """Return what speaks against each date, by its `series_start`; nothing for those that can be had.

        What stays where it is comes first: the others have to make do with what is left.
        """
        against = {}
        for wish in sorted(wishes, key=lambda wish: (not wish.keeps_its_time, wish.choice.starts_at)):
            choice = wish.choice
            if reasons := self._reasons(wish):
                against[choice.series_start] = reasons
            else:
                span = {"starts_at": choice.starts_at, "ends_at": choice.ends_at}
                self.beside.setdefault(choice.series_start, Beside(room=choice.room, created_at=self.at, **span))
        return against

    def dates(
        self,
        wishes: Sequence[Wish],
        against: Mapping[datetime, Sequence[Reason]],
        *,
        people: int | None,
        schedules: Mapping[int, Schedule],
    ) -> list[SeriesDate]:
        """Return a line for each date, with what can be had instead where something is against it."""
        clashes = [wish for wish in wishes if wish.choice.series_start in against]
        asked = [
            (wish.choice.room, (wish.choice.starts_at, wish.choice.ends_at), partial(self._suits, wish, people))
            for wish in clashes
        ]
        found = alternatives_on(asked, people, at=self.at, near=self.times, leaving=self.ignoring)
        instead = {wish.choice.series_start: each for wish, each in zip(clashes, found, strict=True)}
        return [
            _date(
                choice := wish.choice,
                against.get(choice.series_start, ()),
                _special_day(schedules[choice.room.hub.timetable_id].day(choice.starts_at.astimezone(HELSINKI).date())),
                instead.get(choice.series_start, ()),
            )
            for wish in wishes
        ]

    def _suits(
        self, wish: Wish, people: int | None, free_time: FreeTime, starts_at: datetime, ends_at: datetime
    ) -> bool:
        """Say whether this can be had instead of one of the dates, beside all the others."""
        span, start = (starts_at, ends_at), wish.choice.series_start
        if too_many_people(free_time.room, people) is not None:
            return False
        if not free_time.is_free(*span) or self._meets(free_time.room, span, start):
            return False
        return not problems(self._ask(free_time, span, start, details=wish.details, asked_at=self.at))

    def _reasons(self, wish: Wish) -> list[Reason]:
        choice, free_time = wish.choice, self.times[wish.choice.room.pk]
        span = (choice.starts_at, choice.ends_at)
        if not wish.keeps_its_time:
            try:
                must_be_imaginable({}, choice.room, *span, self.at)
            except Refused as refused:
                return refused.reasons
        start, more = choice.series_start, {"details": wish.details, "keeps_its_time": wish.keeps_its_time}
        ask = self._ask(free_time, span, start, asked_at=wish.asked_at, **more)
        is_promised = self._meets(choice.room, span, start)
        return reasons_against(ask, with_override=self.with_override, is_promised=is_promised)

    def _ask(self, free_time: FreeTime, span: Span, of: datetime, *, asked_at: datetime, **more: Any) -> Ask:
        return Ask(
            room=free_time.room,
            starts_at=span[0],
            ends_at=span[1],
            at=self.at,
            asked_at=asked_at,
            free_time=free_time,
            resident=self.resident,
            is_staff=self.is_staff,
            own=self.own,
            beside=tuple(self._beside(of)),
            series_id=self.series_id,
            closures=self.closures,
            **more,
        )

    def _beside(self, of: datetime) -> list[Beside]:
        """Return what the other dates take."""
        return [other for start, other in self.beside.items() if start != of]

    def _meets(self, room: Room, span: Span, of: datetime) -> bool:
        """Say whether another date takes the same room, a part of it or the whole, with the gaps."""
        gap = timedelta(minutes=room.gap_minutes)
        for other in self._beside(of):
            is_family = room.pk in (other.room_id, other.room.parent_id) or room.parent_id == other.room_id
            other_gap = timedelta(minutes=other.room.gap_minutes)
            if is_family and other.starts_at < span[1] + gap and span[0] < other.ends_at + other_gap:
                return True
        return False


def _must_be_a_series(choices: Sequence[SeriesChoice], every_weeks: int, *, is_staff: bool) -> None:
    """Refuse what no page sends: dates off the pattern, the same date twice, or none."""
    if every_weeks not in EVERY_WEEKS:
        raise Refused([Reason("every_weeks", _("A series repeats every week or every second week."))])
    if not choices:
        raise Refused([Reason("no_dates", _("Choose at least one date."))])
    first = choices[0].series_start.astimezone(HELSINKI)
    most = MOST_STAFF_TIMES if is_staff else MOST_TIMES
    pattern = series_starts(first, every_weeks=every_weeks, count=MOST_STAFF_TIMES)
    starts = [choice.series_start for choice in choices]
    if len(starts) > most or not set(starts) <= set(pattern[:most]):
        message = ngettext(
            "A series has at most %(count)d date, always at the same time of the week. Choose the dates again.",
            "A series has at most %(count)d dates, always at the same time of the week. Choose the dates again.",
            most,
        )
        raise Refused([Reason("too_many_dates", message % {"count": most})])
    if len(set(starts)) < len(starts):
        raise Refused([Reason("same_date", _("The same date is there twice. Choose the dates again."))])


def _must_be_agreed(against: Mapping[datetime, Sequence[Reason]]) -> None:
    """Raise Taken or Refused with every reason once, and those of each date in `of`."""
    if not against:
        return
    reasons = list(dict.fromkeys(chain.from_iterable(against.values())))
    raise (Taken if is_taken(reasons) else Refused)(reasons, of=against)


def _times(
    locked: Locked, choices: Iterable[SeriesChoice], at: datetime, *, leaving: Iterable[Booking]
) -> list[FreeTime]:
    """Return the free time of the wished rooms around the wished times, as `agree` looks at it."""
    spans = [around(choice.starts_at, choice.ends_at) for choice in choices]
    wished = [locked.rooms[key] for key in {choice.room.pk for choice in choices}]
    return list(free_times_on(wished, spans, at=at, taken=locked.taken_by_others(leaving, at)).values())


# --- Booking ---------------------------------------------------------------------------------------


@transaction.atomic
def book_series(
    *,
    choices: Sequence[SeriesChoice],
    every_weeks: int,
    resident: User | None,
    details: BookingDetails,
    actor: User,
    at: datetime,
    held: Booking | None = None,
    override_reason: str = "",
) -> Series:
    """Book all that was chosen, or, where the rooms ask for it, request it. Return the series.

    Every rule is asked for each date, and the earlier dates count. `held` becomes the first booking,
    as with `book_room`; sent twice, it gives the same series. Who booked gets one mail with all
    dates, the staff of each hub one with all requests. Raises Refused or Taken, which tell in `of`
    what speaks against which date.
    """
    may_override(actor, override_reason)
    at = utc(at)
    lock_resident(resident)
    choices = sorted(choices, key=lambda choice: choice.series_start)
    wanted = [(choice.room, choice.starts_at, choice.ends_at) for choice in choices]
    locked = lock_and_look(wanted, at=at, mine=() if held is None else (held,))
    rooms, mine = locked.rooms, None if held is None else locked.bookings.get(held.pk)
    is_sent_again = mine is not None and resident is not None and mine.resident_id == resident.pk and is_booked(mine)
    if is_sent_again and mine is not None and mine.series is not None:
        return mine.series
    if mine is not None and (mine.state != BookingState.HELD or mine.resident_id not in (None, key_of(resident))):
        mine = None
    _must_be_a_series(choices, every_weeks, is_staff=actor.is_staff)
    choices = [_in(rooms, choice) for choice in choices]
    ours = () if mine is None else (mine,)
    asking = Asking(
        resident=resident,
        is_staff=actor.is_staff,
        at=at,
        times=_times(locked, choices, at, leaving=ours),
        first=min(choice.starts_at for choice in choices),
        ignoring=ours,
        with_override=bool(override_reason),
    )
    details = with_resident(details, resident)
    _must_be_agreed(
        asking.reasons_of(
            Wish(choice=choice, details=details, asked_at=_asked_at(choice, mine, at)) for choice in choices
        )
    )
    series = Series.objects.create(every_weeks=every_weeks, created_at=at)
    is_request = {key: needs_approval(room, is_staff=actor.is_staff) for key, room in rooms.items()}
    holidays = coming_holidays(at) if any(is_request.values()) else ()
    bookings, olds = [], []
    for number, choice in enumerate(choices):
        booking = mine if mine is not None and number == 0 else Booking()
        olds.append({} if booking.pk is None else snapshot(booking))
        booking.created_at = _asked_at(choice, mine, at)
        booking.series, booking.series_start = series, choice.series_start
        booking.room, booking.resident = choice.room, resident
        booking.starts_at, booking.ends_at = choice.starts_at, choice.ends_at
        booking.gap_minutes, booking.staff_note = choice.room.gap_minutes, override_reason
        group = price_group(choice.room, details, is_staff=actor.is_staff)
        fill_in(booking, details, group, is_staff=actor.is_staff)
        decide_state(booking, is_request=is_request[choice.room.pk], at=at, holidays=holidays)
        bookings.append(booking)
    if mine is not None:
        mine.save()
        mine.busy_periods.all().delete()
    Booking.objects.bulk_create([booking for booking in bookings if booking is not mine])
    _take(bookings, rooms, at)
    changes = [
        Change(booking=booking, kind=_kind_of(booking), old=old) for booking, old in zip(bookings, olds, strict=True)
    ]
    record_together(changes, actor=actor, at=at, reason=override_reason, is_new=True)
    return series


def _in(rooms: Mapping[int, Room], choice: SeriesChoice) -> SeriesChoice:
    """Return the choice with the room as it now is, under its lock."""
    return SeriesChoice(
        series_start=choice.series_start,
        room=rooms[choice.room.pk],
        starts_at=choice.starts_at,
        ends_at=choice.ends_at,
    )


def _kind_of(booking: Booking) -> EventKind:
    return EventKind.REQUESTED if booking.state == BookingState.REQUESTED else EventKind.CONFIRMED


def _take(bookings: Iterable[Booking], rooms: Mapping[int, Room], at: datetime) -> None:
    """Write the busy periods of bookings that have none."""
    insert([period for booking in bookings for period in busy_periods(booking, family(rooms, booking.room))], at)


# --- This and later --------------------------------------------------------------------------------


@transaction.atomic
def change_following(
    *,
    booking: Booking,
    actor: User,
    at: datetime,
    room: Room | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    details: BookingDetails | None = None,
    instead: Instead = NOTHING_INSTEAD,
    override_reason: str = "",
    sequence: int | None = None,
) -> Series:
    """Change this date of a series and those after it that still stand, all or none. What is None stays.

    Every date moves by as much on the wall clock as this one and gets its new length and room, as
    far as they are new; `instead` tells which go elsewhere or stay. What is over or has been ended is
    left alone. Approval is asked for again where a change of one booking would ask for it. One mail.
    `sequence` is that of this booking, as somebody has seen it. Raises as `book_series` does.
    """
    may_override(actor, override_reason)
    at = utc(at)
    lock_resident(booking.resident)
    seen = {each.pk: each for each in _following(booking, at)}
    seen.setdefault(booking.pk, booking)
    moves = _moves(seen.values(), booking, room, starts_at, ends_at) | _chosen(seen.values(), instead)
    wanted = [(choice.room, choice.starts_at, choice.ends_at) for choice in moves.values()]
    locked = lock_and_look(wanted, at=at, mine=seen.values())
    rooms, fresh = locked.rooms, locked.bookings
    for key, each in seen.items():
        now = fresh.get(key)
        if now is None or (now.room_id, now.starts_at, now.ends_at) != (each.room_id, each.starts_at, each.ends_at):
            raise Refused([changed_meanwhile_reason()])
    this = fresh[booking.pk]
    if this.series is None:
        raise Refused([Reason("no_series", _("This booking does not belong to a series."))])
    must_be_live(this, at)
    must_be_as_seen(this, sequence)
    mine = [each for each in fresh.values() if each.is_live_at(at)]
    mine.sort(key=lambda each: each.series_start or each.starts_at)
    choices = {each.pk: _in(rooms, moves[each.pk]) for each in mine}
    wishes = {each.pk: wish for each, wish in zip(mine, _wishes(mine, choices, details, at), strict=True)}
    asking = Asking(
        resident=this.resident,
        is_staff=actor.is_staff,
        at=at,
        times=_times(locked, choices.values(), at, leaving=mine),
        first=min(choice.starts_at for choice in choices.values()),
        ignoring=mine,
        with_override=bool(override_reason),
    )
    _must_be_agreed(asking.reasons_of(wishes.values()))
    holidays = coming_holidays(at)
    changes = [_amended(each, wishes[each.pk], actor, at, override_reason, holidays) for each in mine]
    changed = [change.booking for change in changes if change is not None]
    if not changed:
        return this.series
    _save(changed, at)
    moved = [each for each in changed if not wishes[each.pk].keeps_its_time]
    before = rows_of(moved)
    BusyPeriod.objects.filter(booking__in=moved).delete()
    _take(moved, rooms, at)
    note_freed(before, rows_of(moved), at=at)
    record_together([change for change in changes if change is not None], actor=actor, at=at, reason=override_reason)
    return this.series


def _amended(
    booking: Booking, wish: Wish, actor: User, at: datetime, override_reason: str, holidays: Collection[date]
) -> Change | None:
    choice = wish.choice
    if wish.details is None:
        return None
    return amend(
        booking,
        choice.room,
        choice.starts_at,
        choice.ends_at,
        wish.details,
        actor=actor,
        at=at,
        override_reason=override_reason,
        holidays=holidays,
    )


def _save(bookings: Sequence[Booking], at: datetime) -> None:
    for booking in bookings:
        booking.updated_at = at
    unchanging = {"id", "reference", "resident", "series", "series_start", "created_at", "anonymised_at"}
    names = [field.name for field in Booking._meta.concrete_fields if field.name not in unchanging]
    Booking.objects.bulk_update(bookings, names)


def _following(booking: Booking, at: datetime) -> list[Booking]:
    """Return this date and those after it that still stand, as they are now, before any lock."""
    if booking.series_id is None:
        return []
    later = Booking.objects.filter(series=booking.series_id, series_start__gte=booking.series_start)
    return list(later.live_at(at).filter(ends_at__gt=at).for_list().order_by("series_start"))


def _moves(
    bookings: Iterable[Booking],
    this: Booking,
    room: Room | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
) -> dict[int, SeriesChoice]:
    """Return where each booking goes, when this one goes to the given room and time."""
    starts_at, ends_at = utc(starts_at or this.starts_at), utc(ends_at or this.ends_at)
    shift = _wall_clock(starts_at) - _wall_clock(this.starts_at)
    length = ends_at - starts_at
    new_room = None if room is None or room.pk == this.room_id else room
    moves = {}
    for each in bookings:
        start = utc((_wall_clock(each.starts_at) + shift).replace(tzinfo=HELSINKI)) if shift else utc(each.starts_at)
        kept = each.ends_at - each.starts_at
        moves[each.pk] = SeriesChoice(
            series_start=each.series_start or each.starts_at,
            room=new_room or each.room,
            starts_at=start,
            ends_at=start + (kept if length == this.duration else length),
        )
    return moves


def _chosen(bookings: Iterable[Booking], instead: Instead) -> dict[int, SeriesChoice]:
    """Return where those go, or stay, about which something else has been chosen, by the booking's id."""
    stays = {each.pk: _as_it_is(each) for each in bookings}
    return {key: instead[stay.series_start] or stay for key, stay in stays.items() if stay.series_start in instead}


def _as_it_is(booking: Booking) -> SeriesChoice:
    return SeriesChoice(
        series_start=booking.series_start or booking.starts_at,
        room=booking.room,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
    )


def _wishes(
    bookings: Iterable[Booking], moves: Mapping[int, SeriesChoice], details: BookingDetails | None, at: datetime
) -> list[Wish]:
    """Return what is asked for each booking, which stays where it is unless `moves` tells otherwise."""
    wishes = []
    for each in bookings:
        choice = moves.get(each.pk) or _as_it_is(each)
        wish = Wish(
            choice=choice,
            details=with_resident(details or details_of(each), each.resident),
            asked_at=at,
            keeps_its_time=is_same(each, choice.room, choice.starts_at, choice.ends_at),
        )
        wishes.append(wish)
    return wishes


def _wall_clock(moment: datetime) -> datetime:
    return moment.astimezone(HELSINKI).replace(tzinfo=None)


@transaction.atomic
def give_back_following(*, booking: Booking, actor: User | None, at: datetime, reason: str = "") -> list[Booking]:
    """Give back this date of a series and those after it that still stand. Return them. One mail.

    From the staff it is a cancelling, and needs a reason that the resident reads. Raises Refused.
    """
    at = utc(at)
    mine = [each for each in locked_bookings(each.pk for each in _following(booking, at)) if each.is_live_at(at)]
    if not mine:
        must_be_live(lock_booking(booking), at)
        raise Refused([Reason("no_series", _("This booking does not belong to a series."))])
    mine.sort(key=lambda each: each.series_start or each.starts_at)
    kind = EventKind.GIVEN_BACK
    if actor is not None and actor.is_staff and actor.pk != booking.resident_id:
        must_have_reason(reason)
        kind = EventKind.CANCELLED
    end_together(mine, BookingState.CANCELLED, kind, actor=actor, at=at, reason=reason)
    return mine


# --- The staff's answer ----------------------------------------------------------------------------


@transaction.atomic
def approve_series(
    *,
    series: Series,
    actor: User,
    at: datetime,
    reason: str = "",
    hub: Hub | None = None,
    sequence: int | None = None,
) -> Series:
    """Confirm all requests of a series that still hold their time, of one hub if it is given. One mail.

    Whoever gives the `sequence` that they have seen does not approve what has been changed since. Raises Refused.
    """
    mine = _requests(series, at, hub, sequence)
    olds = [snapshot(booking) for booking in mine]
    for booking in mine:
        booking.state, booking.expires_at = BookingState.CONFIRMED, release_moment(booking, at)
        booking.sequence += 1
        booking.updated_at = at
    Booking.objects.bulk_update(mine, ["state", "expires_at", "sequence", "updated_at"])
    changes = [
        Change(booking=booking, kind=EventKind.APPROVED, old=old) for booking, old in zip(mine, olds, strict=True)
    ]
    record_together(changes, actor=actor, at=at, reason=reason)
    return series


@transaction.atomic
def decline_series(
    *,
    series: Series,
    actor: User,
    at: datetime,
    reason: str,
    hub: Hub | None = None,
    sequence: int | None = None,
) -> Series:
    """Decline all requests of a series with a reason that the resident reads, as `approve_series` approves them."""
    mine = _requests(series, at, hub, sequence)
    must_have_reason(reason)
    end_together(mine, BookingState.DECLINED, EventKind.DECLINED, actor=actor, at=at, reason=reason)
    return series


def _requests(series: Series, at: datetime, hub: Hub | None, sequence: int | None) -> list[Booking]:
    """Lock and return the requests that wait for an answer. Raises Refused where there are none."""
    waiting = Booking.objects.filter(series=series, state=BookingState.REQUESTED)
    waiting = waiting if hub is None else waiting.filter(room__hub=hub)
    mine = [
        booking
        for booking in locked_bookings(list(waiting.values_list("pk", flat=True)))
        if booking.state_at(at) == BookingState.REQUESTED
    ]
    if not mine:
        raise Refused([Reason("not_requested", _("Nothing of this series waits for an answer any more."))])
    if sequence is not None and sequence != Series.objects.values_list("sequence", flat=True).get(pk=series.pk):
        raise Refused([changed_meanwhile_reason()])
    return sorted(mine, key=lambda booking: booking.series_start or booking.starts_at)
