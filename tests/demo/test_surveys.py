"""The demo tells of a real survey what was published, and no more."""

from datetime import date

import pytest

from hubs.opening import HELSINKI
from servicetorg.demo import source
from surveys.models import Question, Response, Survey
from tests.cast import TUESDAY
from tests.pages.client import Fetch

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.usefixtures("demo")]
FOUND = source.surveys()["found"]


def test_the_survey_of_2021_is_there_with_its_source() -> None:
    survey = Survey.objects.with_results().get()
    days = [moment.astimezone(HELSINKI).date() for moment in (survey.opens_at, survey.closes_at)]

    assert (survey.hub.slug, survey.answered_elsewhere, survey.is_example) == ("kalajarvi", 125, True)
    assert days == [date(2021, 11, 1), date(2021, 11, 19)]
    assert survey.source == source.facts()["sources"][FOUND["source"]]["where"]
    assert list(survey.findings.values_list("share", "text_fi")) == [
        (finding["share_percent"], finding["text"]["fi"]) for finding in FOUND["findings"]
    ]


def test_no_answers_are_made_up() -> None:
    assert not Response.objects.exists()
    assert not Question.objects.filter(survey__source__gt="").exists()


def test_the_example_can_be_answered_and_asks_every_kind_of_question() -> None:
    survey = Survey.objects.open_at(TUESDAY).get()

    assert survey.is_example
    assert {question.kind for question in survey.questions.all()} == {"choice", "several", "scale", "text"}
    for row in [
        survey,
        *survey.questions.all(),
        *(each for one in survey.questions.all() for each in one.options.all()),
    ]:
        row.full_clean()


@pytest.mark.parametrize("path", ["surveys/example/", "surveys/2021/results/"])
def test_both_are_marked_as_examples(page: Fetch, path: str) -> None:
    assert "xample" in page(f"/en/hubs/kalajarvi/{path}").main
