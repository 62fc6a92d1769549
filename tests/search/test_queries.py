"""What residents type, and what they should get first: `queries.csv`, written before the search was.

A path may hold a * for either house, | stands between answers that are equally good, - means that nothing is here.
The “unseen” were thought of when the search was done, to see how it does; what is missed is “not yet”.
"""

import csv
from fnmatch import fnmatch
from pathlib import Path

import pytest
from django.utils import translation

from servicetorg.search.find import search

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]

with (Path(__file__).parent / "queries.csv").open(encoding="utf-8", newline="") as file:
    QUERIES = list(csv.DictReader(file, delimiter=";"))


def first_address(query: str, language: str) -> str:
    with translation.override(language):
        hits = search(query).hits
        return hits[0].thing.get_absolute_url().removeprefix(f"/{language}") if hits else "-"


def wrong_answers(rows: list[dict[str, str]]) -> dict[str, str]:
    return {
        row["query"]: f"{found}, not {row['expected']}"
        for row in rows
        for found in [first_address(row["query"], row["language"])]
        if not any(fnmatch(found, expected) for expected in row["expected"].split("|"))
    }


@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_the_first_answer_is_the_expected_one(language: str) -> None:
    rows = [row for row in QUERIES if row["language"] == language and row["kind"] != "not yet"]

    assert wrong_answers(rows) == {}


def test_what_is_not_yet_answered_is_taken_off_the_list_when_it_is() -> None:
    missed = [row for row in QUERIES if row["kind"] == "not yet"]

    assert list(wrong_answers(missed)) == [row["query"] for row in missed]


def test_the_table_is_long_and_asks_in_all_ways() -> None:
    kinds = {"plain", "inflected", "compound", "colloquial", "misspelt", "accents", "across languages", "not here"}

    assert len(QUERIES) >= 150
    assert {row["language"] for row in QUERIES} == {"sv", "fi", "en"}
    assert kinds <= {row["kind"] for row in QUERIES}
