"""Short words for opening hours in tests: `schedule(regular("mon-fri 8-16"))`."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from hubs.enums import HolidayRule, Mode, PeriodKind
from hubs.opening import Period, Schedule, Span, SpecialDay

HELSINKI = ZoneInfo("Europe/Helsinki")
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def span(words: str, mode: Mode = Mode.STAFFED, note: str = "") -> Span:
    """Read “mon-fri 8-16.30”, “sat,sun 10-14” or “daily 22-6”."""
    days, hours = words.split()
    opens, closes = hours.split("-")
    return Span(_mask(days), _time(opens), _time(closes), mode, note)


def regular(*spans: str | Span, first_day: date = date(2020, 1, 1), **fields: object) -> Period:
    return _period(PeriodKind.REGULAR, *spans, first_day=first_day, **fields)


def season(*spans: str | Span, **fields: object) -> Period:
    return _period(PeriodKind.SEASON, *spans, **fields)


def exception(*spans: str | Span, **fields: object) -> Period:
    if "on" in fields:
        fields["first_day"] = fields["last_day"] = fields.pop("on")
    return _period(PeriodKind.EXCEPTION, *spans, **fields)


def schedule(*periods: Period, special: dict[date, str] | None = None, **fields: object) -> Schedule:
    """Make a schedule; `special` days change hours by themselves."""
    days = {day: SpecialDay(day, key, key) for day, key in (special or {}).items()}
    return Schedule(periods, fields.pop("rule", HolidayRule.CLOSED), days, **fields)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=HELSINKI)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def on_the_wall(schedule: Schedule, first_day: date, last_day: date | None = None) -> list[str]:
    """Write the intervals as “25.11. 08:00–16:00”, on the wall clock."""
    return [
        f"{each.starts_at.astimezone(HELSINKI):%d.%m. %H:%M}–{each.ends_at.astimezone(HELSINKI):%H:%M}"
        for each in schedule.intervals(first_day, last_day or first_day)
    ]


def parts(schedule: Schedule, day: date) -> list[str]:
    """Write a day's parts as “08:00–16:00 staffed”."""
    return [f"{part.opens:%H:%M}–{part.closes:%H:%M} {part.mode.value}" for part in schedule.day(day).parts]


def _period(kind: PeriodKind, *spans: str | Span, **fields: object) -> Period:
    return Period(kind, spans=tuple(span(each) if isinstance(each, str) else each for each in spans), **fields)


def _mask(days: str) -> int:
    if days == "daily":
        return 0b1111111
    mask = 0
    for piece in days.split(","):
        first, _, last = piece.partition("-")
        numbers = range(NAMES.index(first), NAMES.index(last or first) + 1)
        mask |= sum(1 << number for number in numbers)
    return mask


def _time(words: str) -> time:
    hour, _, minute = words.partition(".")
    return time(int(hour) % 24, int(minute or 0))
