"""How full the rooms are, drawn by dice that fall the same way for the same day and room.

Pure reckoning: which spans of a room's open time are taken, and when somebody asked for them.
Evenings are fuller than mornings, about two fifths of all open time are taken.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

type Span = tuple[datetime, datetime]

HELSINKI = ZoneInfo("Europe/Helsinki")
STEP = timedelta(minutes=30)
LENGTHS = (90, 120, 150, 180, 180, 240)
LONG_LENGTHS = (120, 180, 180, 240, 240)  # where a whole evening may be booked
LONGEST_LEAD = timedelta(days=45)
SHORTEST_LEAD = timedelta(hours=2)

# The share of time taken from each hour on, on weekdays and at weekends.
WEEKDAY_SHARES = {0: 0.16, 10: 0.26, 12: 0.38, 15: 0.55, 17: 0.8}
WEEKEND_SHARES = {0: 0.35, 12: 0.55}


def dice(day: date, name: str) -> Random:
    return Random(f"{day.isoformat()} {name}")  # noqa: S311 - the same every time is what is wanted


def taken_spans(open_spans: Iterable[Span], *, name: str, shortest: int, longest: int) -> Iterator[Span]:
    """Yield spans that lie in the open time, in order and never overlapping (minutes; a grid of 30)."""
    for opens, closes in open_spans:
        random = dice(opens.astimezone(HELSINKI).date(), name)
        start = opens
        while closes - start >= timedelta(minutes=shortest):
            length = min(timedelta(minutes=draw_length(random, shortest, longest)), closes - start)
            if random.random() < chance(share_at(start), length):
                yield start, start + length
                start += length
            else:
                start += STEP


def draw_length(random: Random, shortest: int, longest: int) -> int:
    lengths = LENGTHS if longest <= 240 else LONG_LENGTHS
    return min(max(random.choice(lengths), shortest), longest)


def share_at(moment: datetime) -> float:
    local = moment.astimezone(HELSINKI)
    shares = WEEKDAY_SHARES if local.weekday() < 5 else WEEKEND_SHARES
    return next(share for hour, share in reversed(shares.items()) if local.hour >= hour)


def chance(share: float, length: timedelta) -> float:
    """Return the chance per step at which spans of this length fill this share of the time."""
    return 1 / (1 + length / STEP * (1 - share) / share)


def asked_at(random: Random, starts_at: datetime, *, earliest_days: int, now: datetime) -> datetime | None:
    """Return when the time was asked for: rather late than early, never in the future. None: not yet possible."""
    latest = min(starts_at - SHORTEST_LEAD, now - timedelta(minutes=10))
    earliest = max(starts_at - min(timedelta(days=earliest_days), LONGEST_LEAD), latest - LONGEST_LEAD)
    if earliest >= latest:
        return None
    return latest - (latest - earliest) * random.random() ** 2
