"""What somebody waits for and is offered, as pages tell of it; and the ways to begin to wait."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from hubs.opening import HELSINKI
from hubs.wording import day_medium
from rooms.availability import RoomQuery, free_times
from rooms.enums import BookingState
from rooms.models import Booking, Equipment, Offer, Room, Watch
from rooms.results import Choice
from rooms.rules import last_bookable_day, midnight
from rooms.spans import Span
from rooms.watches import free_slots, suits
from rooms.wording import moment_words, watch_words, when_words

MOST_FREE_NOW = 4
FREE_SOON = timedelta(days=28)
A_DAY = timedelta(days=1)
ENDED_SHOWN = timedelta(days=14)
WHOLE_DAY = ("06:00", "24:00")


class WatchEntry:
    """A watch with the words that a list or a page says about it at `at`."""

    def __init__(self, watch: Watch, at: datetime) -> None:
        self.watch = watch
        self.facts = watch_words(watch)
        self.is_active = watch.is_active_at(at)
        self.is_stopped = watch.stopped_at is not None
        self.can_continue = self.is_stopped and watch.last_day >= timezone.localdate(at)
        self.until = day_medium(watch.last_day)

    @property
    def again_url(self) -> str:
        """Return the form filled in as this watch was, but for its last day."""
        watch = self.watch
        wish: list[tuple[str, object]] = [("weekdays", number) for number in watch.weekdays]
        wish += [("from", f"{watch.from_time:%H:%M}"), ("to", f"{watch.until_time:%H:%M}".replace("00:00", "24:00"))]
        wish += [("minutes", watch.minutes), ("people", watch.people)]
        wish += [("hub", watch.hub.slug)] if watch.hub is not None else []
        wish += [("room", room_key(watch.room))] if watch.room is not None else []
        wish += [("kind", watch.kind)] if watch.kind else []
        wish += [("equipment", piece.slug) for piece in watch.equipment.all()]
        return f"{reverse('rooms:watch_new')}?{urlencode(wish, safe=':/')}"


class OfferEntry:
    """An offer with the words that a list or a page says about it at `at`."""

    def __init__(self, offer: Offer, at: datetime) -> None:
        self.offer, self.booking, self.room = offer, offer.booking, offer.booking.room
        self.state = offer.booking.state_at(at)
        self.is_open = self.state == BookingState.HELD
        self.is_taken = self.state not in (BookingState.HELD, BookingState.EXPIRED, BookingState.CANCELLED)
        self.is_past = offer.booking.starts_at <= at
        self.when = when_words((self.booking.starts_at, self.booking.ends_at))
        self.deadline = moment_words(self.booking.expires_at) if self.booking.expires_at else ""

    @property
    def words(self) -> str:
        """Say what has become of it."""
        match self.state:
            case BookingState.HELD:
                return _("The time is held for you until %(deadline)s.") % {"deadline": self.deadline}
            case BookingState.EXPIRED:
                return _("The time was held for you until its deadline, which has passed. Now others may have it.")
            case BookingState.CANCELLED:
                return _("You have said no thanks or given the time back, or the room can no longer be had then.")
            case _taken:
                return _("You have taken this time.")


def offers_of(resident: User, at: datetime) -> list[OfferEntry]:
    offers = Offer.objects.open_at(at).filter(watch__resident=resident).for_list()
    return [OfferEntry(offer, at) for offer in offers.order_by("booking__expires_at")]


def watches_shown_to(resident: User, at: datetime) -> list[WatchEntry]:
    """Return what the resident waits for, and for two weeks what they have waited for."""
    long_ago = at - ENDED_SHOWN
    recent = Watch.objects.filter(resident=resident, last_day__gt=timezone.localdate(long_ago))
    entries = [WatchEntry(watch, at) for watch in recent.exclude(stopped_at__lte=long_ago).for_list()]
    return sorted(entries, key=lambda entry: not entry.is_active)


def is_offer(booking: Booking) -> bool:
    """Say whether the booking is an offer that nobody has taken. Queries, where it can be one."""
    return booking.people is None and Offer.objects.filter(booking=booking).exists()


def watch_stopped_by(booking: Booking, at: datetime) -> WatchEntry | None:
    """Return the watch that stopped when this booking took its offer, if one can still go on with it. Queries."""
    watch = Watch.objects.for_list().filter(offers__booking=booking).first()
    entry = None if watch is None else WatchEntry(watch, at)
    return entry if entry is not None and entry.can_continue else None


def free_now(draft: Watch, equipment: Iterable[Equipment], at: datetime) -> list[Choice]:
    """Return the first times that fit a watch which is not made yet, and are free already."""
    rooms = Room.objects.bookable().wanted(None, None, () if draft.room else equipment)
    rooms = [room for room in rooms.for_list() if suits(room, draft)]
    if not rooms:
        return []
    last = min(draft.last_day, max(last_bookable_day(room, at) for room in rooms))
    soon = min(last, timezone.localdate(at) + FREE_SOON)
    slots = free_slots(draft, free_times(rooms, at, midnight(soon + A_DAY), at=at), at, most=MOST_FREE_NOW)
    if len(slots) < MOST_FREE_NOW and soon < last:  # which is seldom, for it takes its time
        span = midnight(soon + A_DAY), midnight(last + A_DAY)
        slots += free_slots(draft, free_times(rooms, *span, at=at), at, most=MOST_FREE_NOW - len(slots))
    return [Choice(slot.room, slot.starts_at, slot.ends_at) for slot in slots]


# --- Ways to begin --------------------------------------------------------------------------------


def watch_query_url(query: RoomQuery) -> str:
    """Return the form filled in as a search was that found nothing."""
    start, end = (moment.astimezone(HELSINKI) for moment in (query.starts_at, query.ends_at))
    is_till_midnight = end.date() > start.date()
    wish: list[tuple[str, object]] = [
        ("date", start.date()),
        ("from", max(f"{start:%H:%M}", WHOLE_DAY[0])),
        ("to", WHOLE_DAY[1] if is_till_midnight else f"{end:%H:%M}"),
        ("minutes", query.minutes),
    ]
    wish += [("people", query.people)] if query.people is not None else []
    wish += [("hub", query.hub.slug)] if query.hub is not None else []
    wish += [("kind", query.kind)] if query.kind is not None else []
    wish += [("equipment", piece.slug) for piece in query.equipment]
    return f"{reverse('rooms:watch_new')}?{urlencode(wish, safe=':')}"


def watch_room_url(room: Room, span: Span | None = None, people: int | None = None) -> str:
    """Return the form for one room, and, where a time was asked for, for that time of the week."""
    wish: dict[str, object] = {"room": room_key(room)}
    if span is not None:
        start, end = (moment.astimezone(HELSINKI) for moment in span)
        clock = f"{end:%H:%M}" if end.date() == start.date() else WHOLE_DAY[1]
        wish |= {"date": start.date(), "from": f"{start:%H:%M}", "to": clock}
    if people is not None:
        wish["people"] = people
    return f"{reverse('rooms:watch_new')}?{urlencode(wish, safe=':/')}"


def room_key(room: Room) -> str:
    return f"{room.hub.slug}/{room.slug}"


def read_room_key(key: str) -> Room | None:
    """Return the room that an address names, if it can be booked. Queries."""
    hub, _slash, slug = key.replace("\0", "").partition("/")
    if not (hub and slug):
        return None
    return Room.objects.bookable().for_list().filter(hub__slug=hub, slug=slug).first()
