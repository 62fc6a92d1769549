"""From what somebody typed to the terms to look for, and how well each of them answers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from servicetorg.search import analyser
from servicetorg.search.analyser import LANGUAGES, Word
from servicetorg.search.thesaurus import LONGEST, Thesaurus
from servicetorg.search.vocabulary import HEAD, Vocabulary

LONGEST_QUERY = 200  # characters that are read, of however many were sent
MOST_UNITS = 8

AS_WRITTEN, WITHOUT_MARKS, INFLECTED = 1.0, 0.97, 0.9
SAME_MEANING = 0.8
BEGINNING = 0.5
MISSPELT = {0: 0.8, 1: 0.7, 2: 0.55}  # by how many letters are wrong
SHORTEST_BEGINNING = 3
SHORTEST_SLIP = 4
FULL = 1.0


class How(StrEnum):
    WORD = "word"
    SYNONYM = "synonym"
    PART = "part"
    BEGINNING = "beginning"
    MISSPELT = "misspelt"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a document: how good it is, and how it was found."""

    quality: float
    how: How


@dataclass(slots=True)
class Unit:
    """A word of the question, or a phrase that the staff have grouped, with the terms to look for."""

    written: str
    plain: str
    ways: dict[tuple[str, str], Way] = field(default_factory=dict)  # by language and term
    guess: str = ""  # the word that was probably meant, where this one is known nowhere

    def add(self, language: str, term: str, quality: float, how: How) -> None:
        before = self.ways.get((language, term))
        if before is None or before.quality < quality:
            self.ways[language, term] = Way(quality, how)


@dataclass(frozen=True, slots=True)
class Question:
    units: list[Unit]
    whole: Unit  # all of it as one name

    def terms(self) -> set[str]:
        return {term for unit in [*self.units, self.whole] for _language, term in unit.ways}

    @property
    def guess(self) -> str:
        """The question with the probable words in place of those that are known nowhere; empty if all are known."""
        if not any(unit.guess for unit in self.units):
            return ""
        return " ".join(unit.guess or unit.written for unit in self.units)


def understand(query: str, vocabulary: Vocabulary, thesaurus: Thesaurus, *, unfinished: bool = False) -> Question:
    """Read a query. Where it is `unfinished`, its last word may be the beginning of one."""
    words = analyser.content_words(analyser.number(query[:LONGEST_QUERY]) or query[:LONGEST_QUERY])
    asked = [word for word in words if not analyser.is_aside(word.plain)] or words
    reader = Reader(vocabulary, thesaurus)
    units = [reader.unit(part) for part in reader.cut(asked[:MOST_UNITS])]
    if unfinished and units:
        reader.add_beginnings(units[-1])
    question = Question(units, reader.whole(query[:LONGEST_QUERY], asked))
    if question.guess and len(units) > 1:
        meant = reader.whole(question.guess, analyser.content_words(question.guess))
        for (language, term), way in meant.ways.items():
            question.whole.add(language, term, way.quality * MISSPELT[1], How.MISSPELT)
    return question


@dataclass(frozen=True, slots=True)
class Reader:
    vocabulary: Vocabulary
    thesaurus: Thesaurus

    def cut(self, words: list[Word]) -> Iterable[list[Word]]:
        """Cut a question into words, and phrases that have synonyms: “suun terveydenhuolto” stays together."""
        start = 0
        while start < len(words):
            lengths = range(min(LONGEST, len(words) - start), 1, -1)
            length = next((n for n in lengths if self.thesaurus.synonyms(words[start : start + n])), 1)
            yield words[start : start + length]
            start += length

    def unit(self, words: list[Word]) -> Unit:
        unit = Unit(" ".join(word.written for word in words), " ".join(word.plain for word in words))
        if len(words) > 1:
            for language in LANGUAGES:
                unit.add(language, f"={' '.join(analyser.term(word.plain, language) for word in words)}", 1, How.WORD)
            self.add_synonyms(unit, words)
            return unit
        self.add_word(unit, words[0])
        if not self.is_known(unit):
            self.add_what_it_may_be(unit, words[0])
        return unit

    def whole(self, query: str, asked: list[Word]) -> Unit:
        """Return the question as one name, with and without what was asked beside it."""
        unit = Unit(query, query)
        for language in LANGUAGES:
            unit.add(language, analyser.phrase(query, language), FULL, How.WORD)
            unit.add(
                language, f"={' '.join(analyser.term(word.plain, language) for word in asked)}"[:100], FULL, How.WORD
            )
        for synonym in self.thesaurus.synonyms(asked):
            unit.add(synonym.language, f"={synonym.key.removeprefix('=')}", SAME_MEANING, How.SYNONYM)
        return unit

    def add_word(self, unit: Unit, word: Word, worth: float = FULL, how: How = How.WORD) -> None:
        for language in LANGUAGES:
            term = analyser.term(word.plain, language)
            unit.add(language, term, worth, how)
            for compound, part in self.vocabulary.compounds.get((language, term), ()):
                unit.add(language, compound, worth * part, how if how != How.WORD else How.PART)
        self.add_synonyms(unit, [word], worth, how)

    def add_synonyms(self, unit: Unit, words: list[Word], worth: float = FULL, how: How = How.WORD) -> None:
        for synonym in self.thesaurus.synonyms(words):
            way = How.SYNONYM if how == How.WORD else how
            unit.add(synonym.language, synonym.key, worth * SAME_MEANING, way)

    def is_known(self, unit: Unit) -> bool:
        return any(
            term in self.vocabulary.terms[language] or term.startswith("=")
            for (language, term), way in unit.ways.items()
            if way.how in (How.WORD, How.SYNONYM)
        )

    def add_what_it_may_be(self, unit: Unit, word: Word) -> None:
        """Take a word that is known nowhere for a compound, for the beginning of a word, or for a slip."""
        for part in word.parts:
            for language in LANGUAGES:
                unit.add(language, analyser.term(part, language), BEGINNING, How.PART)
        for language in LANGUAGES:
            parts = self.vocabulary.parts_of(analyser.fold(word.plain), analyser.term(word.plain, language), language)
            longest = max((len(part) for part, _worth in parts), default=0)
            for part, worth in parts:  # who asks for an unknown compound tells the most by its longest part
                unit.add(language, part, (HEAD if len(part) == longest else worth) * INFLECTED, How.PART)
        self.add_beginnings(unit)
        self.add_slips(unit, word)

    def add_beginnings(self, unit: Unit) -> None:
        start = analyser.fold(unit.plain)
        if len(start) < SHORTEST_BEGINNING:
            return
        for entry in self.vocabulary.starting_with(start):
            share = len(start) / max(len(analyser.fold(entry.word)), 1)
            unit.add(entry.language, entry.term, BEGINNING + share * (INFLECTED - BEGINNING), How.BEGINNING)

    def add_slips(self, unit: Unit, word: Word) -> None:
        plain = analyser.fold(word.plain)
        known = self.vocabulary.near(plain, most=most_slips(plain), also=self.thesaurus.spellings)
        near = [(meant, distance) for meant, distance in known if may_be_a_slip(plain, meant)]
        for meant, distance in near:
            for meant_word in analyser.words(meant):
                self.add_word(unit, meant_word, MISSPELT[distance], How.MISSPELT)
        if near:
            meant = near[0][0]
            unit.guess = self.thesaurus.spellings.get(meant) or self.vocabulary.spelling(meant)


def most_slips(word: str) -> int:
    """Return how many letters may be wrong: none in a short word, where it would be another word."""
    return 0 if len(word) < SHORTEST_SLIP or word.isdigit() else 1 if len(word) < 8 else 2


def may_be_a_slip(word: str, meant: str) -> bool:
    """In a word of four letters another letter makes another word: “tolk” and “talk”. “fppa” is still a slip."""
    return len(word) > SHORTEST_SLIP or len(word) != len(meant) or sorted(word) == sorted(meant)
