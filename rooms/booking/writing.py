"""What a verb writes: the booking, its busy periods, the event, and that a mail is owed.

Nothing outside this package calls these.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import User
from rooms.booking.refusals import Taken, taken_reason
from rooms.enums import BookingState, EventKind, PriceGroup
from rooms.models import Booking, BookingEvent, BusyPeriod, FreedTime, Offer, Room, Series, Watch
from rooms.rules import BookingDetails, price_cents, release_moment, request_deadline
from rooms.spans import minutes_between, subtract, utc
from rooms.tasks import offer_freed_times, owe_mail, owe_mails_to_staff

MAILED_EVENTS = frozenset(
    {
        EventKind.OFFERED,
        EventKind.REQUESTED,
        EventKind.CONFIRMED,
        EventKind.APPROVED,
        EventKind.DECLINED,
        EventKind.CHANGED,
        EventKind.GIVEN_BACK,
        EventKind.SHORTENED,
        EventKind.CANCELLED,
        EventKind.EXPIRED,
        EventKind.REMINDED,
        EventKind.RELEASED,
    }
)
# What the staff are asked about, where it leaves a request; and what changes the calendar file of a series.
ASKING_EVENTS = frozenset({EventKind.REQUESTED, EventKind.CHANGED, EventKind.SHORTENED})
CALENDAR_EVENTS = MAILED_EVENTS - {EventKind.REMINDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What has happened to one of several bookings, for `record_together`. `is_closed`: its room closes."""

    booking: Booking
    kind: EventKind
    old: dict[str, Any] = field(default_factory=dict)
    changed_details: Sequence[str] = ()
    is_news: bool = True
    reason: str = ""
    is_closed: bool = False


type Row = tuple[int, datetime, datetime]  # of busy periods: room, start, end

MOST_UNANSWERED = 3  # offers in a row; then the watch stops, so that it does not keep rooms empty


def take(
    booking: Booking,
    rooms: Iterable[Room],
    *,
    at: datetime,
    is_new: bool = False,
    present: Collection[Row] | None = None,
    ends_verb: bool = False,
) -> None:
    """Write the busy periods of the booking, if they differ: the room and its parts, with the gap after it.

    `present` is what it takes already, where somebody has read all of it.
    """
    ends_at = booking.ends_at + timedelta(minutes=booking.gap_minutes)
    wanted = {(room.pk, booking.starts_at, ends_at) for room in rooms}
    if present is None:
        present = set() if is_new else set(booking.busy_periods.values_list("room_id", "starts_at", "ends_at"))
    if present == wanted:
        return
    if present:
        note_freed(present, wanted, at=at)
        booking.busy_periods.all().delete()
    rows = [BusyPeriod(room_id=key, starts_at=start, ends_at=end, booking=booking) for key, start, end in wanted]
    insert(rows, at, ends_verb=ends_verb)


def insert(rows: Sequence[BusyPeriod], at: datetime, *, ends_verb: bool = False) -> None:
    """Let the database have the last word: somebody may have written without asking us.

    `ends_verb`: nobody inside the transaction of the verb catches the refusal, so it needs no savepoint.
    """
    try:
        with transaction.atomic(savepoint=not ends_verb):
            BusyPeriod.objects.bulk_create(rows)
    except IntegrityError as error:
        if "room_is_never_held_twice" not in str(error):
            raise
        booking = rows[0].booking
        if booking is None:
            raise Taken([taken_reason()]) from error
        span = (booking.starts_at, booking.ends_at)
        raise Taken([taken_reason()], room=booking.room, span=span, people=booking.people, at=at) from error


def end(
    booking: Booking,
    state: BookingState,
    kind: EventKind,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
    is_mailed: bool = False,
) -> Booking:
    """Free the time of a booking and write down why.

    A time that was only held is not mailed about, unless `is_mailed`.
    """
    old, was_held = snapshot(booking), booking.state == BookingState.HELD
    booking.state, booking.expires_at, booking.reason = state, None, reason
    booking.sequence += 1
    booking.save(update_fields=["state", "expires_at", "reason", "sequence", "updated_at"])
    taken = set(booking.busy_periods.values_list("room_id", "starts_at", "ends_at"))
    note_freed(taken, at=at, held_since=booking.created_at if was_held else None)
    booking.busy_periods.all().delete()
    record(booking, kind, actor=actor, at=at, old=old, reason=reason, is_mailed=is_mailed or not was_held)
    return booking


def end_together(
    bookings: Sequence[Booking],
    state: BookingState,
    kind: EventKind,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
) -> None:
    """End several bookings of one series as `end` does each, with one mail for all of them."""
    changes = mark_as_ended(bookings, state, kind, at=at, reasons=[reason] * len(bookings))
    note_freed(rows_of(bookings), at=at)
    BusyPeriod.objects.filter(booking__in=bookings).delete()
    record_together(changes, actor=actor, at=at)


def mark_as_ended(
    bookings: Sequence[Booking], state: BookingState, kind: EventKind, *, at: datetime, reasons: Sequence[str]
) -> list[Change]:
    """Write the end of several bookings, which keep their busy periods. Return what happened, to be recorded."""
    changes = [
        Change(booking=booking, kind=kind, old=snapshot(booking), reason=reason)
        for booking, reason in zip(bookings, reasons, strict=True)
    ]
    for change in changes:
        booking = change.booking
        booking.state, booking.expires_at, booking.reason = state, None, change.reason
        booking.sequence += 1
        booking.updated_at = at
    Booking.objects.bulk_update(bookings, ["state", "expires_at", "reason", "sequence", "updated_at"])
    return changes


def rows_of(bookings: Iterable[Booking]) -> list[Row]:
    """Return what several bookings take as it is written."""
    return list(BusyPeriod.objects.filter(booking__in=bookings).values_list("room_id", "starts_at", "ends_at"))


def busy_periods(booking: Booking, rooms: Iterable[Room]) -> list[BusyPeriod]:
    """Return what the booking takes, not yet written: the room and its parts, with the gap after it."""
    span = {"starts_at": booking.starts_at, "ends_at": booking.ends_at + timedelta(minutes=booking.gap_minutes)}
    return [BusyPeriod(room_id=room.pk, booking=booking, **span) for room in rooms]


def lapse(booking: Booking, at: datetime) -> Booking:
    """End a booking whose deadline has passed: a hold or a request expires, a booking is released."""
    if booking.state == BookingState.CONFIRMED:
        return end(booking, BookingState.RELEASED, EventKind.RELEASED, actor=None, at=at)
    is_last = booking.state == BookingState.HELD and _stops_watch(booking, at)
    return end(booking, BookingState.EXPIRED, EventKind.EXPIRED, actor=None, at=at, is_mailed=is_last)


def _stops_watch(booking: Booking, at: datetime) -> bool:
    """Stop a watch whose offers nobody answers, of which this is the last. Say whether it was that."""
    offer = Offer.objects.filter(booking=booking).select_related("watch").first()
    if offer is None or not offer.watch.goes_unanswered(MOST_UNANSWERED, at):
        return False
    return bool(Watch.objects.filter(pk=offer.watch_id, stopped_at=None).update(stopped_at=at))


def note_freed(
    taken: Iterable[Row], kept: Iterable[Row] = (), *, at: datetime, held_since: datetime | None = None
) -> None:
    """Remember what becomes free of `taken`, if somebody may wait for it, and have it offered.

    Rows are rooms with starts and ends. `held_since` is told of a time that was only held.
    """
    kept = list(kept)
    freed = [
        (room, span)
        for room, start, end in taken
        for span in subtract([(start, end)], [(begins, ends) for other, begins, ends in kept if other == room])
        if span[1] > at
    ]
    waiting = Watch.objects.waiting_for([room for room, _span in freed], at)
    if not freed or not waiting.exists():
        return
    if held_since is None or waiting.filter(created_at__gte=held_since).exists():
        FreedTime.objects.bulk_create(
            FreedTime(room_id=room, starts_at=span[0], ends_at=span[1], freed_at=at, held_since=held_since)
            for room, span in freed
        )
    # After the commit, for only then is the time free. Were this lost, `tend` would offer it within the minute.
    transaction.on_commit(offer_freed_times.enqueue, robust=True)


def decide_state(booking: Booking, *, is_request: bool, at: datetime, holidays: Collection[date] | None = None) -> None:
    """Set state and deadline. Queries for holidays where it is a request and nobody has loaded them."""
    if is_request:
        booking.state, booking.expires_at = BookingState.REQUESTED, request_deadline(booking.starts_at, at, holidays)
    else:
        booking.state, booking.expires_at = BookingState.CONFIRMED, release_moment(booking, at)


def fill_in(booking: Booking, details: BookingDetails, group: PriceGroup, *, is_staff: bool) -> None:
    """Copy the details and reckon the price, which is stored as it was when it was agreed.

    A title for the hub's page that is new waits until the staff have looked at it, unless it is theirs.
    """
    if details.public_title != booking.public_title:
        booking.is_title_approved = is_staff and bool(details.public_title)
    for name, value in fields_of(details):
        if name != "price_group":
            setattr(booking, name, value)
    booking.price_group = group
    booking.price_cents = price_cents(booking.room, group, minutes_between(booking.starts_at, booking.ends_at))


def record(
    booking: Booking,
    kind: EventKind,
    *,
    actor: User | None,
    at: datetime,
    old: dict[str, Any] | None = None,
    reason: str = "",
    changed_details: Sequence[str] = (),
    is_closed: bool = False,
    is_mailed: bool = True,
) -> BookingEvent:
    """Write down what happened, and that a mail is owed. `is_closed`: the room closes, which the reason explains."""
    new = snapshot(booking)
    if is_closed:
        new["is_closed"] = True
    if changed_details:
        new["changed_details"] = list(changed_details)
    if booking.series_id is not None and kind in CALENDAR_EVENTS:
        new["series_sequence"] = count_up(booking.series_id)
    event = BookingEvent.objects.create(
        booking=booking, kind=kind, actor=actor, at=at, old=old or {}, new=new, reason=reason
    )
    if is_mailed and kind in MAILED_EVENTS and booking.email:
        owe_mail(event)
    if booking.state == BookingState.REQUESTED and kind in ASKING_EVENTS:
        owe_mails_to_staff(event)
    return event


def record_together(
    changes: Sequence[Change], *, actor: User | None, at: datetime, reason: str = "", is_new: bool = False
) -> list[BookingEvent]:
    """Write an event for each booking of one series, and owe one mail for all that are news.

    The event that owes a mail names the bookings that it is about (`together`): the first for the
    resident, and the first request of each hub for its staff. All have the series' new sequence.
    """
    series_id = changes[0].booking.series_id
    sequence = 0 if is_new or series_id is None else count_up(series_id)
    events = []
    for change in changes:
        new = {**snapshot(change.booking), "series_sequence": sequence}
        if change.changed_details:
            new["changed_details"] = list(change.changed_details)
        if change.is_closed:
            new["is_closed"] = True
        what = {"kind": change.kind, "old": change.old, "new": new, "reason": change.reason or reason}
        events.append(BookingEvent(booking=change.booking, actor=actor, at=at, **what))
    news = [event for event, change in zip(events, changes, strict=True) if change.is_news]
    told = news or events  # details alone are news to the staff, who have to decide
    to_resident = next((event for event in news if event.booking.email), None)
    to_staff: dict[int, BookingEvent] = {}
    for event in told:
        if event.booking.state == BookingState.REQUESTED and event.kind in ASKING_EVENTS:
            to_staff.setdefault(event.booking.room.hub_id, event)
    for event in {id(each): each for each in (to_resident, *to_staff.values()) if each is not None}.values():
        event.new["together"] = [each.booking.reference for each in told]
    BookingEvent.objects.bulk_create(events)
    if to_resident is not None:
        owe_mail(to_resident)
    for event in to_staff.values():
        owe_mails_to_staff(event)
    return events


def record_by_series(changes: Iterable[Change], *, actor: User | None, at: datetime) -> None:
    """Write an event for each booking, and owe one mail to whoever has booked, for all that is of one series."""
    by_series: dict[tuple[Any, ...], list[Change]] = defaultdict(list)
    for change in changes:
        booking = change.booking
        is_one_of_many = booking.series_id is not None
        key = (booking.series_id, booking.email, booking.language) if is_one_of_many else (booking.pk,)
        by_series[key].append(change)
    for together in by_series.values():
        if len(together) > 1:
            record_together(together, actor=actor, at=at)
            continue
        for change in together:
            record(
                change.booking,
                change.kind,
                actor=actor,
                at=at,
                old=change.old,
                reason=change.reason,
                is_closed=change.is_closed,
            )


def count_up(series_id: int) -> int:
    """Return the next sequence of the series' calendar file; `locked_bookings` has locked its row."""
    Series.objects.filter(pk=series_id).update(sequence=F("sequence") + 1)
    return Series.objects.values_list("sequence", flat=True).get(pk=series_id)


def snapshot(booking: Booking) -> dict[str, Any]:
    """Return what an event keeps: nothing that tells who booked or what for."""
    return {
        "state": str(booking.state),
        "room": booking.room_id,
        "starts_at": utc(booking.starts_at).isoformat(),
        "ends_at": utc(booking.ends_at).isoformat(),
        "expires_at": utc(booking.expires_at).isoformat() if booking.expires_at else None,
        "people": booking.people,
        "price_cents": booking.price_cents,
        "sequence": booking.sequence,
    }


def details_of(booking: Booking) -> BookingDetails:
    return BookingDetails(**{name: getattr(booking, name) for name in BookingDetails.__dataclass_fields__})


def fields_of(details: BookingDetails) -> list[tuple[str, Any]]:
    return [(name, getattr(details, name)) for name in BookingDetails.__dataclass_fields__]


def with_resident(details: BookingDetails, resident: User | None) -> BookingDetails:
    if resident is None:
        return details
    return replace(
        details,
        name=details.name or resident.name,
        email=details.email or resident.email,
        phone=details.phone or resident.phone,
    )


def is_same(booking: Booking, room: Room, starts_at: datetime, ends_at: datetime) -> bool:
    return (booking.room_id, booking.starts_at, booking.ends_at) == (room.pk, starts_at, ends_at)


def is_booked(booking: Booking) -> bool:
    return booking.state in (BookingState.REQUESTED, BookingState.CONFIRMED)


def key_of(resident: User | None) -> int | None:
    return None if resident is None else resident.pk
