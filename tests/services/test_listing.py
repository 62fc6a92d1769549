import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub, Notice, Span
from services.models import Category, Listing
from tests import cast
from tests.pages.client import Fetch

pytestmark = pytest.mark.any_database

QUERIES = 8
BOOKING, PHONE, EMAIL = "https://booking.example.fi/", "09 816 00", "desk@example.fi"
URL = "/en/hubs/kalajarvi/library/"


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> object:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


def add_span(listing: Listing, days: str, opens: str, closes: str, mode: str) -> None:
    weekdays = sum(cast.WEEKDAYS[day] for day in days.split())
    period = listing.timetable.periods.get()
    Span.objects.create(period=period, weekdays=weekdays, opens=cast.clock(opens), closes=cast.clock(closes), mode=mode)


def test_it_says_first_whether_one_needs_an_appointment(page: Fetch, library: Listing) -> None:
    Listing.objects.update(appointment="needed", phone="09 816 00", appointment_text_en="Call us in the morning.")

    listing = page(URL)

    assert listing.texts("h2")[0] == "By appointment"
    assert "Call us in the morning." in listing.main
    assert listing.links["09 816 00"] == "tel:0981600"


def test_a_day_that_is_asked_about_is_not_called_today(page: Fetch, library: Listing) -> None:
    assert "Tuesday (today)" in page(URL).main

    asked = page(f"{URL}?day=2026-12-24&clock=10:00").main

    assert "(today)" not in asked
    assert "Thu 24 Dec 8:00\u2060–\u206020:00" in asked


def test_it_says_for_whom_where_and_in_which_languages(page: Fetch, library: Listing) -> None:
    Listing.objects.update(audience_en="Everybody", floor="2", languages=["sv", "fi", "fse"])

    listing = page(URL)

    assert "For whom Everybody" in listing.main
    assert "Served in Swedish, Finnish and Finnish Sign Language" in listing.main
    assert "Floor 2" in listing.main


def test_it_says_what_to_bring_and_the_way_without_steps(page: Fetch, library: Listing) -> None:
    Listing.objects.update(bring_en="Your library card.", step_free_way_en="The lift is to the left.")

    listing = page(URL)

    assert "What to bring Your library card." in listing.main
    assert "Without steps The lift is to the left." in listing.main


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Served in Finnish Swedish on Tuesdays and Thursdays"),
        ("sv", "finska svenska på tisdagar och torsdagar"),
        ("fi", "suomi ruotsi tiistaisin ja torstaisin"),
    ],
)
def test_a_language_has_its_weekdays(page: Fetch, library: Listing, language: str, words: str) -> None:
    Listing.objects.update(languages=["fi", "sv"], language_days={"sv": [2, 4]})

    assert words in page(URL.replace("/en/", f"/{language}/")).main


@pytest.mark.parametrize(
    "days", [{"xx": [1]}, {"sv": []}, {"sv": [0]}, {"sv": [8]}, {"sv": [True]}, {"sv": "12"}, ["sv"]]
)
def test_weekdays_that_do_not_exist_are_refused(library: Listing, days: object) -> None:
    library.language_days = days

    with pytest.raises(ValidationError) as refused:
        library.full_clean()
    assert "language_days" in refused.value.message_dict


@pytest.mark.parametrize(
    ("fields", "words", "address"),
    [
        ({"appointment": "needed", "booking_url_en": BOOKING, "phone": PHONE}, "Book an appointment", BOOKING),
        ({"appointment": "needed", "phone": PHONE, "email": EMAIL}, "Call 09 816 00", "tel:0981600"),
        ({"appointment": "unknown", "email": EMAIL}, "Write to us for an appointment", f"mailto:{EMAIL}"),
        ({"appointment": "needed", "website_en": BOOKING}, "Read how to get an appointment", BOOKING),
        ({"appointment": "both", "email": EMAIL}, "Find the way here", "#where"),
        ({"appointment": "not_needed", "booking_url_en": BOOKING, "phone": PHONE}, "Find the way here", "#where"),
    ],
    ids=["book", "call", "write", "read", "come-or-book", "come"],
)
def test_its_first_button_is_what_a_client_does_first(
    page: Fetch, library: Listing, fields: dict[str, str], words: str, address: str
) -> None:
    Listing.objects.update(**fields)

    assert [(each.text, each.attributes["href"]) for each in page(URL).all("a", class_="button")] == [(words, address)]


def test_it_tells_the_hours_of_each_manner_of_service(page: Fetch, library: Listing) -> None:
    cast.set_hours(library.timetable, {"mon tue wed thu fri sat sun": ("6:00", "20:00")}, mode="self_service")
    add_span(library, "mon tue wed thu fri", "11:00", "18:00", "staffed")

    words = page(URL).main.replace("\u2060", "")

    assert "Staff Mon–Fri 11:00–18:00 Self-service Mon–Fri 6:00–11:00, 18:00–20:00, Sat–Sun 6:00–20:00" in words


def test_it_says_when_the_hours_were_confirmed_its_own_or_those_it_follows(page: Fetch, library: Listing) -> None:
    confirmed_at = cast.helsinki(2026, 11, 12, 9)
    library.hub.timetable.confirmed_at = confirmed_at
    library.hub.timetable.save()

    assert "Hours confirmed Thursday 12 November 2026." in page(URL).main

    cast.set_hours(library.timetable, {"mon": ("9:00", "10:00")})
    assert "Hours confirmed" not in page(URL).main


def test_it_leads_to_the_same_service_elsewhere_and_tells_its_hours(
    page: Fetch, library: Listing, iso_omena: Hub
) -> None:
    hours = {"mon": ("9:00", "15:00")}
    cast.make_listing(iso_omena, "iso-library", service=library.service, name_en="Iso Omena Library", hours=hours)

    listing = page(URL)

    assert listing.links["Iso Omena Library"] == "/en/hubs/iso-omena/iso-library/"
    assert "Mon 9:00–15:00 Closed opens on Monday at 9:00" in listing.main.replace("\u2060", "")


def test_a_listing_about_rooms_leads_to_those_of_its_hub(page: Fetch, library: Listing) -> None:
    assert "Book a room" not in page(URL).texts("a", "button")

    Category.objects.update(leads_to_rooms=True)
    Listing.objects.update(appointment="not_needed")  # for a room one must book all the same

    assert page(URL).all("a", **{"class": "button", "href": "/en/rooms/?hub=kalajarvi"})[0].text == "Book a room"


def test_a_notice_for_the_whole_hub_that_names_listings_is_shown_once(page: Fetch, library: Listing) -> None:
    span = {"starts_at": cast.helsinki(2026, 11, 24, 8), "ends_at": cast.helsinki(2026, 11, 25)}
    notice = Notice.objects.create(hub=library.hub, title_en="The lift is out of order", **span)
    notice.listings.set([library, cast.make_listing(library.hub, "clinic")])

    assert page(URL).texts("h2").count("The lift is out of order") == 1


def test_it_leads_back_to_the_hub(page: Fetch, library: Listing) -> None:
    crumbs = page(URL).all("nav", **{"class": "breadcrumbs container"})[0]

    assert crumbs.text == "Service centres Kalajärvi Service Centre Kalajärvi Library"


def test_what_staff_write_is_never_html(page: Fetch, library: Listing) -> None:
    Listing.objects.update(summary_en="<script>alert(1)</script>", details_sv="<b>fet</b>", phone='"><i>')

    listing = page(URL)

    assert "<script>" not in listing.html
    assert r"\u003Cscript\u003Ealert(1)" in listing.all("script", type="application/ld+json")[0].text
    assert listing.all("i") == []
    assert "<b>fet</b>" in listing.main


@pytest.mark.parametrize("path", ["kalajarvi/nothing/", "iso-omena/library/", "nowhere/library/"])
def test_an_unknown_listing_is_a_helpful_404(page: Fetch, library: Listing, iso_omena: Hub, path: str) -> None:
    assert page(f"/sv/hubs/{path}", status=404).links["Suomi"] == f"/fi/hubs/{path}"


def test_an_unpublished_listing_is_not_found(page: Fetch, library: Listing) -> None:
    Listing.objects.update(is_published=False)

    page(URL, status=404)


def test_the_number_of_queries_does_not_grow(
    client: Client, library: Listing, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES):
        client.get(URL)
    for number in range(3):
        cast.make_listing(cast.make_hub(f"hub-{number}"), service=library.service)
    with django_assert_num_queries(QUERIES):
        client.get(URL)


def test_it_can_only_be_read(client: Client, library: Listing) -> None:
    assert client.post(URL).status_code == 405
