"""A month of bookings behind us and a month ahead, made through the verbs as people make them."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random

from django.db.models import Q

from accounts.models import User
from hubs.models import Hub
from rooms.availability import free_times
from rooms.booking import (
    BookingDetails,
    Refused,
    approve,
    book_room,
    cancel,
    check_in,
    close_room,
    decline,
    finish_due,
    give_back,
    release,
    show_title,
)
from rooms.enums import BookerKind, BookingChannel, BookingState
from rooms.models import Booking, Room
from rooms.tasks import without_mails
from servicetorg.demo import accounts
from servicetorg.demo.plan import HELSINKI, asked_at, dice, taken_spans

EARLIEST_TO_COME = timedelta(minutes=8)
SHARE_THAT_COMES = 0.95
SHARE_TOLD_OF = 0.3
DAYS_LOOKED_AT = timedelta(days=10)
DAYS = 21

WORDS = {
    "sv": {
        "purpose": "Demo: möte",
        "given_back": "Demo: vi hann inte",
        "cancelled": "Demo: lokalen behövs för ett invånarmöte",
        "declined": "Demo: evenemanget är inte öppet för alla",
    },
    "fi": {
        "purpose": "Demo: kokous",
        "given_back": "Demo: emme ehtineetkään",
        "cancelled": "Demo: tilaa tarvitaan asukastilaisuuteen",
        "declined": "Demo: tilaisuus ei ole kaikille avoin",
    },
    "en": {
        "purpose": "Demo: meeting",
        "given_back": "Demo: we cannot make it",
        "cancelled": "Demo: the room is needed for a residents' meeting",
        "declined": "Demo: the event is not open to everyone",
    },
}
CLOSURE = {
    "sv": "Exempel: golvet vaxas",
    "fi": "Esimerkki: lattia vahataan",
    "en": "Example: the floor is being waxed",
}


@dataclass(frozen=True)
class Wish:
    """A time that somebody asked for."""

    room: Room
    starts_at: datetime
    ends_at: datetime
    asked_at: datetime
    random: Random = field(compare=False)


def load_bookings(rooms: dict[str, Room], *, at: datetime, days: int = DAYS) -> None:
    """Fill about two fifths of the open time, so many days back and ahead. Nobody gets a mail."""
    holders = accounts.load_holders()
    editors = {hub.pk: hub.editors.get() for hub in Hub.objects.all()}
    own: dict[int, list[Wish]] = defaultdict(list)
    made: list[tuple[Booking, Wish]] = []
    with without_mails():
        close_one_room(rooms["kalajarvi-ahti"], editors, at=at)
        for wish in sorted(wishes(rooms, at=at, days=days), key=lambda wish: wish.asked_at):
            staff = editors[wish.room.hub_id]
            holder = draw_holder(wish, holders, own)
            with suppress(Refused):  # as in life; on most days nobody is
                booking = book(wish, holder, staff)
                if holder is not None:
                    own[holder.pk].append(wish)
                answer(booking, wish, staff, now=at)
                tell_of(booking, wish, staff, now=at)
                regret(booking, wish, staff, now=at)
                made.append((booking, wish))
        for booking, wish in made:
            come(booking, wish, now=at)
        finish_due(at=at)
    forget_mailboxes()


def forget_mailboxes() -> None:
    """Leave out the addresses of groups that have no mailbox: nobody is to be reminded, today or tomorrow."""
    Booking.objects.filter(resident__email__in=accounts.HOLDERS).update(email="")


def wishes(rooms: dict[str, Room], *, at: datetime, days: int) -> Iterator[Wish]:
    """Yield the wishes of every room; those for a divisible hall go to the whole or to a part of it."""
    midnight = at.astimezone(HELSINKI).replace(hour=0, minute=0, second=0, microsecond=0)
    starts_at, ends_at = midnight - timedelta(days=days), midnight + timedelta(days=days + 1)
    parts: dict[int, list[Room]] = defaultdict(list)
    for room in rooms.values():
        if room.parent_id:
            parts[room.parent_id].append(room)
    times = free_times([room for room in rooms.values() if not room.parent_id], starts_at, ends_at, at=at)
    for free_time in times.values():
        room = free_time.room
        spans = taken_spans(
            free_time.free,
            name=f"{room.hub.slug} {room.slug}",
            shortest=room.shortest_minutes,
            longest=room.longest_minutes,
        )
        for start, end in spans:
            random = dice(start.date(), f"{room.hub.slug} {room.slug} {start.isoformat()}")
            moment = asked_at(random, start, earliest_days=room.earliest_days, now=at)
            if moment is not None:
                for wanted in random.choice(
                    [[room], [room], *([part] for part in parts[room.pk]), parts[room.pk] or [room]]
                ):
                    yield Wish(wanted, start, end, moment, random)


def draw_holder(wish: Wish, holders: list[User], own: dict[int, list[Wish]]) -> User | None:
    """Return who asks on the site, within the limits per person; None is somebody at the desk.

    The demo resident asks now and then only, so that “my bookings” stays a short list.
    """
    if wish.room.channel != BookingChannel.ONLINE or (not wish.room.needs_approval and wish.random.random() < 0.5):
        return None
    *groups, resident = holders
    candidates = wish.random.sample(groups, k=len(groups))
    if wish.random.random() < 0.02:
        candidates.insert(0, resident)
    return next((holder for holder in candidates if may_have(wish, own[holder.pk])), None)


def may_have(wish: Wish, others: list[Wish]) -> bool:
    coming = [other for other in others if other.room == wish.room and other.ends_at > wish.asked_at]
    at_once = any(other.starts_at < wish.ends_at and other.ends_at > wish.starts_at for other in others)
    return not at_once and (wish.room.most_active is None or len(coming) < wish.room.most_active)


def book(wish: Wish, holder: User | None, staff: User) -> Booking:
    language = holder.language if holder else wish.random.choice(list(WORDS))
    name = holder.name if holder else wish.random.choice(accounts.AT_THE_DESK)
    is_association = name != accounts.PEOPLE[accounts.RESIDENT]
    return book_room(
        room=wish.room,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        resident=holder,
        actor=holder or staff,
        at=wish.asked_at,
        details=BookingDetails(
            people=max(1, round(wish.room.capacity * wish.random.uniform(0.2, 0.9))),
            name=name,
            language=language,
            purpose=WORDS[language]["purpose"],
            booker_kind=BookerKind.ASSOCIATION if is_association else BookerKind.PRIVATE,
            organisation=name if is_association else "",
            public_title=name if is_association and wants_to_be_told_of(wish) else "",
        ),
    )


def wants_to_be_told_of(wish: Wish) -> bool:
    """Draw whether a group lets the hub's page tell of it; by dice of its own, so that the rest stays as it was."""
    return dice(wish.starts_at.date(), f"title {wish.room.pk} {wish.starts_at.isoformat()}").random() < SHARE_TOLD_OF


def tell_of(booking: Booking, wish: Wish, staff: User, *, now: datetime) -> None:
    """Let the staff look at the titles of the coming days; those after them still wait."""
    told_at = wish.asked_at + timedelta(minutes=30)
    if booking.public_title and told_at < now and wish.starts_at < now + DAYS_LOOKED_AT:
        show_title(booking=booking, actor=staff, at=told_at, title=booking.public_title)


def answer(booking: Booking, wish: Wish, staff: User, *, now: datetime) -> None:
    """Answer a request within a day and a half; the newest still wait."""
    if booking.state != BookingState.REQUESTED or booking.expires_at is None:
        return
    answered_at = wish.asked_at + timedelta(hours=wish.random.uniform(1, 36))
    answered_at = min(answered_at, booking.expires_at - timedelta(minutes=5))
    if answered_at >= now:
        return
    if wish.random.random() < 0.08:
        decline(booking=booking, actor=staff, at=answered_at, reason=WORDS[booking.language]["declined"])
    else:
        approve(booking=booking, actor=staff, at=answered_at)


def regret(booking: Booking, wish: Wish, staff: User, *, now: datetime) -> None:
    """Give a few back, and let the staff cancel fewer."""
    booking.refresh_from_db(fields=["state", "expires_at"])
    dice_say = wish.random.random()
    at = wish.asked_at + (min(wish.starts_at, now) - wish.asked_at) * wish.random.uniform(0.3, 0.95)
    if booking.state != BookingState.CONFIRMED or dice_say > 0.07:
        return
    if dice_say < 0.05:
        actor = booking.resident or staff
        give_back(booking=booking, actor=actor, at=at, reason=WORDS[booking.language]["given_back"])
    else:
        cancel(booking=booking, actor=staff, at=at, reason=WORDS[booking.language]["cancelled"])


def come(booking: Booking, wish: Wish, *, now: datetime) -> None:
    """Let most of those who have to check in do so, about when their time begins; the rest has not come."""
    if wish.room.release_minutes is None or wish.starts_at - EARLIEST_TO_COME > now:
        return
    booking.refresh_from_db(fields=["state", "expires_at"])
    comes_at = wish.starts_at + timedelta(minutes=wish.random.uniform(-8, 12))
    if booking.state != BookingState.CONFIRMED or booking.expires_at is None:
        return
    if wish.random.random() < SHARE_THAT_COMES:
        if comes_at <= now:
            check_in(booking=booking, actor=booking.resident, at=comes_at)
    elif booking.expires_at <= now:
        release(booking=booking, at=booking.expires_at)


def groups_come(*, at: datetime) -> int:
    """Let the demo's own groups check in when their time begins, all but a few. Return how many have come.

    For a demo that runs: without it every room that asks for check-in would be released a quarter of
    an hour after each start, because nobody is there.
    """
    waiting = Booking.objects.live_at(at).filter(state=BookingState.CONFIRMED, expires_at__gt=at)
    groups = Q(resident__email__in=accounts.HOLDERS) | Q(resident=None, name__in=accounts.AT_THE_DESK)
    come = 0
    for booking in waiting.filter(groups, starts_at__lte=at + EARLIEST_TO_COME).select_related("room__hub"):
        if dice(booking.starts_at.date(), booking.reference).random() < SHARE_THAT_COMES:
            with suppress(Refused):  # somebody has just cancelled it
                check_in(booking=booking, actor=booking.resident, at=at)
                come += 1
    return come


def close_one_room(room: Room, editors: dict[int, User], *, at: datetime) -> None:
    """Close a room for one weekday morning of next week, so that a closure can be seen."""
    day = at.astimezone(HELSINKI).date() + timedelta(days=7)
    day += timedelta(days=(2 - day.weekday()) % 7)  # a Wednesday
    close_room(
        room=room,
        starts_at=datetime.combine(day, time(8), tzinfo=HELSINKI),
        ends_at=datetime.combine(day, time(12), tzinfo=HELSINKI),
        reason=CLOSURE,
        actor=editors[room.hub_id],
        at=at,
    )
