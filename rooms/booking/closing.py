"""Closing rooms, with what to do about the bookings in the way, and opening them again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from hubs.models.timetable import load_schedules
from hubs.opening import Schedule
from rooms.availability import open_times_of_rooms
from rooms.booking.asking import agree
from rooms.booking.locks import family, lock, lock_all, lock_residents, locked_bookings
from rooms.booking.refusals import Refused, Taken, changed_meanwhile_reason
from rooms.booking.writing import (
    Change,
    Row,
    decide_state,
    details_of,
    end,
    insert,
    mark_as_ended,
    note_freed,
    record_by_series,
    rows_of,
    snapshot,
    take,
)
from rooms.closure_plan import Hit, bookings_hit, closures_within, plan_closure
from rooms.enums import BookingState, EventKind, PriceGroup
from rooms.models import Booking, BusyPeriod, Closure, Room
from rooms.rules import Reason, price_cents
from rooms.spans import Span, covers, minutes_between, subtract, utc

__all__ = [
    "Cancel",
    "Closing",
    "Decision",
    "Hit",
    "Move",
    "PlanRefused",
    "change_closure",
    "close_room",
    "close_rooms",
    "closures_within",
    "plan_closure",
    "reopen_room",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Give a booking another room or time. `seen` is the booking's sequence when that was decided."""

    room: Room
    starts_at: datetime
    ends_at: datetime
    seen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Cancel a booking with the closure's reason. `seen` as for a move."""

    seen: int | None = None


type Decision = Move | Cancel


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What closing rooms came to."""

    closures: Sequence[Closure]
    moved: Sequence[Booking]
    cancelled: Sequence[Booking]
    ended: Sequence[Booking]  # only held: somebody was filling in the form


class PlanRefused(Taken):
    """The plan no longer holds: `against` tells by the booking's id why it cannot be done, or that nothing is decided.

    Nothing has been written. A new plan shows the bookings as they now are.
    """

    def __init__(self, against: Mapping[int, Sequence[Reason]], *, bookings: Sequence[Booking]) -> None:
        message = _("Nothing has been closed yet. Look at these bookings again: %(references)s.")
        references = ", ".join(booking.reference for booking in bookings)
        super().__init__([Reason("plan", message % {"references": references})], bookings=bookings)
        self.against = {key: list(reasons) for key, reasons in against.items()}


class ClosureGoneError(Refused):
    """Somebody has deleted the closure meanwhile."""

    def __init__(self) -> None:
        super().__init__(
            [Reason("closure_gone", _("This closure has been deleted meanwhile: the room is open again."))]
        )


@transaction.atomic
def close_rooms(
    *,
    rooms: Iterable[Room],
    starts_at: datetime,
    ends_at: datetime,
    reason: Mapping[str, str],
    decisions: Mapping[int, Decision],
    actor: User,
    at: datetime,
    instead_of: Closure | None = None,
) -> Closing:
    """Close rooms with their parts, and move or cancel each booking in the way as decided. All or nothing.

    `decisions` are by the booking's id. A booking that is not in the way any more is left alone; a time
    that is only held ends. A move asks for no approval, sets aside the rules that the staff may, costs the
    resident no more than before, and never takes what somebody else has. Everybody gets one mail with the
    reason in their language, of a series one for all its dates. What is closed already stays as it is;
    `instead_of` is a closure that these times replace.

    Raises PlanRefused where a booking has come or changed since the plan, or cannot be moved as decided;
    Refused where the closure itself cannot be.
    """
    starts_at, ends_at, at = utc(starts_at), utc(ends_at), utc(at)
    must_be_told(reason)
    must_have_length(starts_at, ends_at)
    wholes = without_parts_of_others(rooms)
    if instead_of is not None and instead_of.room not in wholes:
        instead_of = None
    moves = {key: each for key, each in decisions.items() if isinstance(each, Move)}
    met = _met(Room.objects.with_their_parts(room.pk for room in wholes), starts_at, ends_at, at)
    lock_residents_of(met)
    replaced = set() if instead_of is None else {instead_of.room.parent or instead_of.room}
    locked, fresh = lock_all(
        _concerned({*wholes, *replaced}, (starts_at, ends_at), met, moves.values()), at=at, mine=met
    )
    closed = {key: room for whole in wholes for key, room in _family(locked, whole).items()}
    others: list[Closure] = []
    before: set[Row] = set()
    if instead_of is not None:
        others, before = _lock_with_others(instead_of)[1], _rows_of([instead_of])
        instead_of.busy_periods.all().delete()

    hits = list(bookings_hit(closed.values(), starts_at, ends_at, at=at).for_list().order_by("starts_at", "pk"))
    must_be_decided(hits, fresh, decisions)
    held = [fresh[hit.pk] for hit in hits if hit.state == BookingState.HELD]
    booked = [fresh[hit.pk] for hit in hits if hit.state != BookingState.HELD]
    cancelled = [booking for booking in booked if booking.pk not in moves]
    moved = [booking for booking in booked if booking.pk in moves]
    for booking in held:
        end(booking, BookingState.CANCELLED, EventKind.CANCELLED, actor=actor, at=at)
    words = [reason_for(booking, reason) for booking in cancelled]
    changes = mark_as_ended(cancelled, BookingState.CANCELLED, EventKind.CANCELLED, at=at, reasons=words)
    before |= set(rows_of(booked))
    BusyPeriod.objects.filter(booking__in=booked).delete()
    _cut_gaps(closed.values(), starts_at, ends_at, at=at)
    closures = []
    for whole in wholes:
        closure = instead_of if instead_of is not None and instead_of.room_id == whole.pk else Closure(room=whole)
        closure.starts_at, closure.ends_at = starts_at, ends_at
        closure.made_by = closure.made_by or actor
        tell(closure, reason)
        closures += [closure] if _write(closure, _family(locked, whole), at=at) else []
    if not closures:
        raise Refused([already_closed_reason()])
    _fill(others, locked)
    against: dict[int, list[Reason]] = {}
    hours = load_schedules(key for room in locked.values() for key in (room.timetable_id, room.hub.timetable_id))
    for booking in moved:
        try:
            changes.append(
                _move(booking, moves[booking.pk], locked, reason=reason_for(booking, reason), at=at, schedules=hours)
            )
        except Refused as refused:
            against[booking.pk] = refused.reasons
    if against:
        raise PlanRefused(against, bookings=[booking for booking in moved if booking.pk in against])
    changes.sort(key=lambda change: change.old["starts_at"])
    record_by_series(changes, actor=actor, at=at)
    note_freed(before, [*_rows_of([*closures, *others]), *rows_of(moved)], at=at)
    return Closing(closures=closures, moved=moved, cancelled=cancelled, ended=held)


@transaction.atomic
def close_room(
    *,
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    reason: Mapping[str, str],
    actor: User | None,
    at: datetime,
) -> Closure:
    """Close a room and its parts, with a reason by language that residents read.

    Raises Taken, with the `bookings` it would hit, while any is live; Refused where it is closed already.
    """
    must_be_told(reason)
    closure = Closure(room=room, starts_at=utc(starts_at), ends_at=utc(ends_at), made_by=actor)
    tell(closure, reason)
    return _close(closure, at=at)


@transaction.atomic
def change_closure(*, closure: Closure, starts_at: datetime, ends_at: datetime, at: datetime) -> Closure:
    """Move a closure to another time, or shorten or lengthen it. Raises as close_room does.

    What another closure keeps closed already is no hindrance.
    """
    rooms, others = _lock_with_others(closure)
    closed = _rows_of([closure])
    closure.starts_at, closure.ends_at = utc(starts_at), utc(ends_at)
    _close(closure, at=at)
    _fill(others, rooms)
    note_freed(closed, _rows_of([closure, *others]), at=at)
    return closure


@transaction.atomic
def reopen_room(*, closure: Closure, at: datetime | None = None) -> None:
    """Delete a closure: its time is free again at once, but for what another closure keeps closed.

    `at` is the moment of the act, else now. Done twice it changes nothing.
    """
    try:
        rooms, others = _lock_with_others(closure)
    except ClosureGoneError:
        return
    closed = _rows_of([closure])
    closure.delete()
    _fill(others, rooms)
    note_freed(closed, _rows_of(others), at=at or timezone.now())


def must_be_told(reason: Mapping[str, str]) -> None:
    if not any(text.strip() for text in reason.values()):
        raise Refused([Reason("reason", _("Give a reason that residents can read."), "reason")])


def must_have_length(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise Refused([Reason("ends_before_it_starts", _("The closure must end after it starts."), "ends_at")])


def must_be_decided(hits: Iterable[Booking], fresh: Mapping[int, Booking], decisions: Mapping[int, Decision]) -> None:
    """Refuse what has come since the plan, and what has changed since it was seen."""
    against: dict[int, list[Reason]] = {}
    refused = []
    for booking in hits:
        decision = decisions.get(booking.pk)
        if booking.pk in fresh and booking.state == BookingState.HELD:
            continue
        if booking.pk not in fresh or decision is None:
            message = _("Nothing is decided about this booking yet, or it is new. Decide what happens to it.")
            against[booking.pk] = [Reason("undecided", message)]
        elif decision.seen is not None and decision.seen != booking.sequence:
            against[booking.pk] = [changed_meanwhile_reason()]
        if booking.pk in against:
            refused.append(booking)
    if refused:
        raise PlanRefused(against, bookings=refused)


def already_closed_reason() -> Reason:
    return Reason("closed", _("The room is already closed during that time."), "starts_at")


def without_parts_of_others(rooms: Iterable[Room]) -> list[Room]:
    """Leave out the parts of a room that closes as a whole."""
    chosen = {room.pk: room for room in rooms}
    return [chosen[key] for key in sorted(chosen) if chosen[key].parent_id not in chosen]


def tell(closure: Closure, reason: Mapping[str, str]) -> None:
    for language, text in reason.items():
        setattr(closure, f"reason_{language}", text.strip())


def reason_for(booking: Booking, reason: Mapping[str, str]) -> str:
    """Return the reason in the language of the booking, or as a page in that language would show it."""
    closure = Closure()
    tell(closure, reason)
    with translation.override(booking.language):
        return closure.reason


def lock_residents_of(bookings: Iterable[Booking]) -> None:
    try:
        lock_residents({booking.resident_id for booking in bookings if booking.resident_id is not None})
    except Refused as gone:  # who deletes the account gives its bookings back
        raise Refused([changed_meanwhile_reason()]) from gone


def _family(rooms: Mapping[int, Room], room: Room) -> dict[int, Room]:
    return {each.pk: each for each in family(rooms, room)}


def _met(rooms: Iterable[Room], starts_at: datetime, ends_at: datetime, at: datetime) -> list[Booking]:
    """Return the live bookings that the closure meets, if only with the time kept free after them."""
    met = BusyPeriod.objects.overlapping(starts_at, ends_at).filter(room__in=rooms).exclude(booking=None)
    return list(Booking.objects.live_at(at).filter(pk__in=met.values("booking")).select_related("room"))


def _concerned(
    closing: Iterable[Room], span: Span, met: Iterable[Booking], moves: Iterable[Move]
) -> list[tuple[Room, datetime, datetime]]:
    """Return each room that is closed, left or moved to, with all of the time that this is about."""
    spans: dict[Room, list[Span]] = defaultdict(list)
    for room in closing:
        spans[room].append(span)
    needed: list[Booking | Move] = [*met, *moves]
    for each in needed:
        spans[each.room].append((utc(each.starts_at), utc(each.ends_at)))
    return [(room, min(start for start, _end in of), max(end for _start, end in of)) for room, of in spans.items()]


def _move(
    booking: Booking,
    move: Move,
    rooms: Mapping[int, Room],
    *,
    reason: str,
    at: datetime,
    schedules: Mapping[int, Schedule],
) -> Change:
    """Write a booking into its new room or time, once nothing but an overlap could be against it."""
    room, starts_at, ends_at = rooms[move.room.pk], utc(move.starts_at), utc(move.ends_at)
    keeps_start = starts_at == booking.starts_at
    agree(
        room=room,
        starts_at=starts_at,
        ends_at=ends_at,
        at=at,
        asked_at=min(at, starts_at) if keeps_start else at,  # what has begun goes on in another room
        resident=booking.resident,
        details=details_of(booking),
        is_staff=True,
        ignoring=booking,
        override_reason=reason,
        schedules=schedules,
    )
    old, agreed = snapshot(booking), booking.price_cents
    booking.room, booking.starts_at, booking.ends_at, booking.gap_minutes = room, starts_at, ends_at, room.gap_minutes
    group, minutes = PriceGroup(booking.price_group), minutes_between(starts_at, ends_at)
    booking.price_cents = min(agreed, price_cents(room, group, minutes))
    is_open = open_times_of_rooms([room], (starts_at, ends_at), schedules=schedules)[room.pk]
    if not covers(is_open, starts_at, ends_at):
        booking.staff_note = reason  # the staff mean it
    if not keeps_start:
        booking.checked_in_at = None  # to the earlier time
    decide_state(booking, is_request=booking.state == BookingState.REQUESTED, at=at)
    booking.sequence += 1
    booking.save()
    take(booking, family(rooms, room), at=at, is_new=True)
    return Change(booking=booking, kind=EventKind.CHANGED, old=old, reason=reason, is_closed=True)


def _cut_gaps(rooms: Iterable[Room], starts_at: datetime, ends_at: datetime, *, at: datetime) -> None:
    """End the time kept free after a booking where the closure begins: nobody needs the room then."""

    def before() -> list[Booking]:
        return [booking for booking in _met(rooms, starts_at, ends_at, at) if booking.ends_at <= starts_at]

    locked = {booking.pk for booking in locked_bookings(booking.pk for booking in before())}
    cut = [booking for booking in before() if booking.pk in locked]  # what is still there: it may have moved away
    for booking in cut:
        booking.gap_minutes = minutes_between(booking.ends_at, starts_at)
        until = booking.ends_at + timedelta(minutes=booking.gap_minutes)
        booking.busy_periods.update(ends_at=until)
    Booking.objects.bulk_update(cut, ["gap_minutes"])


def _close(closure: Closure, *, at: datetime) -> Closure:
    must_have_length(closure.starts_at, closure.ends_at)
    rooms, _mine = lock(closure.room, closure.starts_at, closure.ends_at, at=at, mine=None)
    hit = bookings_hit(rooms.values(), closure.starts_at, closure.ends_at, at=at).for_list().order_by("starts_at")
    if bookings := list(hit):
        message = _("There are bookings at that time. Move or cancel them first: %(references)s.")
        references = ", ".join(booking.reference for booking in bookings)
        raise Taken([Reason("taken", message % {"references": references}, "starts_at")], bookings=bookings)
    if closure.pk is not None:
        closure.busy_periods.all().delete()
    elif closures_within([closure.room], closure.starts_at, closure.ends_at):
        raise Refused([already_closed_reason()])
    _cut_gaps(rooms.values(), closure.starts_at, closure.ends_at, at=at)
    if not _write(closure, rooms, at=at):
        raise Refused([already_closed_reason()])
    return closure


def _write(closure: Closure, rooms: Mapping[int, Room], *, at: datetime) -> bool:
    """Save a closure with what of its time is not closed already, or used up. Say whether there was any."""
    rows = _rest_of(closure, rooms)
    if rows:
        closure.save()
        insert(rows, at)
    return bool(rows)


def _lock_with_others(closure: Closure) -> tuple[dict[int, Room], list[Closure]]:
    """Lock the room with its whole and all parts. Return them by id, and the closures that overlap this one there.

    Raises ClosureGoneError where somebody has deleted it, perhaps while we waited for the lock.
    """
    related = {closure.room_id, closure.room.parent_id} - {None}
    found = Room.objects.with_their_parts(related).select_for_update(no_key=True, of=("self",)).order_by("pk")
    rooms = {room.pk: room for room in found}
    stored = Closure.objects.filter(pk=closure.pk).first()
    if stored is None:
        raise ClosureGoneError
    others = Closure.objects.filter(room__in=rooms, starts_at__lt=stored.ends_at, ends_at__gt=stored.starts_at)
    return rooms, list(others.exclude(pk=stored.pk).order_by("pk"))


def _rows_of(closures: Iterable[Closure]) -> set[Row]:
    rows = BusyPeriod.objects.filter(closure__in=[closure.pk for closure in closures])
    return set(rows.values_list("room_id", "starts_at", "ends_at"))


def _fill(closures: Iterable[Closure], rooms: Mapping[int, Room]) -> None:
    """Let each of these keep closed what another has given free of its time."""
    for closure in closures:
        BusyPeriod.objects.bulk_create(_rest_of(closure, _family(rooms, rooms[closure.room_id])))


def _rest_of(closure: Closure, rooms: Iterable[int]) -> list[BusyPeriod]:
    """Return busy periods for all of the closure's time that has none, in these rooms."""
    taken: dict[int, list[Span]] = defaultdict(list)
    met = BusyPeriod.objects.overlapping(closure.starts_at, closure.ends_at).filter(room__in=list(rooms))
    for key, start, until in met.values_list("room", "starts_at", "ends_at"):
        taken[key].append((start, until))
    span = (closure.starts_at, closure.ends_at)
    return [
        BusyPeriod(room_id=key, starts_at=start, ends_at=until, closure=closure)
        for key in rooms
        for start, until in subtract([span], taken[key])
    ]
