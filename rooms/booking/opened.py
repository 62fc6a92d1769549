"""What becomes bookable without that anybody gives it back: longer hours, a new room, a longer horizon.

Hours belong to `hubs`, which knows nothing of rooms, and change in many ways. So nobody has to tell:
while somebody watches, `tend` compares when each room is open with when it was, and writes down what
has come (`FreedTime`), which is offered like any other time. A rule that is loosened, such as more
people in a room, is no time that has come.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from hubs.models import Hub, SpecialDay, Timetable
from hubs.opening import HELSINKI
from rooms.availability import open_times_of_rooms
from rooms.models import FreedTime, KnownHours, Room, Watch
from rooms.models.watch import LONGEST_WATCH_DAYS
from rooms.rules import midnight
from rooms.spans import Span, common_time, utc, without
from rooms.watches import days_of, days_watched

A_DAY = timedelta(days=1)
LATE = timedelta(minutes=5)  # longest between the moment a change bears and the one at which others can see it
MOST_OPENED = 60  # spans of one room at once, the soonest: a whole year of longer hours is nobody's next evening
TELLING_OF_CHANGE = (Timetable, SpecialDay, Room, Hub)


def note_opened(*, at: datetime) -> int:
    """Write down what has become bookable since it was last looked at. Return how many spans.

    A few queries where nothing has changed, else a dozen. Safe to run in parallel: who comes second
    finds that it has been looked at meanwhile, and leaves it.
    """
    at, watches = utc(at), list(Watch.objects.active_at(at))
    if not watches:
        KnownHours.objects.all().delete()
        return 0
    seen = dict(KnownHours.objects.values_list("room", "seen_at"))
    if seen and not _may_have_changed(seen, at):
        return 0
    last = min(max(watch.last_day for watch in watches), timezone.localdate(at) + timedelta(days=LONGEST_WATCH_DAYS))
    until = utc(midnight(last + A_DAY))
    rooms = {room.pk: room for room in Room.objects.bookable().select_related("hub")}
    now = open_times_of_rooms(rooms.values(), (at, until))
    with transaction.atomic():
        known = {row.room_id: row for row in KnownHours.objects.select_for_update().order_by("pk")}
        if {key: row.seen_at for key, row in known.items()} != seen:
            return 0
        opened = _opened(rooms, now, known, at) if known else {}
        freed = _watched(opened, rooms, watches, at)
        FreedTime.objects.bulk_create(freed)
        KnownHours.objects.all().delete()
        looked_at = {"until": until, "seen_at": at}
        KnownHours.objects.bulk_create(
            [
                KnownHours(room_id=key, spans=_packed(now.get(key, ())), earliest_days=ahead, **looked_at)
                for key, ahead in Room.objects.order_by("pk").values_list("pk", "earliest_days")
            ],
            ignore_conflicts=True,  # two who look for the first time have seen the same
        )
    return len(freed)


def _may_have_changed(seen: Mapping[int, datetime], at: datetime) -> bool:
    """Say whether anything has been saved since, or a day has begun of which nothing is known. Five queries at most."""
    first = min(seen.values())
    if timezone.localdate(first) != timezone.localdate(at) or len(seen) != Room.objects.count():
        return True
    return any(model._default_manager.filter(changed_at__gte=first - LATE).exists() for model in TELLING_OF_CHANGE)


def _opened(
    rooms: Mapping[int, Room], now: Mapping[int, list[Span]], known: Mapping[int, KnownHours], at: datetime
) -> dict[int, list[Span]]:
    """Return what can be booked now and could not before: of a room that was not bookable, all of it."""
    opened = {}
    range_known = min(row.until for row in known.values())
    for key, room in rooms.items():
        row = known.get(key)
        before = [] if row is None else _unpacked(row.spans)
        # The day that has come since midnight is offered as such, so the horizon is compared as of today.
        before = _until(before, _horizon(at, room.earliest_days if row is None else row.earliest_days))
        coming = _until(now[key], min(range_known, _horizon(at, room.earliest_days)))
        if spans := without(coming, before):
            opened[key] = spans
    return opened


def _horizon(at: datetime, earliest_days: int) -> datetime:
    return utc(midnight(at.astimezone(HELSINKI).date() + timedelta(days=earliest_days + 1)))


def _until(spans: list[Span], end: datetime) -> list[Span]:
    return common_time(spans, [(datetime.min.replace(tzinfo=UTC), end)])


def _watched(
    opened: Mapping[int, list[Span]], rooms: Mapping[int, Room], watches: Iterable[Watch], at: datetime
) -> list[FreedTime]:
    """Return what lies on a day for which somebody watches in that house, or in any."""
    days: dict[int | None, set[date]] = defaultdict(set)
    for watch in watches if opened else ():
        days[watch.hub_id].update(days_watched(watch))
    freed = []
    for key, spans in opened.items():
        wanted = days[None] | days[rooms[key].hub_id]
        here = [span for span in spans if not wanted.isdisjoint(days_of(span))]
        freed += [
            FreedTime(room_id=key, starts_at=start, ends_at=end, freed_at=at) for start, end in here[:MOST_OPENED]
        ]
    return freed


def _packed(spans: Iterable[Span]) -> list[list[int]]:
    return [[int(moment.timestamp()) // 60 for moment in span] for span in spans]


def _unpacked(pairs: Iterable[list[int]]) -> list[Span]:
    return [(datetime.fromtimestamp(60 * start, UTC), datetime.fromtimestamp(60 * end, UTC)) for start, end in pairs]
