"""All the words of the index: what begins alike, what is part of a compound, what was probably meant.

Read once, and again when the index has changed. A municipality has some thousand words.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property, lru_cache
from itertools import takewhile
from typing import NamedTuple

from django.db.models import Count, Sum
from rapidfuzz import process
from rapidfuzz.distance import OSA

from servicetorg.models import SearchDocument, SearchTerm
from servicetorg.search import analyser

SHORTEST_PART = 4
SHORTEST_REST = 2
HEAD, MODIFIER = 0.6, 0.35  # “närbibliotek” is a library, “bibliotekskort” has to do with one
VOWELS = "aeiouy"  # “läkare” becomes “läkar” before another word


class Version(NamedTuple):
    """Tells one state of the index from another, by what it was made from."""

    documents: int
    checksums: int


class Entry(NamedTuple):
    language: str
    term: str
    word: str


class Vocabulary:
    def __init__(self, entries: list[Entry]) -> None:
        self.entries: dict[str, list[Entry]] = defaultdict(list)  # by the word, without marks
        self.terms: dict[str, set[str]] = {language: set() for language in analyser.LANGUAGES}
        # What a compound may be made of: words that occur alone, as they look in one, with their terms.
        self.heads: dict[str, dict[str, str]] = {language: {} for language in analyser.LANGUAGES}
        self.modifiers: dict[str, dict[str, str]] = {language: {} for language in analyser.LANGUAGES}
        for entry in entries:
            if entry.term.startswith("="):
                continue
            plain = plain_word(entry.word)
            self.terms[entry.language].add(entry.term)
            self.entries[plain].append(entry)
            if "-" not in entry.word:
                self.heads[entry.language] |= {plain: entry.term, entry.term: entry.term}
                self.modifiers[entry.language] |= {plain.rstrip(VOWELS): entry.term, entry.term: entry.term}
        self.words = sorted(self.entries)

    def starting_with(self, start: str, *, most: int = 40) -> list[Entry]:
        """Return the words that begin so (without marks), the shortest first."""
        first = bisect_left(self.words, start)
        found = takewhile(lambda word: word.startswith(start), self.words[first : first + 500])
        return [entry for word in sorted(found, key=len)[:most] for entry in self.entries[word]]

    def near(self, word: str, *, most: int, also: Iterable[str] = ()) -> list[tuple[str, int]]:
        """Return the words that differ from this by the fewest letters, with how many. All without marks."""
        if not most:
            return []
        found = process.extract(word, {*self.words, *also}, scorer=OSA.distance, score_cutoff=most, limit=8)
        nearest = [(near, distance) for near, distance, _index in found if distance == found[0][1]]
        return sorted(nearest, key=lambda each: (each[0][0] != word[0], -len(self.entries.get(each[0], ())), each[0]))

    def spelling(self, word: str) -> str:
        """Return how a word without marks is written."""
        return self.entries[word][0].word.lower() if word in self.entries else word

    @cached_property
    def compounds(self) -> dict[tuple[str, str], list[tuple[str, float]]]:
        """Return for each part (language, term) the compounds that it is part of, and how much it is."""
        inside: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
        for plain, entries in self.entries.items():
            for entry in entries:
                for part, worth in self.parts_of(plain, entry.term, entry.language):
                    inside[entry.language, part].append((entry.term, worth))
        return inside

    def parts_of(self, plain: str, term: str, language: str) -> list[tuple[str, float]]:
        """Split a word, and its stem, against the words that occur alone: the longest at its end and its beginning."""
        found: dict[str, float] = {}
        for whole in (term, plain):
            lengths = range(len(whole) - SHORTEST_REST, SHORTEST_PART - 1, -1)
            head = next((known for n in lengths if (known := self.heads[language].get(whole[-n:]))), term)
            modifier = next((known for n in lengths if (known := self.modifiers[language].get(whole[:n]))), term)
            found |= {part: worth for part, worth in ((modifier, MODIFIER), (head, HEAD)) if part != term}
        return list(found.items())


def plain_word(word: str) -> str:
    return analyser.fold(word.replace("-", ""))


def version() -> Version:
    """One query."""
    found = SearchDocument.objects.aggregate(documents=Count("pk"), checksums=Sum("checksum"))
    return Version(found["documents"], found["checksums"] or 0)


@lru_cache(maxsize=2)
def vocabulary_of(version: Version) -> Vocabulary:
    """Read the vocabulary, once for each version of the index. One query then."""
    rows = SearchTerm.objects.order_by().values_list("language", "term", "word").distinct()
    return Vocabulary([Entry(*row) for row in rows])
