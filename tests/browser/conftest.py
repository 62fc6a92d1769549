"""One server with the demo data and one browser for all tests in this folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from servicetorg.demo.load import load
from tests.browser.chromium import FLAGS, find_chromium
from tests.browser.pages import Places, find_places

HERE = Path(__file__).resolve().parent

# Playwright keeps an event loop in this thread; Django would take our queries for part of it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out where others run: the demo stays in the database, and others want it empty."""
    ours = [item for item in items if HERE in item.path.parents]
    if len(ours) < len(items):
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if HERE not in item.path.parents]


@pytest.fixture(scope="session")
def site(django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker) -> Iterator[str]:
    """The address of a site with the demo data. Its database lasts for the whole session."""
    with django_db_blocker.unblock():
        databases = setup_databases(verbosity=0, interactive=False)
        load(at=timezone.now(), days=2)  # bookings of a few days show as much as those of a month
        server = LiveServer("localhost")
        yield server.url
        server.stop()
        teardown_databases(databases, verbosity=0)


@pytest.fixture(scope="session")
def places(site: str) -> Places:
    return find_places(timezone.now())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        pytest.fail("No Chromium found; `make test` leaves these tests out by itself.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, site: str) -> Iterator:
    """Open a page that fails the test on a console error, a broken file or a request to another host."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(*, signed_in_as: str = "", **options) -> Page:
        context = browser.new_context(**{"base_url": site, "viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        if signed_in_as:
            context.add_cookies([session_cookie(signed_in_as, site)])
        page = context.new_page()
        watch(page, site, complaints)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def watch(page: Page, site: str, complaints: list[str]) -> None:
    def response_came(response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            complaints.append(f"{response.status} for {response.url} on {page.url}")

    def request_left(request) -> None:
        if not request.url.startswith((site, "data:", "blob:")):
            complaints.append(f"request to another host: {request.url} on {page.url}")

    def console_spoke(message) -> None:
        # The browser also complains of the 404 and 400 pages that we open on purpose.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            complaints.append(f"console: {message.text} on {page.url}")

    page.on("response", response_came)
    page.on("request", request_left)
    page.on("console", console_spoke)
    page.on("pageerror", lambda error: complaints.append(f"script: {error} on {page.url}"))


def session_cookie(email: str, site: str) -> dict[str, str]:
    client = Client()
    client.force_login(User.objects.get(email=email), backend="accounts.backends.RoleBackend")
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """A folder, ignored by git, to look at afterwards."""
    folder = HERE.parents[1] / "var" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
