"""A screen on a wall: it refreshes itself, and stays honest when its connection breaks."""

from django.urls import reverse
from django.utils import translation

A_TURN, A_WHILE = 31_000, 120_000  # milliseconds


def test_a_screen_refreshes_itself_and_survives_a_lost_connection(browser, site, places):
    with translation.override("en"):
        path = reverse("rooms:display", args=[places.hub.slug, places.room.slug])
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.clock.install()
    page.goto(path)
    board, stale = page.locator(".board"), page.locator("#stale")
    first = board.get_attribute("data-at")

    with page.expect_response(lambda response: response.url.endswith("/display/")):
        page.clock.run_for(A_TURN)
    page.wait_for_function("before => document.querySelector('.board').dataset.at !== before", arg=first)
    page.clock.run_for(6_000)
    assert not stale.is_visible()

    context.set_offline(True)
    words = page.locator(".board-word").inner_text()
    page.clock.run_for(A_WHILE)
    stale.wait_for(state="visible")
    assert "The connection is broken. This was so 2 min ago." in stale.inner_text()
    assert page.locator(".board-word").inner_text() == words
    board.evaluate("board => { board.dataset.left = '60' }")
    page.clock.run_for(6_000)
    assert "is-over" in board.get_attribute("class")

    context.set_offline(False)
    with page.expect_response(lambda response: response.url.endswith("/display/")):
        page.clock.run_for(A_TURN)
    page.wait_for_timeout(300)
    page.clock.run_for(6_000)
    stale.wait_for(state="hidden")
    assert "is-over" not in board.get_attribute("class")
    context.close()
