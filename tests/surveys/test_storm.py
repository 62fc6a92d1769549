"""Several send the same form at once: it is counted once."""

from functools import partial

import pytest

from surveys.enums import Kind
from surveys.models import Choice, Response
from surveys.verbs import Answered, LockedError, answer_survey, set_options
from tests.cast import make_hub
from tests.rooms.test_storm import at_once
from tests.surveys.conftest import AT, ask, make_survey, option

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_button_pressed_eight_times_at_once_is_one_answer() -> None:
    survey = make_survey(make_hub())
    question = ask(survey, Kind.CHOICE, "Yes", "No")
    said = {"survey": survey, "answers": {question.pk: [option(question, 1)]}, "language": "sv", "at": AT}

    outcomes = at_once([partial(answer_survey, key="the-same-form-0001", **said) for _ in range(8)])

    assert all(isinstance(outcome, Answered) for outcome in outcomes), outcomes
    assert sum(outcome.is_new for outcome in outcomes) == 1
    assert (Response.objects.count(), Choice.objects.count()) == (1, 1)


def test_eight_people_at_once_are_eight_answers() -> None:
    survey = make_survey(make_hub())
    question = ask(survey, Kind.CHOICE, "Yes", "No")
    said = {"survey": survey, "answers": {question.pk: [option(question, 1)]}, "language": "sv", "at": AT}

    outcomes = at_once([partial(answer_survey, key=f"form-number-{n:04}", **said) for n in range(8)])

    assert all(isinstance(outcome, Answered) for outcome in outcomes), outcomes
    assert (Response.objects.count(), Choice.objects.count()) == (8, 8)


def test_an_option_is_taken_away_or_ticked_but_never_both() -> None:
    survey = make_survey(make_hub())
    question = ask(survey, Kind.CHOICE, "Yes", "No", "Perhaps")
    said = {"survey": survey, "answers": {question.pk: [option(question, 3)]}, "language": "sv", "at": AT}
    shorter = partial(set_options, question=question, texts=[("Yes", "", ""), ("No", "", "")])

    outcomes = at_once([shorter, *(partial(answer_survey, key=f"form-number-{n:04}", **said) for n in range(4))])

    assert outcomes[0] is None or isinstance(outcomes[0], LockedError)
    assert all(isinstance(outcome, Answered) for outcome in outcomes[1:]), outcomes
    was_taken_away = outcomes[0] is None
    assert (question.options.count(), Choice.objects.count()) == ((2, 0) if was_taken_away else (3, 4))
