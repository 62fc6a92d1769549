"""What staff write into the rules of a room can be odd, but never so that a page breaks for everybody."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from rooms.models import Room

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


@pytest.mark.parametrize("address", PAGES)
def test_a_room_at_every_limit_breaks_no_page(client: Client, hall: Room, address: str) -> None:
    largest = {"latest_minutes": 2**31 - 1, "longest_minutes": 2**31 - 1, "cancel_hours": 2**31 - 1}
    Room.objects.filter(pk=hall.pk).update(earliest_days=730, gap_minutes=1440, release_minutes=2**31 - 1, **largest)

    assert client.get(address, follow=True).status_code == 200
