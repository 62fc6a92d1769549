"""Several machines bring the index up to date, and count what was not found, at the same moment."""

from functools import partial

import pytest

from hubs.models import Hub
from servicetorg.models import SearchDocument, ZeroHitQuery
from servicetorg.search import asked, index
from servicetorg.search.find import search
from tests import cast
from tests.cast import TUESDAY
from tests.rooms.test_storm import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_sweeps_beside_each_other_leave_one_document_of_each_thing(kalajarvi: Hub) -> None:
    rooms = [cast.make_room(kalajarvi, f"hall-{number}") for number in range(5)]

    for name in ("Första", "Andra"):
        Hub.objects.update(summary_sv=name)
        outcomes = at_once([index.refresh] * 6)
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []

    assert SearchDocument.objects.count() == 1 + len(rooms)
    assert [hit.thing for hit in search("andra").hits] == [kalajarvi]
    assert index.refresh() == 0


def test_no_count_is_lost() -> None:
    outcomes = at_once([partial(asked.remember, "zebra", language="sv", at=TUESDAY)] * 8)

    assert outcomes == [None] * 8
    assert ZeroHitQuery.objects.get().count == 8
