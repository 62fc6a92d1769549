"""From a search to a booked room and back again, as a newcomer does it, with and without JavaScript."""

import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import Page, expect

from rooms.models import Booking


@pytest.mark.parametrize("has_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_newcomer_books_a_room_and_gives_it_back(new_page, places, has_script, screenshots):
    page: Page = new_page(java_script_enabled=has_script, viewport={"width": 390, "height": 844})
    email = f"newcomer-{'with' if has_script else 'without'}-script@example.com"
    path_before = find_and_hold(page, places)

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to book")
    page.screenshot(path=screenshots / f"flow-{has_script}-1-held.png", full_page=True)
    page.get_by_role("link", name="Sign in and continue").click()
    sign_in(page, email)

    expect(page.get_by_role("heading", level=1)).to_have_text("Your details")
    assert page.url.split("?")[0].endswith(path_before), "the held time survives signing in"
    fill_in(page)
    page.screenshot(path=screenshots / f"flow-{has_script}-2-details.png", full_page=True)
    page.get_by_role("button", name="Book the room").click()

    expect(page.get_by_role("heading", name="Your booking is confirmed")).to_be_visible()
    page.screenshot(path=screenshots / f"flow-{has_script}-3-confirmed.png", full_page=True)
    booking = Booking.objects.get(resident__email=email)
    assert (booking.state, booking.people, booking.language) == ("confirmed", 6, "en")
    assert [message.to for message in mail.outbox[-1:]] == [[email]]
    assert any("calendar" in str(part) for part in mail.outbox[-1].message().walk())

    page.get_by_role("link", name="Give the time back").click()
    page.get_by_role("button", name="Give the time back").click()
    booking.refresh_from_db()
    assert booking.state == "cancelled"
    assert not booking.busy_periods.exists()
    page.goto("/en/bookings/")
    page.screenshot(path=screenshots / f"flow-{has_script}-4-given-back.png", full_page=True)


def test_a_wrong_detail_is_explained_and_what_was_typed_is_kept(new_page, places):
    page: Page = new_page(signed_in_as="resident@example.org")
    find_and_hold(page, places)
    page.get_by_label("Name", exact=True).fill("Demo: resident")
    page.get_by_label("Number of participants").fill("5000")
    page.get_by_role("button", name="Book the room").click()
    assert page.title().startswith("Error:")
    assert page.get_by_label("Number of participants").input_value() == "5000"
    assert page.get_by_label("Name", exact=True).input_value() == "Demo: resident"
    summary = page.locator(".error-summary")
    assert summary.evaluate("element => element === document.activeElement || element.contains(document.activeElement)")
    page.get_by_role("button", name="Cancel, and let the time go").click()


def test_what_is_typed_stays_when_the_language_is_changed(new_page, places):
    page: Page = new_page(signed_in_as="resident@example.org")
    find_and_hold(page, places)
    page.get_by_label("Number of participants").fill("4")
    page.get_by_label("Message to the staff").fill("Ten more chairs")
    page.get_by_role("link", name="Svenska").click()
    page.wait_for_url(re.compile("/sv/"))
    assert page.locator("[name=people]").input_value() == "4"
    assert page.locator("[name=message]").input_value() == "Ten more chairs"
    page.locator("button[value=release]").click()


def find_and_hold(page: Page, places) -> str:
    """Search for a small room on a Tuesday evening and take the first time offered; return the address one is at."""
    with translation.override("en"):
        page.goto(f"{reverse('rooms:find')}?hub=kalajarvi&date={places.next_tuesday:%Y-%m-%d}&minutes=60&people=6")
    assert "free room" in page.get_by_role("heading", level=1).inner_text()
    page.locator("#results .room-list button[formaction]").first.click()
    page.wait_for_url(re.compile("/book/"))
    return page.url.split("?")[0].rpartition("/en/")[2]


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send the code").click()
    code_field = page.locator("main input[name=code]")
    code_field.wait_for()
    code_field.fill(re.search(r"\b\d{6}\b", mail.outbox[-1].body)[0])
    page.get_by_role("button", name="Sign in", exact=True).click()


def fill_in(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("A newcomer")
    page.get_by_label("Phone number").fill("040 000 0000")
    page.get_by_label("Number of participants").fill("6")
    page.get_by_label("Purpose").fill("Trying the site")
    page.locator("main input[name=terms]").check()
