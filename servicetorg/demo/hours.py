"""From weekly lists of [open, close] to periods and spans."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from hubs.enums import Mode, PeriodKind
from hubs.models import Period, Span, Timetable
from hubs.special_days import seed_special_days
from servicetorg.demo import source
from servicetorg.demo.source import Entry, Texts, in_languages

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = 0b1111111
FIRST_DAY = date(2025, 1, 1)

# A building's and a room's hours say only “open”, which is what staffed hours show.
MODES = {
    "building": Mode.STAFFED,
    "bookable": Mode.STAFFED,
    "staffed": Mode.STAFFED,
    "self_service": Mode.SELF_SERVICE,
    "phone": Mode.PHONE,
}


def load_special_days(*, at: datetime) -> None:
    seed_special_days(range(FIRST_DAY.year, max(FIRST_DAY.year + 3, at.year + 2) + 1))


def set_regular_hours(timetable: Timetable, weeks: Iterable[Entry]) -> None:
    """Give the timetable one regular period; `weeks` are entries with `kind` and `weekly`."""
    period = Period.objects.create(timetable=timetable, kind=PeriodKind.REGULAR, first_day=FIRST_DAY)
    for week in weeks:
        for (opens, closes), weekdays in grouped(week["weekly"]).items():
            add_span(period, opens, closes, weekdays=weekdays, mode=MODES[week["kind"]])


def grouped(weekly: dict[str, list[list[str]]]) -> dict[tuple[str, str], int]:
    """Return the weekday mask (bit 0 is Monday) of each pair of times."""
    masks: dict[tuple[str, str], int] = defaultdict(int)
    for bit, weekday in enumerate(WEEKDAYS):
        for opens, closes in weekly[weekday]:
            masks[opens, closes] |= 1 << bit
    return masks


def add_exception(
    timetable: Timetable, *, hours: list[list[str]], title: Texts | None = None, mode: str = "staffed", **days: Any
) -> None:
    """Add an exception on `first_day` to `last_day`, or on every `special_day`. No hours means closed."""
    period = Period.objects.create(
        timetable=timetable, kind=PeriodKind.EXCEPTION, **days, **in_languages("title", title)
    )
    for opens, closes in hours:
        add_span(period, opens, closes, weekdays=EVERY_DAY, mode=MODES[mode])


def add_span(period: Period, opens: str, closes: str, *, weekdays: int, mode: Mode) -> None:
    Span.objects.create(
        period=period,
        weekdays=weekdays,
        opens=time.fromisoformat(opens),
        closes=time.fromisoformat(closes),
        mode=mode,
    )


def add_found_exceptions(timetable: Timetable, *, hub: str, listing: str | None = None) -> None:
    """Add the announced exceptions of a hub or listing that fall in the years we cover."""
    for found in source.facts()["announced_exceptions"]:
        if found["hub"] == hub and found["service"] == listing and date.fromisoformat(found["to"]) >= FIRST_DAY:
            add_dated(timetable, found)


def add_assumed_exceptions(timetable: Timetable, *, hub: str | None = None, listing: str | None = None) -> list[str]:
    """Repeat patterns of announced exceptions in the coming year; return their `assumed` marks."""
    repeated = [
        entry
        for entry in source.additions()["exceptions"]
        if (hub and entry.get("hub") == hub) or (listing and entry.get("listing") == listing)
    ]
    for entry in repeated:
        add_dated(timetable, entry)
    return [f"hours.exceptions.{entry['from']}" for entry in repeated]


def add_dated(timetable: Timetable, entry: Entry) -> None:
    add_exception(
        timetable,
        first_day=date.fromisoformat(entry["from"]),
        last_day=date.fromisoformat(entry["to"]),
        hours=entry.get("hours", []),
        title=entry["text"],
    )
