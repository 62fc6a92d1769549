"""What a page of results shows: hits with their hours, narrowed by what was chosen, with why they match."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.utils.text import capfirst
from django.utils.translation import get_language

from hubs.models import Hub
from hubs.models.timetable import load_schedules
from hubs.opening import Schedule
from hubs.wording import day_medium, day_words
from services.models import Category, Listing
from servicetorg.models import Kind
from servicetorg.search import analyser
from servicetorg.search.find import Hit, Match
from servicetorg.search.question import How
from servicetorg.templatetags.portal import find_text

SHOWN_FIELDS = ("name", "summary")
MOST_REASONS = 2


@dataclass(frozen=True)
class Result:
    hit: Hit
    schedule: Schedule
    at: datetime
    day: date | None = None  # that the question names

    @property
    def day_name(self) -> str:
        return capfirst(day_medium(self.day)) if self.day else ""

    @property
    def hours_of_day(self) -> str:
        return day_words(self.schedule.day(self.day)) if self.day else ""

    @cached_property
    def is_open(self) -> bool:
        return self.schedule.is_open_at(self.at)

    @property
    def category(self) -> Category | None:
        return self.hit.thing.service.category if isinstance(self.hit.thing, Listing) else None

    @property
    def shows_hours(self) -> bool:
        """That a room is open does not say that it is free."""
        return self.hit.kind != Kind.ROOM

    @property
    def languages(self) -> list[str]:
        return self.hit.thing.languages if isinstance(self.hit.thing, Listing) else []

    @cached_property
    def reasons(self) -> list["Reason"]:
        """Tell why it matches, where the name and summary that are shown do not tell it themselves."""
        shown = {
            (found.language, word.plain)
            for found in (find_text(self.hit.thing, field) for field in SHOWN_FIELDS)
            for text, is_marked in analyser.pieces(
                found.text, found.language, self.hit.terms.get(found.language, NOTHING)
            )
            if is_marked
            for word in analyser.words(text)
        }
        terms = {(language, analyser.term(word, language)) for language, word in shown}
        hidden = [match for match in self.hit.matches if match.how == How.SYNONYM or not terms_of(match) & terms]
        return list(dict.fromkeys(Reason.of(match) for match in hidden))[:MOST_REASONS]


NOTHING: frozenset[str] = frozenset()


def terms_of(match: Match) -> set[tuple[str, str]]:
    return {(match.language, analyser.term(word.plain, match.language)) for word in analyser.words(match.word)}


@dataclass(frozen=True)
class Reason:
    written: str  # what was asked for
    word: str  # what was found
    language: str
    is_synonym: bool

    @classmethod
    def of(cls, match: Match) -> "Reason":
        return cls(match.written, match.word, match.language, match.how == How.SYNONYM)

    @property
    def is_own_language(self) -> bool:
        return self.language == get_language()


@dataclass(frozen=True)
class Wishes:
    """What the results are narrowed to; an empty text wishes nothing."""

    hub: str = ""
    category: str = ""
    language: str = ""
    is_open: bool = False

    def tests(self) -> dict[str, Callable[[Result], bool]]:
        return {
            "hub": lambda result: not self.hub or result.hit.hub.slug == self.hub,
            "category": lambda result: not self.category or slug_of(result.category) == self.category,
            "language": lambda result: not self.language or self.language in result.languages,
            "open": lambda result: not self.is_open or result.is_open,
        }


def with_hours(hits: Iterable[Hit], at: datetime, day: date | None = None) -> list[Result]:
    """Give the hits their hours. Four queries."""
    hits = list(hits)
    schedules = load_schedules(hit.thing.timetable_id for hit in hits)
    return [Result(hit, schedules[hit.thing.timetable_id], at, day) for hit in hits]


def narrowed(results: Iterable[Result], wishes: Wishes) -> list[Result]:
    tests = wishes.tests().values()
    return [result for result in results if all(test(result) for test in tests)]


def counts(results: Iterable[Result], wishes: Wishes) -> dict[str, Counter[str]]:
    """Count for each choice how many results it would leave, with the other choices as they are."""
    counted: dict[str, Counter[str]] = {
        "hub": Counter(),
        "category": Counter(),
        "language": Counter(),
        "open": Counter(),
    }
    tests = wishes.tests()
    for result in results:
        failed = {name for name, test in tests.items() if not test(result)}
        for name, counter in counted.items():
            if failed <= {name}:
                counter.update(values(result, name))
    return counted


def values(result: Result, name: str) -> list[str]:
    if name == "hub":
        return [result.hit.hub.slug]
    if name == "category":
        return [slug_of(result.category)]
    if name == "language":
        return result.languages
    return ["now"] if result.is_open else []


def choices(results: Iterable[Result], wishes: Wishes) -> dict[str, list[tuple[str, object]]]:
    """Return the hubs and categories that there are among the results, and what is chosen; queries where it is not."""
    results = list(results)
    hubs = {result.hit.hub.slug: result.hit.hub for result in results}
    categories = {category.slug: category for result in results if (category := result.category)}
    if wishes.hub and wishes.hub not in hubs:
        hubs |= {hub.slug: hub for hub in Hub.objects.published().filter(slug=wishes.hub)}
    if wishes.category and wishes.category not in categories:
        categories |= {category.slug: category for category in Category.objects.filter(slug=wishes.category)}
    return {
        "hub": [(hub.slug, hub.name) for hub in sorted(hubs.values(), key=lambda hub: (hub.order, hub.slug))],
        "category": [
            (each.slug, each.name) for each in sorted(categories.values(), key=lambda each: (each.order, each.slug))
        ],
    }


def slug_of(category: Category | None) -> str:
    return category.slug if category else ""
