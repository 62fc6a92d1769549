"""What the data files say, as plain values."""

import json
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("sv", "fi", "en")
DATA = Path(__file__).parent / "data"

type Entry = dict[str, Any]
type Texts = dict[str, str | None]


@cache
def facts() -> Entry:
    """Return what public pages say, with the source of each value (espoo.json)."""
    return json.loads((DATA / "espoo.json").read_text(encoding="utf-8"))


@cache
def additions() -> Entry:
    """Return what was written for the demo (additions.json)."""
    return json.loads((DATA / "additions.json").read_text(encoding="utf-8"))


@cache
def surveys() -> Entry:
    """Return a survey with its published results, from the same sources, and an example that can be answered."""
    return json.loads((DATA / "surveys.json").read_text(encoding="utf-8"))


def in_languages(field: str, texts: Texts | None) -> dict[str, str | None]:
    """Spread texts over the columns of a translated field; a language without a text stays empty."""
    return {f"{field}_{language}": (texts or {}).get(language) for language in LANGUAGES}


def joined(*parts: Texts | None) -> Texts:
    """Join texts language by language into one paragraph each."""
    return {
        language: " ".join(text for part in parts if part and (text := part.get(language))) or None
        for language in LANGUAGES
    }


def slug_in_hub(entry: Entry) -> str:
    """Return `library` for `kalajarvi-library`: addresses name the hub already."""
    return entry["id"].removeprefix(f"{entry['hub']}-")


def hub_entry(hub: str) -> Entry:
    return next(entry for entry in facts()["hubs"] if entry["id"] == hub)


def floor_in(hub: str) -> str:
    """Return the floor of everything in the house: both have one only."""
    return hub_entry(hub)["floors"][0]["floor"]


def floor_marks(hub: str) -> list[str]:
    return ["floor"] if "floors" in hub_entry(hub)["assumed"] else []
