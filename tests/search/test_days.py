from datetime import date

import pytest

from servicetorg.search.days import asked_day

TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("query", "day"),
    [
        ("är biblioteket öppet på lördag", date(2026, 11, 28)),
        ("onko kirjasto auki lauantaina?", date(2026, 11, 28)),
        ("Is the library open on Mondays", date(2026, 11, 30)),
        ("öppet på tisdag", TUESDAY),
        ("Öppet i morgon?", date(2026, 11, 25)),
        ("huomenna", date(2026, 11, 25)),
        ("library", None),
        ("söndagsskola", None),
        ("", None),
    ],
)
def test_a_question_may_name_a_day(query: str, day: date | None) -> None:
    assert asked_day(query, TUESDAY) == day
