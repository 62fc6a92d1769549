"""Which hubs, listings and rooms answer a question, the best first, and why."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from math import log
from typing import NamedTuple

from django.utils.translation import get_language

from hubs.models import Hub
from rooms.models import Room
from services.models import CARD, Listing
from servicetorg.models import Kind, SearchTerm
from servicetorg.search import analyser, index
from servicetorg.search.index import Address, Weight
from servicetorg.search.question import AS_WRITTEN, INFLECTED, WITHOUT_MARKS, How, Question, Unit, Way, understand
from servicetorg.search.thesaurus import thesaurus
from servicetorg.search.vocabulary import version, vocabulary_of

type Thing = Hub | Listing | Room

OTHER_LANGUAGE = 0.85
MORE_EVIDENCE = 0.1  # of what else of a document answers the same word
OF_KIND = {Kind.HUB: 1.15, Kind.LISTING: 1.0, Kind.ROOM: 0.9}  # a service before the room it has
A_PLACE = 0.5  # of what another word says
PLACE_NAME = Weight.BUILDING * OTHER_LANGUAGE * INFLECTED
OF_HUB = ("slug", "name", "summary", "timetable", "order")
OF_ROOM = ("hub", "slug", "name", "summary", "timetable", "order")
LEAST_SHARE = 0.35  # of the best score, where nothing answers the whole question


class Row(NamedTuple):
    kind: str
    key: int
    language: str
    term: str
    word: str
    weight: int


@dataclass(frozen=True, slots=True)
class Match:
    """What of a document answers a word of the question."""

    written: str  # in the question
    word: str  # in the document
    language: str
    how: How
    score: float

    def explains_better_than(self, other: "Match") -> bool:
        """What was typed itself explains a result better than what means the same, however well that is found."""
        return (self.how != How.SYNONYM, self.score) > (other.how != How.SYNONYM, other.score)


@dataclass(slots=True)
class Found:
    """A document, and for each word of the question (by its number) how well it answers, and what of it does best."""

    best: dict[int, float] = field(default_factory=dict)
    sums: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    matches: dict[int, Match] = field(default_factory=dict)
    terms: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # to mark, by language
    whole: float = 0

    def note(self, number: int, match: Match) -> None:
        self.best[number] = max(match.score, self.best.get(number, 0))
        self.sums[number] += match.score
        before = self.matches.get(number)
        if before is None or match.explains_better_than(before):
            self.matches[number] = match

    def score(self, number: int) -> float:
        return self.best[number] + MORE_EVIDENCE * (self.sums[number] - self.best[number])


@dataclass(frozen=True, slots=True)
class Hit:
    kind: Kind
    thing: Thing
    score: float
    matches: tuple[Match, ...]
    terms: dict[str, frozenset[str]]

    @property
    def hub(self) -> Hub:
        return self.thing if isinstance(self.thing, Hub) else self.thing.hub


@dataclass(frozen=True, slots=True)
class Answer:
    hits: list[Hit]
    guess: str = ""  # “did you mean”: the question with the probable words
    is_guessed: bool = False  # nothing answers what was typed; these answer the guess
    missed: tuple[str, ...] = ()  # words of the question that nothing answers, while others are answered


def search(query: str, kinds: Collection[Kind] = tuple(Kind), *, most: int = 0, unfinished: bool = False) -> Answer:
    """Return what answers the query, the best first. Six queries at most, whatever the number of rows.

    `most` limits how many are fetched; `unfinished` takes the last word for the beginning of one.
    One query more after a change of the index, whose words are then read anew.
    """
    state = version()
    if not state.documents and index.refresh():
        state = version()  # a site that has just been filled
    question = understand(query, vocabulary_of(state), thesaurus(), unfinished=unfinished)
    found = collect(question, rows_for(question, kinds))
    ranked = rank(question, found, state.documents)
    hits = list(fetch(ranked[:most] if most else ranked))
    known = [match for hit in hits for match in hit.matches if match.how != How.MISSPELT]
    answered = {match.written for _score, _address, each in ranked for match in each.matches.values()}
    return Answer(
        hits,
        question.guess,
        is_guessed=bool(question.guess) and not known,
        missed=tuple(unit.written for unit in question.units if hits and unit.written not in answered),
    )


def rows_for(question: Question, kinds: Collection[Kind]) -> Iterator[Row]:
    rows = SearchTerm.objects.filter(term__in=question.terms(), document__kind__in=kinds).order_by()
    fields = ("document__kind", "document__key", "language", "term", "word", "weight")
    return (Row(*row) for row in rows.values_list(*fields))


def collect(question: Question, rows: Iterable[Row]) -> dict[Address, Found]:
    """Note for each document how well it answers each word, and what of it does."""
    units_of: dict[tuple[str, str], list[tuple[int, Unit, Way]]] = defaultdict(list)
    for number, unit in enumerate(question.units):
        for key, way in unit.ways.items():
            units_of[key].append((number, unit, way))
    reader = get_language()
    found: dict[Address, Found] = defaultdict(Found)
    for row in rows:
        document = found[row.kind, row.key]
        own = 1 if row.language == reader else OTHER_LANGUAGE
        is_phrase = row.term.startswith("=")
        if is_phrase and (whole := question.whole.ways.get((row.language, row.term))):
            document.whole = max(document.whole, row.weight * whole.quality * own)
        for number, unit, way in units_of.get((row.language, row.term), ()):
            weight = min(row.weight, Weight.NAME)  # more than that is for the whole question
            score = weight * way.quality * own * closeness(unit, row.word, way)
            document.note(number, Match(unit.written, row.word, row.language, way.how, score))
            document.terms[row.language] |= words_of(row) if is_phrase else {row.term}
    return {address: document for address, document in found.items() if document.matches}


def words_of(row: Row) -> set[str]:
    return {analyser.term(word.plain, row.language) for word in analyser.content_words(row.word)}


def closeness(unit: Unit, word: str, way: Way) -> float:
    """Say how alike two words with the same stem are: written alike, but for the marks, or inflected."""
    if way.how != How.WORD:
        return INFLECTED
    written = word.casefold().replace("-", "")
    if written == unit.plain:
        return AS_WRITTEN
    return WITHOUT_MARKS if analyser.fold(written) == analyser.fold(unit.plain) else INFLECTED


def rank(question: Question, found: dict[Address, Found], documents: int) -> list[tuple[float, Address, Found]]:
    """Keep what answers every word that anything answers; where nothing does, what answers the most."""
    numbers = range(len(question.units))
    frequency = [sum(number in each.best for each in found.values()) for number in numbers]
    known = {number for number in numbers if frequency[number]}
    answers_all = {address: each for address, each in found.items() if known <= each.best.keys()}
    says = [log(1 + documents / count) if count else 0 for count in frequency]  # a rare word says more
    if not answers_all:
        places = {number for number in known if is_place(number, found)}
        # “tandläkare Mattby”, and there is none: rather the dentist elsewhere than what else is in Mattby.
        says = [each * A_PLACE if number in places and places != known else each for number, each in enumerate(says)]
    ranked = [
        (score(each, says) * OF_KIND[Kind(address[0])], address, each)
        for address, each in (answers_all or found).items()
    ]
    # Where nothing answers all of it, or nearly everything does (“servicetorg”, “Esbo”), keep what answers it well.
    if not answers_all or all(frequency[number] > max(documents / 2, 10) for number in known):
        best = max((score for score, _address, _each in ranked), default=0)
        ranked = [one for one in ranked if one[0] >= best * LEAST_SHARE]
    return sorted(ranked, key=lambda one: (-round(one[0], 2), one[1]))


def score(each: Found, says: list[float]) -> float:
    most = max(says) or 1
    return each.whole + sum(each.score(number) * says[number] / most for number in each.best)


def is_place(number: int, found: dict[Address, Found]) -> bool:
    """Say whether a word of the question is what a house, or where it stands, is called."""
    return any(kind == Kind.HUB and each.best.get(number, 0) >= PLACE_NAME for (kind, _key), each in found.items())


def fetch(ranked: list[tuple[float, Address, Found]]) -> Iterator[Hit]:
    """Fetch the things themselves. Three queries at most. What is published no more is left out.

    A common word finds hundreds of them, so each comes with no more than the results show, and a hub once.
    """
    wanted: dict[str, list[int]] = defaultdict(list)
    for _score, (kind, key), _found in ranked:
        wanted[kind].append(key)
    of_listings = Listing.objects.select_related("service__category").only(*CARD).order_by()
    listings = list(of_listings.filter(pk__in=wanted[Kind.LISTING], is_published=True))
    of_rooms = Room.objects.only(*OF_ROOM).order_by()
    rooms = list(of_rooms.filter(pk__in=wanted[Kind.ROOM], is_published=True))
    houses = {*wanted[Kind.HUB], *(each.hub_id for each in listings), *(each.hub_id for each in rooms)}
    hubs = Hub.objects.published().order_by().only(*OF_HUB).in_bulk(houses)
    things: dict[Address, Thing] = {(Kind.HUB, key): hub for key, hub in hubs.items()}
    for listing in listings:
        if hub := hubs.get(listing.hub_id):
            listing.hub = hub
            things[Kind.LISTING, listing.pk] = listing
    for room in rooms:
        if hub := hubs.get(room.hub_id):
            room.hub = hub
            things[Kind.ROOM, room.pk] = room
    hits = [
        Hit(
            Kind(address[0]),
            things[address],
            score,
            tuple(found.matches[number] for number in sorted(found.matches)),
            {language: frozenset(terms) for language, terms in found.terms.items()},
        )
        for score, address, found in ranked
        if address in things
    ]
    return iter(sorted(hits, key=lambda hit: (-round(hit.score, 2), hit.hub.order, hit.thing.order, hit.thing.slug)))
