from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.rooms.invariants import assert_everything_stands


@pytest.fixture
def everything_stands(transactional_db: None) -> Iterator[None]:
    """Ask the database afterwards whether every promise has been kept."""
    yield
    assert_everything_stands()


@pytest.fixture
def queued(settings: Settings) -> None:
    """Queue tasks in the database, as in production, instead of running them at once."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
