"""What must hold whatever happens: asked of the database after every storm, every kill and every random life.

Each question is asked anew from the rows, with none of the code that wrote them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain, pairwise, takewhile
from typing import Any

from accounts.models import User
from rooms.models import Booking, BookingEvent, BookingMail, BusyPeriod, Closure, Offer, Room, Series

LIVE = {"held", "requested", "confirmed"}
KEEPS_ITS_TIME = LIVE | {"used"}
BEGINNINGS = {"held", "offered", "requested", "confirmed"}
OF_THE_SAME_BOOKING = {"reminded", "offered"}  # tell of it and change nothing: they have no `old`
MAILED = {
    "offered", "requested", "confirmed", "approved", "declined", "changed", "given_back", "shortened", "cancelled",
    "expired", "reminded", "released",
}  # fmt: skip
STATE = ("state", "room", "starts_at", "ends_at", "expires_at", "people", "price_cents", "sequence")
ASKED_OF_THE_STAFF = {"requested", "changed", "shortened"}


def assert_everything_stands(*, are_mails_owed: bool = True) -> None:
    """Fail with every promise that is broken. `are_mails_owed=False` where nobody owes mails, as in the demo."""
    broken = list(broken_promises(are_mails_owed=are_mails_owed))
    assert not broken, "\n".join(broken)


def broken_promises(*, are_mails_owed: bool = True) -> Iterator[str]:
    bookings = list(Booking.objects.select_related("room", "series", "resident").order_by("pk"))
    events = events_by_booking()
    yield from held_twice()
    yield from busy_periods_that_are_not_those_of(bookings)
    yield from closures_that_leave_a_room_free()
    yield from broken_chains(bookings, events)
    yield from broken_series(bookings)
    yield from too_many_offers()
    if are_mails_owed:
        yield from wrong_mails(bookings, events)


def events_by_booking() -> dict[int, list[BookingEvent]]:
    events: dict[int, list[BookingEvent]] = defaultdict(list)
    for event in BookingEvent.objects.order_by("pk"):
        events[event.booking_id].append(event)
    return events


# --- Who has the room -----------------------------------------------------------------------------


def held_twice() -> Iterator[str]:
    """Look at each room, and at each whole together with its parts."""
    parents = dict(Room.objects.values_list("pk", "parent"))
    rows = list(BusyPeriod.objects.order_by("starts_at", "ends_at", "pk"))
    for key, whole in parents.items():
        ours = [row for row in rows if row.room_id in (key, whole)]
        for number, one in enumerate(ours):
            for other in takewhile(lambda row, until=one.ends_at: row.starts_at < until, ours[number + 1 :]):
                is_the_same = (one.booking_id, one.closure_id) == (other.booking_id, other.closure_id)
                are_closures = one.booking_id is other.booking_id is None  # a part may be closed twice
                if one.room_id == other.room_id or not (is_the_same or are_closures):
                    yield f"room {key} is held twice: {describe(one)} and {describe(other)}"


def busy_periods_that_are_not_those_of(bookings: Iterable[Booking]) -> Iterator[str]:
    """A live or used booking has its room and all parts, with the gap; an ended one has nothing."""
    families = rooms_with_their_parts()
    rows = BusyPeriod.objects.exclude(booking=None)
    present = list(rows.values_list("booking", "room", "starts_at", "ends_at"))
    wanted = [
        (booking.pk, room, booking.starts_at, booking.ends_at + timedelta(minutes=booking.gap_minutes))
        for booking in bookings
        if booking.state in KEEPS_ITS_TIME
        for room in families[booking.room_id]
    ]
    if sorted(present) != sorted(wanted):
        missing, surplus = set(wanted) - set(present), set(present) - set(wanted)
        yield f"busy periods missing: {sorted(missing)}; nobody's: {sorted(surplus)}; of {len(present)}"


def closures_that_leave_a_room_free() -> Iterator[str]:
    """All of a closure's time is taken in its room and all parts: by itself, or by what was there before it."""
    families = rooms_with_their_parts()
    rows = list(BusyPeriod.objects.order_by("starts_at"))
    for closure in Closure.objects.all():
        for row in rows:
            is_within = closure.starts_at <= row.starts_at and row.ends_at <= closure.ends_at
            if row.closure_id == closure.pk and not (is_within and row.room_id in families[closure.room_id]):
                yield f"closure {closure.pk} keeps what is not its own: {describe(row)}"
        for room in families[closure.room_id]:
            reached = closure.starts_at
            for row in rows:
                if row.room_id == room and row.starts_at <= reached < row.ends_at:
                    reached = row.ends_at
            if reached < closure.ends_at:
                yield f"closure {closure.pk} leaves room {room} free from {reached:%d.%m. %H:%M}"


def rooms_with_their_parts() -> dict[int, set[int]]:
    families: dict[int, set[int]] = defaultdict(set)
    for key, whole in Room.objects.values_list("pk", "parent"):
        families[key].add(key)
        if whole is not None:
            families[whole].add(key)
    return families


def describe(row: BusyPeriod) -> str:
    owner = f"booking {row.booking_id}" if row.booking_id else f"closure {row.closure_id}"
    return f"{owner} in {row.room_id} {row.starts_at:%d.%m. %H:%M}–{row.ends_at:%H:%M}"


# --- What happened ----------------------------------------------------------------------------------


def broken_chains(bookings: Iterable[Booking], events: dict[int, list[BookingEvent]]) -> Iterator[str]:
    """Each event begins where the one before it ended, and the last one ends where the booking is."""
    for booking in bookings:
        links = events[booking.pk]
        if not links:
            yield f"{booking} has no event"
            continue
        if links[0].kind not in BEGINNINGS or links[0].old:
            yield f"{booking} begins with {links[0].kind} {links[0].old}"
        for before, after in pairwise(links):
            old = after.old or (state_of(before) if after.kind in OF_THE_SAME_BOOKING else {})
            if old != state_of(before):
                yield f"{booking}: {before.kind} ended in {state_of(before)}, {after.kind} began with {old}"
            if not 0 <= after.new["sequence"] - before.new["sequence"] <= 1:
                yield f"{booking}: {after.kind} counts from {before.new['sequence']} to {after.new['sequence']}"
        if state_of(links[-1]) != as_it_is(booking):
            yield f"{booking} is {as_it_is(booking)}, and its last event says {state_of(links[-1])}"


def state_of(event: BookingEvent) -> dict[str, Any]:
    return {name: event.new[name] for name in STATE}


def as_it_is(booking: Booking) -> dict[str, Any]:
    return {
        "state": booking.state,
        "room": booking.room_id,
        "starts_at": booking.starts_at.isoformat(),
        "ends_at": booking.ends_at.isoformat(),
        "expires_at": booking.expires_at.isoformat() if booking.expires_at else None,
        "people": booking.people,
        "price_cents": booking.price_cents,
        "sequence": booking.sequence,
    }


# --- Who is told -------------------------------------------------------------------------------------


def wrong_mails(bookings: Iterable[Booking], events: dict[int, list[BookingEvent]]) -> Iterator[str]:
    """Each act owes one mail to the resident where it is news, and one to each editor where the staff are asked.

    What happens to several bookings of a series in one act owes one mail for all of them.
    """
    editors: dict[int, set[int]] = defaultdict(set)
    for hub, editor in User.objects.exclude(email="").values_list("edited_hubs", "pk"):
        if hub is not None:
            editors[hub].add(editor)
    owed: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for key, to, editor in BookingMail.objects.values_list("event", "to", "editor"):
        owed[key].append((to, editor or 0))
    hubs = dict(Room.objects.values_list("pk", "hub"))
    offered = set(Offer.objects.values_list("booking", flat=True))
    by_key = {booking.pk: booking for booking in bookings if booking.anonymised_at is None}
    told: set[tuple[Any, ...]] = set()
    for event in sorted(chain.from_iterable(events.values()), key=lambda event: event.pk):
        if (booking := by_key.get(event.booking_id)) is None:
            continue  # the mails are forgotten with who they went to
        act = (booking.series_id, event.new["series_sequence"]) if "series_sequence" in event.new else (0, event.pk)
        expected: list[tuple[str, int]] = []
        if booking.email and is_news(event) and (act, "resident") not in told:
            told.add((act, "resident"))
            expected.append(("resident", 0))
        hub = hubs[event.new["room"]]
        if event.kind in ASKED_OF_THE_STAFF and event.new["state"] == "requested" and (act, hub) not in told:
            told.add((act, hub))
            expected += [("editor", key) for key in editors[hub]]
        may_be_the_last = event.kind == "expired" and event.booking_id in offered  # which stops a watch, and says so
        if sorted(owed[event.pk]) != sorted(expected) and not may_be_the_last:
            yield f"{booking}, {event.kind}: owes {sorted(owed[event.pk])} and should owe {sorted(expected)}"


def is_news(event: BookingEvent) -> bool:
    if event.kind not in MAILED:
        return False
    if event.old.get("state") == "held" and event.new["state"] not in LIVE:
        return False  # nobody but the visitor who let it go knew of it
    if event.kind == "changed":
        return {**state_of(event), "sequence": 0} != {**event.old, "sequence": 0}
    return True


# --- Series and offers -------------------------------------------------------------------------------


def broken_series(bookings: Iterable[Booking]) -> Iterator[str]:
    """A series has bookings, all of one person; each knows a first start of its own."""
    members: dict[int, list[Booking]] = defaultdict(list)
    for booking in bookings:
        if booking.series_id is not None:
            members[booking.series_id].append(booking)
    for series in Series.objects.all():
        ours = members[series.pk]
        if not ours:
            yield f"series {series} has no bookings"
        if len({booking.resident_id for booking in ours}) > 1:
            yield f"series {series} belongs to several people"
        if any(booking.series_start is None for booking in ours):
            yield f"series {series} has a booking without its first start"


def too_many_offers() -> Iterator[str]:
    """Whoever watches is offered one time at a time: the next when the deadline of the one before has passed."""
    offers: dict[int, list[Offer]] = defaultdict(list)
    for offer in Offer.objects.filter(booking__state="held").select_related("booking", "watch").order_by("made_at"):
        offers[offer.watch.resident_id].append(offer)
    for person, ours in offers.items():
        for one, other in pairwise(ours):
            if one.booking.expires_at is None or other.made_at < one.booking.expires_at:
                yield f"{person} is offered {one.booking} and {other.booking} at once"
