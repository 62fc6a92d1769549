"""The list under the search box: with the keyboard, with the mouse, and not at all without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import AXE, violations


@pytest.fixture
def home(new_page) -> Page:
    page = new_page()
    page.add_init_script(path=AXE)
    page.goto("/sv/")
    return page


def test_the_keyboard_opens_chooses_and_goes_there(home: Page) -> None:
    box = home.get_by_role("combobox")
    box.press_sequentially("labb")

    expect(home.get_by_role("option")).to_have_count(1)
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    chosen = home.get_by_role("option", selected=True)
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    assert violations(home) == []
    box.press("Enter")

    home.wait_for_url("**/sv/hubs/iso-omena/hus-laboratory/")


def test_escape_closes_and_keeps_what_was_typed(home: Page) -> None:
    box = home.get_by_role("combobox")
    box.press_sequentially("bib")
    expect(home.get_by_role("listbox")).to_be_visible()

    box.press("Escape")

    expect(home.get_by_role("listbox", include_hidden=True)).to_be_hidden()
    expect(box).to_have_value("bib")


def test_the_mouse_goes_there_too(home: Page) -> None:
    home.get_by_role("combobox").press_sequentially("röntgen")

    home.get_by_role("option").first.click()

    home.wait_for_url("**/sv/hubs/iso-omena/hus-imaging/")


def test_enter_without_a_choice_is_a_search(home: Page) -> None:
    box = home.get_by_role("combobox")
    box.press_sequentially("bib")
    expect(home.get_by_role("listbox")).to_be_visible()

    box.press("Enter")

    home.wait_for_url("**/sv/search/?q=bib")


def test_how_many_there_are_is_said(home: Page) -> None:
    home.get_by_role("combobox").press_sequentially("labb")

    expect(home.locator(".has-suggestions [role=status]")).not_to_be_empty()


def test_the_box_in_the_head_of_a_page_suggests_as_well(new_page) -> None:
    page = new_page()
    page.goto("/fi/hubs/kalajarvi/")
    box = page.get_by_role("combobox", name="Mitä etsit?")
    box.press_sequentially("hammas")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    box.press("ArrowDown")
    box.press("Enter")

    page.wait_for_url("**/fi/hubs/kalajarvi/dental-clinic/")


def test_without_javascript_it_is_a_plain_form(new_page) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/en/")
    page.get_by_role("searchbox").fill("hammaslääkärille")
    page.get_by_role("searchbox").press("Enter")

    expect(page.get_by_role("heading", level=3)).to_have_text(["Kalajärvi Dental Clinic"])
