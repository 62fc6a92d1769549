"""Which words of a visitor meet which texts: small, plain, and in the memory of the process.

Databases differ in what “the same letter” is (SQLite knows only A–Z), so texts are compared here.
A municipality has some hundred names and summaries.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Field(IntEnum):
    """Where a word was found; the smaller, the more it says."""

    NAME = 0
    KEYWORDS = 10
    CATEGORY = 20
    SUMMARY = 30


@dataclass(frozen=True, slots=True)
class Text:
    field: Field
    language: str
    words: str


@dataclass(frozen=True, slots=True, order=True)
class Match:
    rank: int
    language: str = ""  # in which every word was found; the reader's own where possible


EXACT = -100
ANOTHER_LANGUAGE = 5
SHORTEST_STEM = 5


def fold(words: str) -> str:
    """Make “Hälsostation”, “HÄLSOSTATION” and “halsostation” alike, with one space between words."""
    letters = unicodedata.normalize("NFKD", words.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", plain))


def match(query: str, texts: Iterable[Text], language: str) -> Match | None:
    """Return how well the texts answer the query, or None where a word of it is nowhere.

    `language` is the reader's: found there, a word counts a little more.
    """
    asked = fold(query).split()
    if not asked:
        return None
    folded = [(text, fold(text.words)) for text in texts]
    if exact := [text for text, words in folded if text.field == Field.NAME and words == " ".join(asked)]:
        languages = {text.language for text in exact}
        return Match(EXACT, language if language in languages else exact[0].language)
    found = []
    for word in asked:
        places = [place(word, text, words, language) for text, words in folded]
        if not any(places):
            return None
        found.append(min(place for place in places if place))
    return Match(sum(each.rank for each in found), found[0].language)


def place(word: str, text: Text, words: str, language: str) -> Match | None:
    """Tell how well one word is found in one text: as a word, as its beginning, within it, or inflected."""
    parts = words.split()
    if word in parts:
        rank = 0
    elif any(part.startswith(word) for part in parts):
        rank = 1
    elif len(word) > 2 and word in words:
        rank = 2
    elif any(len(part) >= SHORTEST_STEM and word.startswith(part) for part in parts):
        rank = 3  # “biblioteket” asks for “bibliotek”, “neuvolaan” for “neuvola”
    else:
        return None
    foreign = 0 if text.language == language else ANOTHER_LANGUAGE
    return Match(text.field + rank + foreign, text.language)


def texts_of(thing: object, field: Field, name: str, languages: Iterable[str]) -> list[Text]:
    """Return a translated field of a model in every language that has it."""
    return [Text(field, code, words) for code in languages if (words := getattr(thing, f"{name}_{code}"))]
