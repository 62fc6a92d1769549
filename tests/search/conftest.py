from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from servicetorg.models import SynonymGroup
from servicetorg.search.synonyms import shipped_groups
from tests.demo.conftest import loaded


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The two houses without bookings, and the groups of synonyms that a site begins with. For tests that only look."""
    with loaded(django_db_blocker, with_bookings=False):
        SynonymGroup.objects.all().delete()  # a test that empties the tables may have been here before
        SynonymGroup.objects.bulk_create(SynonymGroup(**group) for group in shipped_groups())
        yield
