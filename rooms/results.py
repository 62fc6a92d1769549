"""What a search for a room shows: a card for each room, in words and as a bar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hubs.opening import HELSINKI
from hubs.wording import day_medium
from rooms.availability import Alternative, FreeTime, RoomQuery, bookable_window
from rooms.finding import RoomMatch
from rooms.forms import local_iso
from rooms.models import Room
from rooms.rules import midnight
from rooms.spans import Span, subtract
from rooms.wording import price_words, span_words, spans_words, when_words

MOST_CHOICES = 3
MOST_FREE_DAYS = 4
MOST_EQUIPMENT = 4  # on a card; the room's own page has all of it
USUAL_HOURS = (8, 20)


@dataclass(frozen=True, slots=True)
class Choice:
    """A time of a room that one button books."""

    room: Room
    starts_at: datetime
    ends_at: datetime
    reason: str = ""

    @property
    def url(self) -> str:
        return book_url(self.room, self.starts_at, self.ends_at)

    @property
    def query(self) -> str:
        """Return the choice as an address carries it to the page that changes a booking."""
        wish = {"hub": self.room.hub.slug, "room": self.room.slug}
        times = {"start": local_iso(self.starts_at), "end": local_iso(self.ends_at)}
        return urlencode({**wish, **times}, safe=":")

    @property
    def time(self) -> str:
        return span_words((self.starts_at, self.ends_at))

    @property
    def day(self) -> str:
        return day_medium(self.starts_at)

    @property
    def when(self) -> str:
        return when_words((self.starts_at, self.ends_at))


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A day on which a wish fits: when the room is free then, and the time that one button books."""

    free_words: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class Card:
    """One room as a search shows it: on one day, or on the first `days` of several on which it is free."""

    room: Room
    fits: bool
    tag: str
    reasons: tuple[str, ...]
    choices: tuple[Choice, ...]
    free: list[Span]
    wished: Span | None
    free_words: str
    equipment: str
    price: str
    week_url: str
    days: tuple[FreeDay, ...] = ()


def make_card(match: RoomMatch, query: RoomQuery, *, is_exact: bool, at: datetime) -> Card:
    """Show a room on the day of the wish, of which `match` knows the whole."""
    room = match.room
    length = timedelta(minutes=query.minutes)
    window = bookable_window(room, query.starts_at - timedelta(days=1), query.ends_at + timedelta(days=1), at)
    free = match.free_time.spans_of(room.shortest_minutes, within=window) if window[0] < window[1] else []
    spans = match.spans if match.fits else []
    choices = tuple(Choice(room, start, start + length) for start, _end in spans[:MOST_CHOICES])
    wished = (query.starts_at, query.ends_at) if is_exact else None
    if not is_exact and choices:
        wished = choices[0].starts_at, choices[0].ends_at
    return Card(
        room=room,
        fits=match.fits,
        tag=_free_tag(choices[0]) if choices else _taken_tag(match, wished) or tag_words(match.why_not[0].code),
        reasons=tuple(reason.message for reason in match.why_not if wished is None or reason.code != "taken"),
        choices=choices,
        free=free,
        wished=wished,
        free_words=spans_words(free),
        equipment=equipment_words(room),
        price=price_words(room),
        week_url=week_url(room, query.starts_at.astimezone(HELSINKI).date()),
    )


def make_card_of_days(match: RoomMatch, query: RoomQuery) -> Card:
    """Show a room with the first days on which the wish fits, and on how many it does."""
    room, length = match.room, timedelta(minutes=query.minutes)
    by_day: dict[date, list[Span]] = {}
    for span in match.spans if match.fits else ():
        by_day.setdefault(span[0].astimezone(HELSINKI).date(), []).append(span)
    first = [
        FreeDay(spans_words(spans), Choice(room, spans[0][0], spans[0][0] + length))
        for spans in islice(by_day.values(), MOST_FREE_DAYS)
    ]
    tag = ngettext("Free on %(count)d day", "Free on %(count)d days", len(by_day)) % {"count": len(by_day)}
    starts_at = first[0].choice.starts_at if first else query.starts_at
    return Card(
        room=room,
        fits=match.fits,
        tag=tag if match.fits else tag_words(match.why_not[0].code),
        reasons=tuple(reason.message for reason in match.why_not),
        choices=(),
        free=[],
        wished=None,
        free_words="",
        equipment=equipment_words(room),
        price=price_words(room),
        week_url=week_url(room, starts_at.astimezone(HELSINKI).date()),
        days=tuple(first),
    )


def equipment_words(room: Room) -> str:
    return ", ".join(piece.name for piece in list(room.equipment.all())[:MOST_EQUIPMENT])


def _free_tag(choice: Choice) -> str:
    return _("Free %(time)s") % {"time": choice.time}


def _taken_tag(match: RoomMatch, wished: Span | None) -> str:
    """Say which part of the wished time is taken, if that is all there is against it."""
    if wished is None or [reason.code for reason in match.why_not] != ["taken"]:
        return ""
    return _("Taken %(times)s") % {"times": spans_words(subtract([wished], match.free_time.free))}


def tag_words(code: str) -> str:
    """Say in a word or two why a room does not suit."""
    match code:
        case "capacity":
            return _("Too small")
        case "too_short" | "too_long":
            return _("Other lengths only")
        case "taken":
            return _("Taken")
        case "too_early":
            return _("Not bookable yet")
        case "too_late" | "past":
            return _("Too late")
        case _closed:
            return _("Not open")


def choices_of(alternatives: Iterable[Alternative]) -> list[Choice]:
    return [Choice(each.room, each.starts_at, each.ends_at, each.reason) for each in alternatives]


def day_axis(times: Iterable[FreeTime], day: date) -> Span:
    """Return from when to when the bars of a day reach: the hours in which any of the rooms is open."""
    first, last = midnight(day), midnight(day + timedelta(days=1))
    spans = [(max(start, first), min(end, last)) for free in times for start, end in free.open]
    hours = [hours_of(span, day) for span in spans if span[0] < span[1]]
    begins = min((start for start, _end in hours), default=USUAL_HOURS[0])
    ends = max((end for _start, end in hours), default=USUAL_HOURS[1])
    return hour_of(day, begins), hour_of(day, ends)


def hours_of(span: Span, day: date) -> tuple[int, int]:
    start, end = (moment.astimezone(HELSINKI) for moment in span)
    if end.date() > day:
        return start.hour, 24
    return start.hour, end.hour + bool(end.minute)


def hour_of(day: date, hour: int) -> datetime:
    if hour == 24:
        return midnight(day + timedelta(days=1))
    return midnight(day).replace(hour=hour)


def book_url(room: Room, starts_at: datetime, ends_at: datetime) -> str:
    address = reverse("rooms:book", kwargs={"hub": room.hub.slug, "room": room.slug})
    return f"{address}?{urlencode({'start': local_iso(starts_at), 'end': local_iso(ends_at)}, safe=':')}"


def repeat_url(room: Room, starts_at: datetime, ends_at: datetime) -> str:
    """Return the page on which the time is repeated every week or every second week."""
    address = reverse("rooms:book_series", kwargs={"hub": room.hub.slug, "room": room.slug})
    return f"{address}?{urlencode({'start': local_iso(starts_at), 'end': local_iso(ends_at)}, safe=':')}"


def week_url(room: Room, day: date) -> str:
    year, week, _weekday = day.isocalendar()
    return f"{room.get_absolute_url()}?week={year}-W{week:02}"
