"""The same time every week, from the page of a room to giving it all back, with and without JavaScript."""

import re

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from rooms.models import Booking
from tests.browser.test_booking_flow import fill_in, sign_in


@pytest.mark.parametrize("has_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_newcomer_books_a_series_and_gives_it_back(new_page, places, has_script):
    page: Page = new_page(java_script_enabled=has_script, viewport={"width": 390, "height": 844})
    email = f"choir-{'with' if has_script else 'without'}-script@example.com"

    chosen = choose_dates(page, "ahti", has_script=has_script)
    page.get_by_role("link", name="Sign in and continue").click()
    sign_in(page, email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your details")
    fill_in(page)
    page.get_by_role("button", name=f"Book {chosen} times").click()

    expect(page.get_by_role("heading", name="Your series is booked")).to_be_visible()
    assert Booking.objects.filter(resident__email=email, state="confirmed").count() == chosen
    assert [message.to for message in mail.outbox[-1:]] == [[email]]

    page.get_by_role("link", name="Give all of them back").click()
    page.get_by_role("button", name="Give the time back").click()
    expect(page.get_by_text(f"You have given {chosen} times back.")).to_be_visible()
    assert not Booking.objects.filter(resident__email=email, state="confirmed").exists()


def choose_dates(page: Page, room: str, *, has_script: bool) -> int:
    """Repeat the next free time of a room four times, leave one date out, and return how many are left."""
    page.goto(f"/en/rooms/kalajarvi/{room}/book/")
    page.get_by_role("button", name="Repeat every week").click()
    page.get_by_label("Every week").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("How many times do you want the room?").select_option("4")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose the dates")
    page.locator("main input[type=checkbox]:checked").last.uncheck()
    chosen = page.locator("main input[type=checkbox]:checked").count()
    words = page.locator("[data-chosen]").inner_text()
    told = int(re.search(r"\d+", words)[0])
    assert told == (chosen if has_script else chosen + 1), "without a script the page tells of what it was sent with"
    page.get_by_role("button", name="Continue with these dates").click()
    return chosen
