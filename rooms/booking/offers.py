"""Watching for a time, and offering what becomes free to one person at a time.

An offer is a held booking of whoever watches, with a claim deadline. Taken, it becomes a booking
and the watch ends; declined or unanswered, the time goes to the next who watches. Nothing is
reserved before the offer is made: whoever books first, through whatever page, has the time.

Watches are locked after everything else, by changing them; all but the end that nobody's answer
brings about happens under the lock of the resident.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from hubs.models import Hub
from rooms.availability import free_times_on
from rooms.booking.asking import agree, must_be_live
from rooms.booking.locks import lock, lock_booking, lock_resident
from rooms.booking.refusals import Refused
from rooms.booking.residents import book_room
from rooms.booking.writing import end, record, take
from rooms.enums import BookingState, EventKind, PriceGroup
from rooms.models import Booking, Equipment, FreedTime, Offer, Room, Watch
from rooms.rules import BookingDetails, Counted, Reason, counting_bookings, price_cents
from rooms.spans import Span, minutes_between, union, utc
from rooms.watches import FreeDays, News, Slot, Waiting, claim_deadline, newly_bookable, plan_offers

logger = logging.getLogger(__name__)

MOST_WATCHES = 5  # active ones of a resident
MARGIN = timedelta(days=1)


# --- Watching -----------------------------------------------------------------------------------


@transaction.atomic
def start_watch(
    *,
    resident: User,
    people: int,
    minutes: int,
    weekdays: str,
    from_time: time,
    until_time: time,
    last_day: date,
    language: str,
    at: datetime,
    first_day: date | None = None,
    hub: Hub | None = None,
    room: Room | None = None,
    kind: str = "",
    equipment: Iterable[Equipment] = (),
) -> Watch:
    """Let a resident wait for a time. A watch for one room asks for nothing else of it. Raises Refused."""
    lock_resident(resident)
    if Watch.objects.active_at(at).filter(resident=resident).count() >= MOST_WATCHES:
        raise Refused([_too_many_watches()])
    watch = Watch(
        resident=resident,
        hub=hub if room is None else room.hub,
        room=room,
        kind=kind if room is None else "",
        people=people,
        minutes=minutes,
        weekdays=weekdays,
        from_time=from_time,
        until_time=until_time,
        first_day=first_day or timezone.localdate(at),
        last_day=last_day,
        language=language,
        created_at=at,
    )
    watch.save(force_insert=True)
    if room is None:
        watch.equipment.set(equipment)
    return watch


@transaction.atomic
def stop_watch(*, watch: Watch, at: datetime) -> Watch:
    """Wait no longer. What is held for the watch goes to the next. Done twice it changes nothing."""
    lock_resident(watch.resident)
    for offer in Offer.objects.open_at(at).filter(watch=watch):
        with suppress(Refused):  # it has ended by itself, or been taken, at this moment
            _decline(offer.booking, actor=watch.resident, at=at)
    Watch.objects.filter(pk=watch.pk, stopped_at=None).update(stopped_at=at)
    watch.refresh_from_db(fields=["stopped_at"])
    return watch


@transaction.atomic
def continue_watch(*, watch: Watch, at: datetime) -> Watch:
    """Wait on after the watch has stopped, behind those who wait already. Raises Refused."""
    lock_resident(watch.resident)
    watch.refresh_from_db(fields=["stopped_at"])
    if watch.last_day < timezone.localdate(at):
        raise Refused([Reason("over", _("The last day of this watch has passed. Make a new one."))])
    if watch.stopped_at is not None:
        if Watch.objects.active_at(at).filter(resident=watch.resident).count() >= MOST_WATCHES:
            raise Refused([_too_many_watches()])
        watch.stopped_at, watch.created_at = None, at
        watch.save(update_fields=["stopped_at", "created_at"])
    return watch


# --- Answering ----------------------------------------------------------------------------------


@transaction.atomic
def claim_offer(*, offer: Offer, details: BookingDetails, at: datetime) -> Booking:
    """Take what is offered: it becomes a booking, or a request, and the watch stops.

    After the deadline, too, as long as the time is still free. Done twice it gives the same booking.
    Raises Refused, Taken.
    """
    held, resident = Booking.objects.for_list().get(pk=offer.booking_id), offer.watch.resident
    if held.state == BookingState.CANCELLED:
        raise Refused([Reason("not_live", _("You have declined this offer, or given the time back."))])
    booking = book_room(
        room=held.room,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        resident=resident,
        details=details,
        actor=resident,
        at=at,
        held=held,
    )
    Watch.objects.filter(pk=offer.watch_id, stopped_at=None).update(stopped_at=at)
    return booking


@transaction.atomic
def decline_offer(*, offer: Offer, at: datetime) -> Booking:
    """Say no thanks: the next who watches is asked at once, and the watch goes on. Raises Refused."""
    return _decline(offer.booking, actor=offer.watch.resident, at=at)


def _decline(booking: Booking, *, actor: User, at: datetime) -> Booking:
    mine = lock_booking(booking)
    must_be_live(mine, at)
    if mine.state != BookingState.HELD:
        raise Refused([Reason("not_held", _("You have taken this time already. You can give it back instead."))])
    return end(mine, BookingState.CANCELLED, EventKind.GIVEN_BACK, actor=actor, at=at)


def _too_many_watches() -> Reason:
    message = ngettext(
        "You can wait for %(count)d time at once. Stop one of your watches first.",
        "You can wait for %(count)d times at once. Stop one of your watches first.",
        MOST_WATCHES,
    )
    return Reason("most_watches", message % {"count": MOST_WATCHES})


# --- Offering -----------------------------------------------------------------------------------


def offer_due(*, at: datetime) -> int:
    """Offer what has become free to whoever has waited longest for it. Return how many offers were made.

    Safe to run in parallel: each offer asks everything again under the locks of `book_room`. A dozen
    queries, however many watch and however much is free, and then those of each offer made.
    """
    if not Watch.objects.active_at(at).exists():
        # Not what has become free this minute: somebody may have begun to wait while we asked.
        FreedTime.objects.filter(freed_at__lte=at - MARGIN).delete()
        return 0
    FreedTime.objects.filter(ends_at__lte=at).delete()
    return sum(_try_to_offer(watch, slot, at) for watch, slot in plan(at))


def plan(at: datetime) -> list[tuple[Watch, Slot]]:
    """Return who is to be offered what at this moment. A dozen queries, or a few where nothing has become free."""
    watches = list(Watch.objects.active_at(at).filter(resident__is_active=True).for_list())
    freed = list(FreedTime.objects.select_related("room").filter(ends_at__gt=at))
    bookable = Room.objects.bookable()
    # Days that can be booked since midnight, as far as somebody waits for so late a day.
    latest = max((watch.last_day for watch in watches), default=date.min)
    ahead = (latest - timezone.localdate(at)).days if watches else -1
    touched = {key for row in freed for key in (row.room_id, row.room.parent_id) if key is not None}
    rooms = list(bookable.filter(Q(pk__in=touched) | Q(earliest_days__lte=ahead)).for_list())
    newest = [newly_bookable(room, at) for room in rooms]
    news = News(rooms, freed, newest)
    wanted = {watch.pk: found for watch in watches if (found := news.for_watch(watch))}
    if not wanted:
        return []
    news_to_some = [each for days in wanted.values() for of_a_day in days.values() for each in of_a_day]
    spans = union((start - MARGIN, end + MARGIN) for start, end in {each.span for each in news_to_some})
    times = free_times_on({each.room for each in news_to_some}, spans, at=at)
    queue = _queue([watch for watch in watches if watch.pk in wanted], at)
    return plan_offers(queue, wanted, FreeDays(times), at=at)


def _queue(watches: Sequence[Watch], at: datetime) -> list[Waiting]:
    """Add to each watch what has been offered for it, and what its resident has booked. Two queries."""
    residents = {watch.resident_id for watch in watches}
    passed: dict[int, list[Span]] = defaultdict(list)
    served: set[int] = set()
    offers = Offer.objects.filter(watch__resident__in=residents, booking__ends_at__gt=at)
    for offer in offers.select_related("booking", "watch"):
        passed[offer.watch_id].append((offer.booking.starts_at, offer.booking.ends_at))
        if offer.booking.state_at(at) == BookingState.HELD:
            served.add(offer.watch.resident_id)
    own: dict[int, list[Counted]] = defaultdict(list)
    for booking in counting_bookings(residents, at, at=at):
        own[booking.resident_id].append(booking)
    return [
        Waiting(watch, passed[watch.pk], tuple(own[watch.resident_id]), watch.resident_id in served)
        for watch in watches
    ]


def _try_to_offer(watch: Watch, slot: Slot, at: datetime) -> bool:
    """Offer, unless somebody was quicker. One that fails does not stop the others."""
    try:
        return offer_slot(watch=watch, slot=slot, at=at) is not None
    except Refused:
        return False
    except Exception:
        logger.exception("A freed time could not be offered for watch %s", watch.reference)
        return False


@transaction.atomic
def offer_slot(*, watch: Watch, slot: Slot, at: datetime) -> Offer | None:
    """Hold the time for the one who watches until the claim deadline, and tell them.

    Return None where another machine has done so, or the watch has ended. Raises Refused, Taken.
    """
    at = utc(at)
    lock_resident(watch.resident)
    rooms, _mine = lock(slot.room, slot.starts_at, slot.ends_at, at=at, mine=None)
    room = rooms[slot.room.pk]
    deadline = claim_deadline(slot.starts_at, at, notice=timedelta(minutes=room.latest_minutes))
    if deadline is None or not _still_waits(watch, slot, at):
        return None
    agree(room=room, starts_at=slot.starts_at, ends_at=slot.ends_at, at=at, resident=watch.resident)
    booking = Booking(
        room=room,
        resident=watch.resident,
        state=BookingState.HELD,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        gap_minutes=room.gap_minutes,
        expires_at=deadline,
        email=watch.resident.email,
        language=watch.language,
        price_cents=price_cents(room, PriceGroup.NORMAL, minutes_between(slot.starts_at, slot.ends_at)),
        created_at=at,
    )
    booking.save(force_insert=True)
    take(booking, rooms.values(), at=at, is_new=True, ends_verb=True)
    offer = Offer.objects.create(watch=watch, booking=booking, made_at=at)
    record(booking, EventKind.OFFERED, actor=None, at=at)
    return offer


def _still_waits(watch: Watch, slot: Slot, at: datetime) -> bool:
    """Ask again under the lock of the resident, under which alone watches and their offers change."""
    offers = Offer.objects.filter(watch__resident=watch.resident_id)
    then = {"booking__starts_at__lt": slot.ends_at, "booking__ends_at__gt": slot.starts_at}
    return (
        Watch.objects.active_at(at).filter(pk=watch.pk).exists()
        and not offers.open_at(at).exists()
        and not offers.filter(watch=watch, **then).exists()
    )
