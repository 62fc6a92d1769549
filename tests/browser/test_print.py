"""What comes out of a printer: door signs are one sheet with nothing cut off, pages leave out what paper cannot do."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from playwright.sync_api import Page

from hubs.models import Hub, Notice, Period
from services.models import Listing
from tests import cast

A4 = {"width": 794, "height": 1123}  # in pixels of CSS
MOST_SHEETS = {"hub": 5, "listing": 2, "room": 3, "year": 2, "planner": 2}
WORDS = {"sv": "Genom porten till höger om bokhandeln. ", "fi": "Kirjakaupan oikealla puolella olevasta portista. "}
LONG_NAME = {
    "sv": "Mödra- och barnrådgivningen samt familjerådgivningen i servicetorget",
    "fi": "Äitiys- ja lastenneuvola sekä perheneuvontapalvelut palvelutorilla",
}

# What of the sign lies lower than the line above its foot, or beside the sheet.
CUT_OFF = """() => {
    const sheet = document.querySelector('.sign').getBoundingClientRect();
    const foot = document.querySelector('.sign-foot').getBoundingClientRect();
    return [...document.querySelectorAll('.sign-side *')].filter(element => {
        const box = element.getBoundingClientRect();
        return box.height && (box.bottom > foot.top + 1 || box.right > sheet.right + 1);
    }).map(element => element.textContent.trim().slice(0, 60)).concat(
        foot.bottom > sheet.bottom + 1 ? ['the foot'] : []);
}"""
HEIGHT_OF_LETTERS = "selector => parseFloat(getComputedStyle(document.querySelector(selector)).fontSize) * .75"


def sheets(page: Page) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4", prefer_css_page_size=True)))


def signs() -> list[str]:
    with translation.override("fi"):
        hubs = [reverse("hub_sign", args=[hub.slug]) for hub in Hub.objects.all()]
        listings = Listing.objects.published().select_related("hub")
        return hubs + [reverse("listing_sign", args=[each.hub.slug, each.slug]) for each in listings]


def complaints_of(page: Page, address: str) -> list[str]:
    page.emulate_media(media="print")
    page.goto(address)
    number, cut_off = sheets(page), page.evaluate(CUT_OFF)
    return [f"{address}: {number} sheets"] * (number != 1) + [f"{address}: cut off: {words}" for words in cut_off]


def test_every_door_sign_of_the_demo_is_one_sheet(new_page, places):
    page = new_page(viewport=A4)

    assert [complaint for address in signs() for complaint in complaints_of(page, address)] == []


@pytest.fixture
def wordy(places):
    """A hub and a listing about which everything is said that can be said; as before afterwards."""
    listing = places.listing
    fields = ["name_sv", "name_fi", "directions_sv", "directions_fi", "step_free_way_sv", "step_free_way_fi", "floor"]
    before = Listing.objects.filter(pk=listing.pk).values(*fields).get()
    house = Hub.objects.filter(pk=places.hub.pk).values("entrance_sv", "entrance_fi", "doors_sv", "doors_fi").get()
    long = {f"{field}_{code}": WORDS[code] * 20 for field in ("directions", "step_free_way") for code in WORDS}
    Listing.objects.filter(pk=listing.pk).update(
        **long, **{f"name_{code}": LONG_NAME[code] for code in WORDS}, floor="3"
    )
    Hub.objects.filter(pk=places.hub.pk).update(
        **{f"{field}_{code}": WORDS[code] * 20 for field in ("entrance", "doors") for code in WORDS}
    )
    at = timezone.now()
    notices = [
        Notice.objects.create(
            hub=places.hub,
            starts_at=at,
            ends_at=at + timedelta(days=9),
            **{f"title_{code}": WORDS[code] * 3 for code in WORDS},
            **{f"text_{code}": WORDS[code] * 20 for code in WORDS},
        )
        for _ in range(3)
    ]
    periods = [
        cast.set_hours(
            timetable,
            {"mon tue wed thu fri sat sun": (f"{8 + number}:15", "18:45")},
            first_day=(at + timedelta(days=3 * number + 1)).date(),
            last_day=(at + timedelta(days=3 * number + 1)).date(),
            kind="exception",
        )
        for timetable in (places.hub.timetable, listing.timetable)
        for number in range(8)
        if not timetable.periods.filter(
            kind="exception", first_day=(at + timedelta(days=3 * number + 1)).date()
        ).exists()
    ]
    yield places
    Listing.objects.filter(pk=listing.pk).update(**before)
    Hub.objects.filter(pk=places.hub.pk).update(**house)
    Notice.objects.filter(pk__in=[each.pk for each in notices]).delete()
    Period.objects.filter(pk__in=[each.pk for each in periods]).delete()


def test_a_door_sign_with_all_that_can_be_said_is_one_sheet(new_page, wordy):
    page = new_page(viewport=A4)
    hub, listing = wordy.hub.slug, wordy.listing.slug
    with translation.override("sv"):
        addresses = [reverse("hub_sign", args=[hub]), reverse("listing_sign", args=[hub, listing])]

    assert [complaint for address in addresses for complaint in complaints_of(page, address)] == []


def test_name_and_hours_of_a_sign_can_be_read_from_two_metres(new_page, places):
    page = new_page(viewport=A4)
    with translation.override("sv"):
        page.goto(reverse("listing_sign", args=[places.hub.slug, places.listing.slug]))

    assert page.evaluate(HEIGHT_OF_LETTERS, ".sign h2") >= 24  # points
    assert page.evaluate(HEIGHT_OF_LETTERS, ".sign-hours") >= 16


def test_a_sign_has_its_frame_on_the_screen_alone(new_page, places):
    page = new_page(viewport=A4)
    with translation.override("en"):
        page.goto(reverse("hub_sign", args=[places.hub.slug]))
    assert page.locator("h1").is_visible()

    page.emulate_media(media="print")

    assert not any(page.locator(part).is_visible() for part in ("h1", ".site-header", ".breadcrumbs", ".site-footer"))


@pytest.mark.parametrize("name", MOST_SHEETS)
def test_a_page_prints_on_few_sheets_without_what_paper_cannot_do(new_page, places, name):
    page = new_page(viewport=A4)
    with translation.override("sv"):
        address = {
            "hub": reverse("hub", args=[places.hub.slug]),
            "listing": places.listing.get_absolute_url(),
            "room": places.room.get_absolute_url(),
            "year": reverse("hub_year", args=[places.hub.slug]),
            "planner": reverse("planner", args=[places.hub.slug]) + "?services=library,family-clinic,health-centre",
        }[name]
    page.goto(address)
    number = sheets(page)
    page.emulate_media(media="print", color_scheme="dark")

    assert number <= MOST_SHEETS[name]
    assert (
        page.locator("button:visible, .button:visible, input:visible, select:visible, .site-nav:visible").count() == 0
    )
    assert page.locator("p.print-only").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
