from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation

from accounts.models import User
from hubs.models import Hub
from rooms.models import Room
from services.models import Listing
from servicetorg import translations
from tests import cast
from tests.pages.client import page


def pytest_configure(config: pytest.Config) -> None:
    translations.compile_stale()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, leave out what asks no database or minds not which: SQLite's run has tested it."""
    if connection.vendor == "postgresql":
        ours = [
            item
            for item in items
            if (item.get_closest_marker("django_db") or "db" in item.fixturenames)
            and not item.get_closest_marker("any_database")
        ]
        config.hook.pytest_deselected(items=[item for item in items if item not in ours])
        items[:] = ours


__all__ = ["page"]  # a fixture: it fetches a page and judges it


@pytest.fixture(autouse=True)
def _nothing_left_over() -> Iterator[None]:
    """Begin every test without a counted sign-in attempt, and in Swedish."""
    cache.clear()
    with translation.override("sv"):
        yield


@pytest.fixture
def resident(db: None) -> User:
    return cast.make_user("resident@example.com", language="sv")


@pytest.fixture
def another_resident(db: None) -> User:
    return cast.make_user("another@example.com", language="fi")


@pytest.fixture
def kalajarvi(db: None) -> Hub:
    return cast.make_hub("kalajarvi")


@pytest.fixture
def iso_omena(db: None) -> Hub:
    names = cast.three_languages(
        "name", "Stora Äpplet servicetorg", "Ison Omenan palvelutori", "Iso Omena Service Centre"
    )
    return cast.make_hub("iso-omena", order=1, **names)


@pytest.fixture
def hall(kalajarvi: Hub) -> Room:
    return cast.make_room(kalajarvi, "hall")


@pytest.fixture
def library(kalajarvi: Hub) -> Listing:
    return cast.make_listing(kalajarvi, "library")


@pytest.fixture
def kalajarvi_editor(kalajarvi: Hub) -> User:
    editor = cast.make_user("editor@example.com", is_staff=True)
    kalajarvi.editors.add(editor)
    return editor


@pytest.fixture
def city_administrator(db: None) -> User:
    return cast.make_user("city@example.com", is_staff=True, is_city_administrator=True)


@pytest.fixture
def as_resident(resident: User) -> Client:
    """A browser in which the resident is signed in."""
    return signed_in(resident)


@pytest.fixture
def as_another_resident(another_resident: User) -> Client:
    return signed_in(another_resident)


@pytest.fixture
def as_kalajarvi_editor(kalajarvi_editor: User) -> Client:
    return signed_in(kalajarvi_editor)


@pytest.fixture
def as_city_administrator(city_administrator: User) -> Client:
    return signed_in(city_administrator)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return client
