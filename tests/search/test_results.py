from datetime import datetime, timedelta

import pytest

from services.models import Listing
from servicetorg.search.find import search
from servicetorg.search.results import Wishes, counts, narrowed, with_hours
from tests import cast
from tests.cast import TUESDAY, helsinki

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "at",
    [
        helsinki(2026, 11, 24, 7, 59),
        helsinki(2026, 11, 24, 8),
        helsinki(2026, 11, 24, 19, 59) + timedelta(seconds=59),
        helsinki(2026, 11, 24, 20),
        helsinki(2026, 12, 25, 12),
    ],
)
def test_whether_it_is_open_is_what_the_page_of_the_thing_says(library: Listing, at: datetime) -> None:
    for result in with_hours(search("kalajärvi").hits, at):
        assert result.is_open == result.schedule.state(at).is_open


def test_a_count_leaves_the_other_choices_as_they_are(library: Listing, iso_omena: object) -> None:
    cast.make_listing(iso_omena, "library", service=library.service, hours={"mon": ("8:00", "9:00")}, languages=["fi"])
    results = with_hours(search("bibliotek").hits, TUESDAY)
    wishes = Wishes(is_open=True)

    counted = counts(results, wishes)

    assert [result.hit.hub.slug for result in narrowed(results, wishes)] == ["kalajarvi"]
    assert counted["hub"] == {"kalajarvi": 1}
    assert counted["open"] == {"now": 1}
    assert counted["language"] == {}
    assert counts(results, Wishes())["hub"] == {"kalajarvi": 1, "iso-omena": 1}
