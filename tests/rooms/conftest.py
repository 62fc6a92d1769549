from collections.abc import Iterator

import pytest

from tests.rooms.invariants import assert_everything_stands


@pytest.fixture
def everything_stands(transactional_db: None) -> Iterator[None]:
    """Ask the database afterwards whether every promise has been kept."""
    yield
    assert_everything_stands()
