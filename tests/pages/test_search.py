from urllib.parse import quote

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub
from rooms.models import Room
from services.models import Listing
from servicetorg.models import SynonymGroup
from servicetorg.search import index
from tests import cast
from tests.pages.client import Fetch, Page

QUERIES = 9


@pytest.fixture
def dentist(iso_omena: Hub) -> Listing:
    """In the other hub, closed on Tuesdays, served in Swedish."""
    names = cast.three_languages("name", "Tandklinik", "Hammashoitola", "Dental clinic")
    keywords = cast.three_languages("keywords", "tandläkare", "hammaslääkäri", "dentist, library of teeth")
    category = cast.make_category("health", order=1, name_en="Health")
    service = cast.make_service("dental-clinic", **names, **keywords, category=category)
    hours = {"mon": ("8:00", "16:00")}
    return cast.make_listing(iso_omena, "dentist", service=service, languages=["sv"], hours=hours, **names)


def results(page: Page) -> list[str]:
    return page.texts("h3")


def options(page: Page, name: str) -> list[str]:
    return [option.text for option in page.all("select", name=name)[0].children if not isinstance(option, str)]


def test_it_finds_hubs_services_and_rooms(page: Fetch, library: Listing, hall: Room) -> None:
    assert results(page("/en/search/?q=kalajärvi")) == ["Kalajärvi Service Centre", "Kalajärvi Library", "Hall"]
    assert results(page("/en/search/?q=hall")) == ["Hall"]


def test_what_matches_is_marked(page: Fetch, library: Listing) -> None:
    Listing.objects.update(summary_en="Libraries lend books.")

    assert page("/en/search/?q=library").texts("mark") == ["Library", "Libraries"]


def test_it_says_which_word_matches_in_another_language(page: Fetch, library: Listing) -> None:
    found = page("/en/search/?q=kirjasto")

    assert "matches kirjasto in finnish" in found.main.casefold()
    assert [quoted.attributes["lang"] for quoted in found.all("q")] == ["fi"]
    assert page("/en/search/?q=library").all("q") == []


def test_it_says_which_word_means_the_same(page: Fetch, library: Listing) -> None:
    SynonymGroup.objects.create(words_en="book temple, library")

    found = page("/en/search/?q=book+temple")

    assert [quoted.text for quoted in found.all("q")] == ["Library", "book temple"]
    assert "Library means the same as book temple" in found.main


def test_what_was_probably_meant_is_shown_and_said(page: Fetch, library: Listing) -> None:
    assert "Nothing is called “libary”. These are results for “library”." in page("/en/search/?q=libary").main


def test_a_question_about_a_day_is_answered_for_that_day(page: Fetch, dentist: Listing) -> None:
    with time_machine.travel(cast.TUESDAY, tick=False):
        asked = page("/en/search/?q=is+the+dentist+open+on+monday").main
        not_asked = page("/en/search/?q=dentist").main

    assert "Monday 30 November: 8:00\u2060–\u206016:00" in asked
    assert "30 November" not in not_asked


def test_what_nothing_answers_is_said(page: Fetch, library: Listing) -> None:
    assert "Nothing was found for “zebra”" in page("/en/search/?q=library+zebra").main


def test_nothing_found_offers_a_way_on(page: Fetch, library: Listing) -> None:
    empty = page("/en/search/?q=zebra")

    assert "0 results for “zebra”" in empty.texts("h2")
    assert empty.main.count("Services") == 1


class TestNarrowing:
    @pytest.fixture(autouse=True)
    def _tuesday_at_noon(self) -> object:
        with time_machine.travel(cast.TUESDAY, tick=False):
            yield

    @pytest.mark.parametrize(
        ("choice", "expected"),
        [
            ("", ["Kalajärvi Library", "Dental clinic"]),
            ("hub=iso-omena", ["Dental clinic"]),
            ("category=culture", ["Kalajärvi Library"]),
            ("category=health", ["Dental clinic"]),
            ("language=sv", ["Dental clinic"]),
            ("open=now", ["Kalajärvi Library"]),
            ("open=now&day=2026-11-23&clock=09:00", ["Kalajärvi Library", "Dental clinic"]),
            ("open=now&at=2026-11-23T15:00", ["Kalajärvi Library", "Dental clinic"]),
            ("open=now&clock=21:00", []),
            ("hub=kalajarvi&language=sv", []),
            ("hub=nowhere&category=☃&language=", ["Kalajärvi Library", "Dental clinic"]),
        ],
    )
    def test_it_can_be_narrowed(
        self, page: Fetch, library: Listing, dentist: Listing, choice: str, expected: list[str]
    ) -> None:
        assert results(page(f"/en/search/?q=library&{choice}")) == expected

    def test_each_choice_says_how_many_results_it_leaves(self, page: Fetch, library: Listing, dentist: Listing) -> None:
        found = page("/en/search/?q=library&hub=iso-omena")

        assert options(found, "hub") == [
            "All service centres",
            "Kalajärvi Service Centre (1)",
            "Iso Omena Service Centre (1)",
        ]
        assert "Swedish (1)" in options(found, "language")
        assert "Open now (0)" in found.main

    def test_a_choice_that_leaves_nothing_can_be_taken_back(
        self, page: Fetch, library: Listing, dentist: Listing
    ) -> None:
        found = page("/en/search/?q=tandläkare&hub=kalajarvi")

        assert "Kalajärvi Service Centre (0)" in options(found, "hub")
        assert found.links["Show all results"] == f"?q={quote('tandläkare')}"

    def test_it_is_shown_as_it_will_be(self, page: Fetch, dentist: Listing) -> None:
        then = page("/en/search/?q=dentist&day=2026-11-30&clock=09:00")

        assert "The results show how it will be Monday 30 November 2026" in then.main
        assert "closes at 16:00" in then.main
        values = [then.all("input", name=name)[0].attributes["value"] for name in ("q", "day")]
        assert values == ["dentist", "2026-11-30"]
        assert then.links["Show how it is now"] == "?q=dentist"

    def test_what_does_not_say_in_which_languages_it_serves_is_told_of(self, page: Fetch, library: Listing) -> None:
        assert "do not say in which languages" in page("/en/search/?q=library&language=fi").main


def test_where_no_service_matches_rooms_can_be_searched_for_the_same(page: Fetch, library: Listing, hall: Room) -> None:
    found = page("/en/services/?q=hall")

    link = found.links["Search for “hall” among service centres and rooms too"]
    assert link == "/en/search/?q=hall"
    assert results(page(link)) == ["Hall"]


def test_many_results_come_in_pages(page: Fetch, kalajarvi: Hub) -> None:
    for number in range(25):
        cast.make_room(kalajarvi, f"hall-{number}", order=number, name_en=f"Hall {number}")

    first = page("/en/search/?q=hall")
    second = page("/en/search/?q=hall&page=2")

    assert (len(results(first)), len(results(second))) == (20, 5)
    assert first.links["More results"] == "?q=hall&page=2"
    assert results(page("/en/search/?q=hall&page=☃")) == results(first)


def test_what_was_typed_is_kept(page: Fetch) -> None:
    field = page('/en/search/?q="><b>x').all("input", name="q")[0]

    assert field.attributes["value"] == '"><b>x'


def test_what_is_not_published_is_not_found(page: Fetch, library: Listing, hall: Room) -> None:
    Hub.objects.update(is_published=False)

    assert results(page("/en/search/?q=kalajärvi")) == []


def test_every_page_has_one_box(page: Fetch, library: Listing) -> None:
    paths = ["/en/", "/en/search/?q=x", "/en/services/", "/en/hubs/kalajarvi/", "/en/rooms/", "/en/about/privacy/"]
    for path in paths:
        assert len(page(path).all("input", name="q")) == 1, path


def test_the_list_of_services_asks_the_same_search(page: Fetch, library: Listing, dentist: Listing) -> None:
    assert results(page("/en/services/?q=hammaslääkärille")) == ["Dental clinic"]
    assert "Nothing is called “libary”" in page("/en/services/?q=libary").main


class TestSuggestions:
    URL = "/en/search/suggestions/"

    def test_they_are_what_the_unfinished_words_would_find(self, client: Client, library: Listing, hall: Room) -> None:
        shown = client.get(self.URL, {"q": "kalajärvi lib"}).content.decode()

        assert 'data-href="/en/hubs/kalajarvi/library/"' in shown
        assert "1 suggestion" in shown

    def test_there_are_six_at_most(self, client: Client, kalajarvi: Hub) -> None:
        for number in range(9):
            cast.make_room(kalajarvi, f"hall-{number}")

        assert client.get(self.URL, {"q": "ha"}).content.decode().count('role="option"') == 0
        assert client.get(self.URL, {"q": "hal"}).content.decode().count('role="option"') == 6

    def test_there_may_be_none(self, client: Client, library: Listing) -> None:
        for query in ({}, {"q": "zebra"}):
            assert "No suggestions" in client.get(self.URL, query).content.decode()

    def test_what_staff_write_is_never_html(self, client: Client, library: Listing) -> None:
        Listing.objects.update(name_en="<i>Library</i>")

        assert "<i>" not in client.get(self.URL, {"q": "library"}).content.decode()


@pytest.mark.parametrize(
    "path",
    ["/sv/search/", "/en/search/suggestions/", "/fi/services/", "/en/hubs/kalajarvi/", "/sv/hubs/kalajarvi/library/"],
)
@pytest.mark.parametrize(
    "value",
    [
        "%00",
        "a" * 10_000,
        "😀" * 50,
        "'; --",
        "%",
        "%ff",
        "{{7*7}}",
        "../..",
        "-1",
        "\u202e",
        '"a" OR (b*) -c',
        "&" * 5000,
    ],
)
def test_any_input_is_answered(client: Client, library: Listing, path: str, value: str) -> None:
    names = ("q", "hub", "category", "open", "language", "day", "clock", "at", "page")

    response = client.get(f"{path}?{'&'.join(f'{name}={value}' for name in names)}")

    assert response.status_code in ({200} if "search" in path else {200, 400})
    assert response.content.decode().rstrip().endswith(">")


def test_a_very_long_question_is_read_as_far_as_it_makes_sense(page: Fetch, library: Listing) -> None:
    found = page(f"/en/search/?q=library+{'a' * 10_000}%00%ff")

    assert results(found) == ["Kalajärvi Library"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=120), at=st.text(max_size=20))
def test_no_text_at_all_breaks_it(client: Client, library: Listing, query: str, at: str) -> None:
    for path, expected in (("/fi/search/", {200}), ("/fi/search/suggestions/", {200}), ("/fi/services/", {200, 400})):
        answer = client.get(path, {"q": query, "at": at, "day": at, "clock": at, "hub": query})
        assert answer.status_code in expected


def test_the_number_of_queries_does_not_grow(
    client: Client, library: Listing, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        index.refresh()
        client.get("/en/search/", {"q": "kalajärvi"})  # reads the words of the index, which have changed
        with django_assert_num_queries(QUERIES):
            client.get("/en/search/", {"q": "kalajärvi"})
        cast.make_room(hall.hub, f"hall-{number}")
        cast.make_listing(hall.hub, f"listing-{number}")


def test_it_can_only_be_read(client: Client, db: None) -> None:
    assert client.post("/en/search/").status_code == 405
    assert client.post("/en/search/suggestions/").status_code == 405
