from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from accounts.models import User
from services.models import Listing
from servicetorg.reports.models import Report, Thing, What
from servicetorg.reports.verbs import report_mistake
from tests import cast


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(cast.TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def provider_editor(library: Listing) -> User:
    editor = cast.make_user("provider@example.com", is_staff=True, language="fi")
    library.provider.editors.add(editor)
    return editor


def make_report(about: Thing, **fields: Any) -> Report:
    """Report that the hours are wrong, by somebody who wants an answer in English."""
    said = {"what": What.HOURS, "text": "It closed at 16.", "email": "finder@example.com", "language": "en"}
    return report_mistake(about=about, at=cast.TUESDAY, **{**said, **fields})
