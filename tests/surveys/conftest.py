from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from hubs.models import Hub
from surveys.enums import Kind
from surveys.models import Question, Survey
from surveys.verbs import answer_survey, set_options
from tests import cast

AT = cast.TUESDAY


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


def make_survey(hub: Hub, slug: str = "house", **fields: Any) -> Survey:
    """Make a published survey without questions, open from yesterday for ten days."""
    defaults = {
        **cast.three_languages("title", "Huset", "Talo", "The house"),
        "opens_at": AT - timedelta(days=1),
        "closes_at": AT + timedelta(days=10),
        "is_published": True,
    }
    return Survey.objects.create(hub=hub, slug=slug, **{**defaults, **fields})


def ask(survey: Survey, kind: Kind, *options: str, **fields: Any) -> Question:
    """Add a question; its words are in Swedish, with the kind in English and Finnish."""
    texts = cast.three_languages("text", f"Fråga {kind}?", f"Kysymys {kind}?", f"Question {kind}?")
    question = Question.objects.create(survey=survey, kind=kind, order=survey.questions.count(), **{**texts, **fields})
    set_options(question=question, texts=[(option, option, option) for option in options])
    return question


def option(question: Question, number: int) -> int:
    """Return the id of the option at a place, counted from 1."""
    return question.options.get(order=number).pk


def answered(survey: Survey, answers: dict[int, Any], times: int = 1) -> None:
    for _ in range(times):
        key = f"key-of-a-form-{survey.responses.count():04}"
        answer_survey(survey=survey, answers=answers, key=key, language="sv", at=AT)


@pytest.fixture
def survey(kalajarvi: Hub) -> Survey:
    return make_survey(kalajarvi)


@pytest.fixture
def how_often(survey: Survey) -> Question:
    return ask(survey, Kind.CHOICE, "Often", "Seldom")


@pytest.fixture
def what_for(survey: Survey) -> Question:
    return ask(survey, Kind.SEVERAL, "Library", "Health", "Rooms")


@pytest.fixture
def how_easy(survey: Survey) -> Question:
    ends = cast.three_languages("low", "svårt", "vaikeaa", "hard") | cast.three_languages(
        "high", "lätt", "helppoa", "easy"
    )
    return ask(survey, Kind.SCALE, **ends)


@pytest.fixture
def missing(survey: Survey) -> Question:
    return ask(survey, Kind.TEXT)
