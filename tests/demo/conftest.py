from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from servicetorg.demo.load import load
from tests.cast import TUESDAY


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The two houses without bookings, loaded once for the module. For tests that only look."""
    with loaded(django_db_blocker, with_bookings=False):
        yield


@pytest.fixture(scope="module")
def booked_demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo with the bookings of two days back and ahead. For tests that only look."""
    with loaded(django_db_blocker, days=2):
        yield


@contextmanager
def loaded(blocker: DjangoDbBlocker, **options: Any) -> Iterator[None]:
    with blocker.unblock(), transaction.atomic():
        load(at=TUESDAY, **options)
        yield
        transaction.set_rollback(True)
