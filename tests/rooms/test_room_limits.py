"""What staff write into the rules of a room can be odd, but never so that a page breaks for everybody."""

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from rooms.models import Booking, Room
from tests.cast import TUESDAY

pytestmark = pytest.mark.django_db

LIMITS = [
    ("earliest_days", 730, "room_is_booked_at_most_two_years_ahead"),
    ("gap_minutes", 1440, "room_is_kept_free_for_at_most_a_day"),
]
PAGES = [
    "/sv/",
    "/sv/hubs/kalajarvi/",
    "/sv/rooms/",
    "/sv/rooms/kalajarvi/hall/",
    "/sv/rooms/kalajarvi/hall/book/",
]


@pytest.mark.parametrize(("field", "most", "constraint"), LIMITS)
def test_the_database_refuses_more(hall: Room, field: str, most: int, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Room.objects.filter(pk=hall.pk).update(**{field: most + 1})


@pytest.mark.parametrize(("field", "most", "constraint"), LIMITS)
def test_the_form_says_how_much_is_possible(hall: Room, field: str, most: int, constraint: str) -> None:
    setattr(hall, field, most + 1)

    with pytest.raises(ValidationError, match=str(most)):
        hall.full_clean()


def test_the_last_evening_that_a_room_allows_can_be_booked(client: Client, hall: Room) -> None:
    Room.objects.update(earliest_days=730)
    last_evening = "start=2028-11-23T18:00&end=2028-11-23T19:00"

    with time_machine.travel(TUESDAY, tick=False):
        response = client.post(f"/sv/rooms/kalajarvi/hall/book/?{last_evening}", {"do": "hold"})

    assert (response.status_code, Booking.objects.count()) == (302, 1)


@pytest.mark.parametrize("address", PAGES)
def test_a_room_at_every_limit_breaks_no_page(client: Client, hall: Room, address: str) -> None:
    largest = {"latest_minutes": 2**31 - 1, "longest_minutes": 2**31 - 1, "cancel_hours": 2**31 - 1}
    Room.objects.filter(pk=hall.pk).update(earliest_days=730, gap_minutes=1440, release_minutes=2**31 - 1, **largest)

    assert client.get(address, follow=True).status_code == 200
