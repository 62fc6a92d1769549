from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub
from rooms.models import Equipment, Room
from services.models import Listing
from servicetorg.models import SearchDocument, SearchTerm
from servicetorg.search import index
from servicetorg.search.find import search
from tests import cast
from tests.admin.browser import filled_in

pytestmark = pytest.mark.django_db


def found(query: str) -> list[Any]:
    return [hit.thing for hit in search(query).hits]


def test_only_what_has_changed_is_written(library: Listing, hall: Room) -> None:
    assert index.refresh() == 3
    assert index.refresh() == 0

    Listing.objects.update(summary_sv="Sagor")

    assert index.refresh() == 1
    assert found("sagor") == [library]


@pytest.mark.parametrize("change", ["keywords", "category", "provider", "hub", "equipment"])
def test_what_belongs_to_a_thing_changes_it_too(library: Listing, hall: Room, change: str) -> None:
    index.refresh()
    if change == "keywords":
        type(library.service).objects.update(keywords_fi="sadut, taruja")
    elif change == "category":
        type(library.service.category).objects.update(name_fi="Taruja")
    elif change == "provider":
        type(library.provider).objects.update(name_fi="Taruja")
    elif change == "hub":
        Hub.objects.update(building_fi="Taruja")
    else:
        hall.equipment.add(Equipment.objects.create(slug="tales", name_fi="taruja"))

    index.refresh()

    assert (hall if change == "equipment" else library) in found("taruja")


def test_what_is_unpublished_or_deleted_leaves_the_index(library: Listing, hall: Room) -> None:
    index.refresh()
    Room.objects.update(is_published=False)
    library.delete()

    assert index.refresh() == 2
    assert list(SearchDocument.objects.values_list("kind", flat=True)) == ["hub"]
    assert not SearchTerm.objects.exclude(document__kind="hub").exists()


def test_an_empty_index_is_made_by_the_first_who_asks(library: Listing) -> None:
    assert found("bibliotek") == [library]


def test_a_changed_analyser_writes_everything_anew(library: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    index.refresh()
    monkeypatch.setattr("servicetorg.search.analyser.VERSION", 99)

    assert index.refresh() == 2


def test_the_command_tells_what_it_did(library: Listing, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("index_search")
    call_command("index_search")
    call_command("index_search", all=True)

    said = capsys.readouterr().out.splitlines()
    assert said == [f"{number} of 2 documents written or removed." for number in (2, 0, 2)]


def test_tend_keeps_it_up_to_date(library: Listing, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("tend")

    assert "search documents written: 2" in capsys.readouterr().out


def test_what_staff_save_is_found_at_once(as_kalajarvi_editor: Client, library: Listing) -> None:
    index.refresh()
    address = reverse("admin:services_listing_change", args=[library.pk])
    form = filled_in(as_kalajarvi_editor.get(address))

    as_kalajarvi_editor.post(address, {**form, "summary_sv": "Sagor"})

    assert found("sagor") == [library]


def test_what_staff_delete_is_gone_at_once(as_city_administrator: Client, library: Listing) -> None:
    index.refresh()

    as_city_administrator.post(reverse("admin:services_listing_delete", args=[library.pk]), {"post": "yes"})

    assert SearchDocument.objects.filter(kind="listing").count() == 0


def test_a_failing_index_keeps_nobody_from_saving(
    as_kalajarvi_editor: Client, library: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise DatabaseError

    monkeypatch.setattr("servicetorg.middleware.refresh", fail)
    address = reverse("admin:services_listing_change", args=[library.pk])
    form = filled_in(as_kalajarvi_editor.get(address))

    assert as_kalajarvi_editor.post(address, {**form, "summary_sv": "Sagor"}).status_code == 302


def test_the_sweep_asks_the_same_number_of_questions_whatever_there_is(
    library: Listing, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    index.refresh()
    with django_assert_num_queries(5):
        index.refresh()
    for number in range(3):
        cast.make_room(hall.hub, f"hall-{number}")
    index.refresh()
    with django_assert_num_queries(5):
        index.refresh()
