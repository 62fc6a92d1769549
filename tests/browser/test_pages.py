"""Every type of page in three languages, at two widths, in light and dark, without a mouse and without JavaScript."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from playwright.sync_api import Page

from tests.browser.pages import PUBLIC, SIGNED_IN, page_types

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
WIDE, NARROW, NARROWEST = 1280, 390, 320
LANGUAGES = ("sv", "fi", "en")
LAYOUT_RULES = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]


RUN_AXE = """runOnly => axe.run(document, {runOnly, resultTypes: ['violations']}).then(found => found.violations)"""


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    # What the test itself runs is not bound by the page's CSP, so the page need not be opened up for it.
    found = page.evaluate(RUN_AXE, only)
    return [
        f"{violation['id']}: {node['html'][:150]} ({reason(node)})"
        for violation in found
        for node in violation["nodes"]
    ]


def picture(page: Page, folder: Path, name: str) -> None:
    """Take a picture to look at. `make test-browser` asks for them; each costs a fifth of a second."""
    if "PICTURES" not in os.environ:
        return
    page.screenshot(type="jpeg", quality=80, path=folder / f"{name}.jpg", full_page=True)


def reason(node: dict[str, Any]) -> str:
    return " / ".join(check["message"] for check in node["any"] + node["all"] + node["none"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_accessible_and_fits(new_page, places, screenshots, language):
    pages = {who: new_page(signed_in_as=who) for who in (PUBLIC, SIGNED_IN)}
    for page in pages.values():
        page.add_init_script(path=AXE)
    with translation.override(language):
        types = page_types(places)
    complaints = []
    for kind in types:
        page = pages[kind.who]
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.set_viewport_size({"width": WIDE, "height": 900})
        response = page.goto(kind.path)
        found = [f"answers {response.status}"] if response.status != kind.status else []
        if page.locator("html").get_attribute("lang") != language:
            found.append("has the wrong lang")
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": 900})
            # The words are the same at both widths: once for them, and once more for what narrowness may break.
            found += violations(page, None if width == WIDE or language == "sv" else LAYOUT_RULES)
            if width == NARROW or language == "sv":
                picture(page, screenshots, f"{kind.name}-{language}-{width}-light")
        page.emulate_media(color_scheme="dark")
        found += [f"dark: {violation}" for violation in violations(page, ["color-contrast"])]
        if language == "sv":
            picture(page, screenshots, f"{kind.name}-{language}-{NARROW}-dark")
        page.set_viewport_size({"width": NARROWEST, "height": 700})
        if (overflow := page.evaluate("document.documentElement.scrollWidth")) > NARROWEST:
            found.append(f"is {overflow} px wide at {NARROWEST} px")
        complaints += [f"{kind.name}: {complaint}" for complaint in dict.fromkeys(found)]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_everything_can_be_reached_and_seen_with_the_keyboard(new_page, places, width):
    looks = {"viewport": {"width": width, "height": 900}, "reduced_motion": "reduce"}
    pages = {who: new_page(signed_in_as=who, **looks) for who in (PUBLIC, SIGNED_IN)}
    with translation.override("sv"):
        types = page_types(places)
    complaints = []
    for kind in types:
        page = pages[kind.who]
        page.goto(kind.path)
        complaints += [f"{kind.name}: {complaint}" for complaint in walk_with_tab(page)]
    assert not complaints, "\n".join(complaints)


WANTED = """() => {
    const all = [...document.querySelectorAll(
        'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
        .filter(element => !element.disabled && element.checkVisibility({visibilityProperty: true}));
    // Of a group of radio buttons, the keyboard stops at one.
    const groups = new Set();
    return all.filter(element => {
        if (element.type !== 'radio') return true;
        const isFirst = !groups.has(element.name);
        groups.add(element.name);
        return isFirst;
    }).length;
}"""
FOCUSED = """() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const isNew = !element.dataset.reached;
    element.dataset.reached = 'yes';
    window.firstReached ??= element;
    const isFirst = element === window.firstReached;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const isVisible = box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight
        && box.right > 0 && box.left < innerWidth && style.visibility === 'visible' && +style.opacity > 0;
    // A card may wear the ring of the link that fills it.
    const card = element.closest(':is(li, article, label, div[class*=card]):has(:focus-visible)');
    const hasRing = [element, card].filter(Boolean).map(wearer => getComputedStyle(wearer))
        .some(({outlineStyle, outlineWidth}) => outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2);
    return {isNew, isFirst, isVisible, hasRing, words: element.outerHTML.slice(0, 120)};
}"""


def walk_with_tab(page: Page) -> list[str]:
    wanted = page.evaluate(WANTED)
    page.evaluate("document.activeElement.blur()")
    reached, found = 0, []
    for _ in range(3 * wanted + 20):  # a date field takes three, and the walk may begin in the middle of the page
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused and focused["isFirst"] and not focused["isNew"]:
            break
        if focused is None or not focused["isNew"]:
            continue
        reached += 1
        if not focused["isVisible"]:
            found.append(f"focus is out of sight on {focused['words']}")
        if not focused["hasRing"]:
            found.append(f"focus does not show on {focused['words']}")
    if reached < wanted:
        found.append(f"Tab reaches {reached} of {wanted}")
    return found


def test_every_page_is_whole_without_javascript(new_page, places):
    pages = {who: new_page(signed_in_as=who, java_script_enabled=False) for who in (PUBLIC, SIGNED_IN)}
    with translation.override("sv"):
        types = page_types(places)
    for kind in types:
        page = pages[kind.who]
        response = page.goto(kind.path, wait_until="domcontentloaded")
        assert (kind.name, response.status) == (kind.name, kind.status)
        assert page.locator("main h1").count() == 1, kind.name
