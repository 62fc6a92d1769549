from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from hubs.models import Hub
from rooms.availability import free_times
from rooms.models import Room
from servicetorg.demo.plan import asked_at, dice, taken_spans
from tests.cast import TUESDAY

HELSINKI = ZoneInfo("Europe/Helsinki")
MIDNIGHT = datetime(2026, 11, 24, tzinfo=HELSINKI)


def days(count: int) -> list[tuple[datetime, datetime]]:
    starts = [datetime(2026, 9, 1, 8, tzinfo=HELSINKI) + timedelta(days=day) for day in range(count)]
    return [(start, start.replace(hour=20)) for start in starts]


def test_spans_lie_in_the_open_time_and_never_overlap() -> None:
    spans = list(taken_spans(days(200), name="hall", shortest=60, longest=240))
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert all(start.hour >= 8 and (end.hour, end.minute) <= (20, 0) for start, end in spans)
    assert {start.minute for start, _ in spans} == {0, 30}
    assert all(timedelta(minutes=60) <= end - start <= timedelta(minutes=240) for start, end in spans)


def test_the_dice_fall_the_same_way_for_the_same_day_and_room() -> None:
    again = [list(taken_spans(days(9), name="hall", shortest=30, longest=180)) for _ in range(2)]
    other = list(taken_spans(days(9), name="studio", shortest=30, longest=180))
    assert again[0] == again[1]
    assert again[0] != other


def test_evenings_are_fuller_than_mornings() -> None:
    spans = list(taken_spans(days(200), name="hall", shortest=60, longest=180))

    def times_taken(hour: int) -> int:
        return sum(start.hour <= hour < end.hour for start, end in spans)

    assert times_taken(18) > 2 * times_taken(9)


def test_nobody_asks_in_the_future_or_too_early() -> None:
    for day in range(-30, 30):
        start = TUESDAY + timedelta(days=day, hours=3)
        moment = asked_at(dice(date(2026, 1, 1), str(day)), start, earliest_days=30, now=TUESDAY)
        assert moment is not None
        assert start - timedelta(days=30) <= moment <= min(TUESDAY, start)


def test_what_cannot_be_asked_for_yet_is_not_asked_for() -> None:
    start = TUESDAY + timedelta(days=31)
    assert asked_at(dice(date(2026, 1, 1), "x"), start, earliest_days=30, now=TUESDAY) is None


@pytest.mark.django_db
@pytest.mark.parametrize("hub", ["kalajarvi", "iso-omena"])
def test_about_two_fifths_of_a_house_are_taken(hub: str, demo: None) -> None:
    rooms = Room.objects.filter(hub=Hub.objects.get(slug=hub), parent=None)
    times = free_times(rooms, MIDNIGHT - timedelta(days=30), MIDNIGHT + timedelta(days=31), at=TUESDAY)
    bookable = taken = timedelta()
    for free_time in times.values():
        room = free_time.room
        spans = taken_spans(
            free_time.open,
            name=f"{hub} {room.slug}",
            shortest=room.shortest_minutes,
            longest=room.longest_minutes,
        )
        bookable += sum((end - start for start, end in free_time.open), timedelta())
        taken += sum((end - start for start, end in spans), timedelta())
    assert 0.35 <= taken / bookable <= 0.45
