"""Door signs: what is on them. That they are one sheet of paper is seen in a browser."""

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub, Notice
from services.models import Listing
from tests import cast
from tests.pages.client import Element, Fetch, Page

pytestmark = pytest.mark.any_database

QUERIES = 10
HUB, LIBRARY = "/en/hubs/kalajarvi/sign/", "/en/hubs/kalajarvi/library/sign/"


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> object:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


def side(page: Page, language: str) -> Element:
    [found] = page.all("section", lang=language)
    return found


@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_it_is_in_both_national_languages_whoever_prints_it(page: Fetch, library: Listing, language: str) -> None:
    sign = page(f"/{language}/hubs/kalajarvi/library/sign/")

    assert [(each.text, each.parent.parent.attributes["lang"]) for each in sign.all("h2")] == [
        ("Kalajärvi bibliotek", "sv"),
        ("Kalajärven kirjasto", "fi"),
    ]


def test_it_tells_the_usual_hours_with_days_that_are_alike_in_one_row(page: Fetch, library: Listing) -> None:
    cast.set_hours(library.timetable, {"mon tue wed thu": ("8:00", "18:00"), "sat": ("10:00", "14:30")})

    sign = page(LIBRARY)

    days = [each.text for each in sign.all("dt")]
    assert days == [
        "Mån\u2060–\u2060tors",
        "Fredag",
        "Lördag",
        "Söndag",
        "Ma\u2060–\u2060to",
        "Perjantai",
        "Lauantai",
        "Sunnuntai",
    ]
    assert [each.text for each in sign.all("dd")][:3] == ["8\u2060–\u206018", "Stängt", "10\u2060–\u206014.30"]


def test_what_is_served_in_another_manner_is_told_apart(page: Fetch, library: Listing) -> None:
    cast.set_hours(library.timetable, {"mon tue wed thu fri sat sun": ("6:00", "20:00")}, mode="self_service")

    assert "omatoimiaika 6\u2060–\u206020" in side(page(LIBRARY), "fi").text


def test_it_tells_the_exceptions_of_four_weeks(page: Fetch, library: Listing) -> None:
    day = cast.helsinki(2026, 12, 18).date()
    cast.set_hours(library.timetable, {}, first_day=day, last_day=day, kind="exception")
    far = cast.helsinki(2027, 1, 18).date()
    cast.set_hours(library.timetable, {}, first_day=far, last_day=far, kind="exception")

    sign = page(LIBRARY)

    assert "18 december" in side(sign, "sv").text
    assert "18. joulukuuta" in side(sign, "fi").text
    assert "januari" not in side(sign, "sv").text


def test_it_shows_what_is_told_now_but_no_more_than_two_notices(page: Fetch, library: Listing) -> None:
    for number in range(4):
        Notice.objects.create(
            hub=library.hub,
            severity="closed" if number == 3 else "normal",
            starts_at=cast.helsinki(2026, 11, 20 + number),
            ends_at=cast.helsinki(2026, 11, 30),
            **cast.three_languages("title", f"Hissen {number}", f"Hissi {number}", f"Lift {number}"),
        )
    of_one = Notice.objects.create(
        hub=library.hub,
        is_for_whole_hub=False,
        severity="closed",
        starts_at=cast.helsinki(2026, 11, 20),
        ends_at=cast.helsinki(2026, 11, 30),
        title_sv="Disken",
    )
    of_one.listings.add(library)
    cast.make_listing(library.hub, "hidden", is_published=False, name_sv="Hemlig tjänst")

    sign = page(HUB)

    assert [number for number in range(4) if f"Hissen {number}" in side(sign, "sv").text] == [0, 3]
    assert "Disken" not in sign.text
    assert "Hemlig tjänst" not in sign.text


def test_it_says_when_it_was_printed_and_where_one_reads_what_holds_now(page: Fetch, library: Listing) -> None:
    words = page(LIBRARY).text

    assert "24 november 2026" in words
    assert "24. marraskuuta 2026" in words
    assert {each.text for each in page(LIBRARY).all("b")} >= {
        f"{settings.SITE_URL.partition('://')[2]}/hubs/kalajarvi/library/"
    }


def test_a_hub_names_its_services_with_their_floors(page: Fetch, library: Listing) -> None:
    Listing.objects.update(floor="3")

    [service] = [each for each in page(HUB).all("li") if each.text.startswith("Kalajärven kirjasto")]
    assert service.text.endswith("3")


def test_a_text_in_the_other_language_is_marked(page: Fetch, library: Listing) -> None:
    Listing.objects.update(step_free_way_sv="", step_free_way_fi="Hissi on oikealla.", step_free_way_en="")

    [swedish, finnish] = [each for each in page(LIBRARY).all("p") if each.text == "Hissi on oikealla."]
    assert (swedish.attributes.get("lang"), finnish.attributes.get("lang")) == ("fi", None)


def test_long_texts_are_set_in_smaller_letters(page: Fetch, library: Listing) -> None:
    few = page(LIBRARY).all("article")[0].attributes["class"]
    Listing.objects.update(directions_sv="Genom porten. " * 60, step_free_way_sv="Med hissen. " * 60)
    many = page(LIBRARY).all("article")[0].attributes["class"]

    assert few == "sign sign-huge"
    assert many == "sign sign-large"


def test_a_long_word_is_set_in_letters_in_which_it_fits(page: Fetch, library: Listing) -> None:
    Listing.objects.update(name_fi="Lasten ja nuorten perheneuvontapalvelut")

    assert page(LIBRARY).all("article")[0].attributes["class"] == "sign sign-small"


def test_what_no_letters_are_small_enough_for_is_left_to_the_page(page: Fetch, library: Listing) -> None:
    for number in range(20):
        cast.make_listing(
            library.hub, f"listing-{number}", **cast.three_languages("name", *["Barn och familjer " * 5] * 3)
        )
    Hub.objects.update(address_detail_sv="Plan 1", **dict.fromkeys(("entrance_sv", "doors_sv"), "Genom porten. " * 20))

    sign = page(HUB)

    assert "Genom porten." not in sign.text
    assert "Och 5 till" in sign.texts("p")


@pytest.mark.parametrize(("path", "sign"), [("/en/hubs/kalajarvi/", HUB), ("/en/hubs/kalajarvi/library/", LIBRARY)])
def test_the_page_leads_to_its_sign(page: Fetch, library: Listing, path: str, sign: str) -> None:
    assert page(path).links["Print a door sign of this"] == sign


def test_staff_reach_it_from_what_they_edit(page: Fetch, library: Listing, city_administrator: object) -> None:
    staff = Client()
    staff.force_login(city_administrator, backend="accounts.backends.RoleBackend")

    for path, sign in (
        (f"/admin/hubs/hub/{library.hub_id}/change/", "/hubs/kalajarvi/sign/"),
        (f"/admin/services/listing/{library.pk}/change/", "/hubs/kalajarvi/library/sign/"),
    ):
        assert sign in staff.get(path).content.decode()


@pytest.mark.parametrize("path", [HUB, LIBRARY])
def test_the_number_of_queries_does_not_grow(
    client: Client, library: Listing, django_assert_max_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    for number in range(3):
        cast.make_listing(library.hub, f"listing-{number}")
    with django_assert_max_num_queries(QUERIES):
        client.get(path)


@pytest.mark.parametrize("path", [HUB, LIBRARY])
def test_it_can_only_be_read(client: Client, library: Listing, path: str) -> None:
    assert client.post(path).status_code == 405


def test_what_is_not_published_has_no_sign(page: Fetch, library: Listing) -> None:
    Hub.objects.update(is_published=False)

    page(HUB, status=404)
    page(LIBRARY, status=404)
