"""The groups of synonyms that a new site begins with. Staff edit them afterwards, and theirs is the last word."""

import csv
from pathlib import Path

SHIPPED = Path(__file__).parent / "synonyms.csv"


def shipped_groups() -> list[dict[str, str]]:
    """Return the words of each group by field: real words of residents, and inflections that no stemmer knows."""
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        return [
            {f"words_{language}": words for language, words in row.items()}
            for row in csv.DictReader(file, delimiter=";")
        ]
