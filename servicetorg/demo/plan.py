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
LENGTHS = (90, 120, 180, 180, 180, 240)
LONGEST_LEAD = timedelta(days=45)
SHORTEST_LEAD = timedelta(hours=2)

# The share of time taken from each hour on, on weekdays and at weekends.
WEEKDAY_SHARES = {0: 0.13, 10: 0.23, 12: 0.35, 15: 0.52, 17: 0.77}
WEEKEND_SHARES = {0: 0.35, 12: 0.55}


def dice(day: date, name: str) -> Random:
    return Random(f"{day.isoformat()} {name}")  # noqa: S311 - the same every time is what is wanted


def taken_spans(open_spans: Iterable[Span], *, name: str, shortest: int, longest: int) -> Iterator[Span]:
    """Yield spans that lie in the open time, in order and never overlapping (minutes; a grid of 30)."""
    least, most = timedelta(minutes=max(shortest, 60)), timedelta(minutes=longest)
    for opens, closes in open_spans:
        random = dice(opens.astimezone(HELSINKI).date(), name)
        start = opens
        while closes - start >= least:
            length = min(max(timedelta(minutes=random.choice(LENGTHS)), least), most, closes - start)
            if closes - start - length < least:  # too little would be left: stay to the end
                length = min(closes - start, most)
            if random.random() < chance(share_at(start), length):
                yield start, start + length
                start += length
            else:
                start += STEP


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
