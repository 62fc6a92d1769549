from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import RestrictedError
from pytest_django import Settings

from hubs.models import Hub
from surveys.enums import Kind
from surveys.models import Choice, Finding, Option, Question, Response, Survey, WrittenAnswer
from surveys.verbs import (
    ClosedError,
    LockedError,
    NothingToSayError,
    StillOpenError,
    answer_survey,
    forget_written_answers,
    publish_results,
    set_options,
)
from tests.surveys.conftest import AT, answered, ask, make_survey, option

pytestmark = pytest.mark.django_db
KEY = "a-key-of-a-form-1"


def test_an_answer_is_kept_without_a_person_and_without_the_time(
    survey: Survey, how_often: Question, missing: Question
) -> None:
    answer_survey(
        survey=survey,
        answers={how_often.pk: [option(how_often, 2)], missing.pk: "A piano"},
        key=KEY,
        language="fi",
        at=AT,
    )

    (response,) = Response.objects.values()
    assert response == {
        "id": response["id"], "survey_id": survey.pk, "key": KEY, "language": "fi", "answered_on": AT.date(),
    }  # fmt: skip
    assert Choice.objects.get().option.text == "Seldom"
    (written,) = WrittenAnswer.objects.values()
    assert (written["text"], written["answered_on"]) == ("A piano", AT.date())
    assert not any(field.related_model is Response for field in WrittenAnswer._meta.fields)


def test_the_same_form_is_counted_once(survey: Survey, how_often: Question) -> None:
    first, second = (
        answer_survey(survey=survey, answers={how_often.pk: [option(how_often, n)]}, key=KEY, language="sv", at=AT)
        for n in (1, 2)
    )

    assert (first.is_new, second.is_new) == (True, False)
    assert first.response == second.response
    assert [choice.option.text for choice in Choice.objects.all()] == ["Often"]


def test_the_database_refuses_the_same_form_twice(survey: Survey) -> None:
    said = {"survey": survey, "key": KEY, "language": "sv", "answered_on": AT.date()}
    Response.objects.create(**said)
    with pytest.raises(IntegrityError, match=r"survey_form_is_counted_once|\.key"), transaction.atomic():
        Response.objects.create(**said)


@pytest.mark.parametrize(
    "changes",
    [
        {"closes_at": AT},
        {"opens_at": AT + timedelta(minutes=1)},
        {"is_published": False},
    ],
    ids=["ends now", "begins in a minute", "not published"],
)
def test_a_survey_that_is_not_open_takes_no_answer(kalajarvi: Hub, changes: dict[str, object]) -> None:
    survey = make_survey(kalajarvi, **changes)
    with pytest.raises(ClosedError):
        answer_survey(survey=survey, answers={}, key=KEY, language="sv", at=AT)
    assert not Response.objects.exists()


def test_options_of_another_survey_are_not_counted(kalajarvi: Hub, survey: Survey, how_often: Question) -> None:
    other = ask(make_survey(kalajarvi, "other"), Kind.CHOICE, "Yes", "No")

    answered(survey, {how_often.pk: [option(other, 1)], other.pk: "words"})

    assert not Choice.objects.exists()
    assert not WrittenAnswer.objects.exists()


# --- Questions ---------------------------------------------------------------------------------------


def test_a_scale_has_five_options(how_easy: Question) -> None:
    assert list(how_easy.options.values_list("order", flat=True)) == [1, 2, 3, 4, 5]


def test_a_corrected_word_stays_the_same_option(survey: Survey, how_often: Question) -> None:
    answered(survey, {how_often.pk: [option(how_often, 1)]})

    set_options(question=how_often, texts=[("Ofta", "Usein", "Frequently"), ("Sällan", "", "Seldom")])

    assert Choice.objects.get().option.text_en == "Frequently"


@pytest.mark.parametrize(
    "words",
    [["Often"], ["Often", "Seldom", "Never"], ["Seldom", "Often"], ["Never", "Often"]],
    ids=["one less", "one more", "changed places", "moved down"],
)
def test_options_keep_their_meaning_once_somebody_has_answered(
    survey: Survey, how_often: Question, words: list[str]
) -> None:
    answered(survey, {how_often.pk: [option(how_often, 1)]})

    with pytest.raises(LockedError):
        set_options(question=how_often, texts=[(word, "", "") for word in words])
    assert list(how_often.options.values_list("text_sv", flat=True)) == ["Often", "Seldom"]


def test_before_that_they_come_and_go(how_often: Question) -> None:
    set_options(question=how_often, texts=[("A", "", ""), ("B", "", ""), ("C", "", "")])
    set_options(question=how_often, texts=[("B", "", ""), ("C", "", "")])
    assert list(how_often.options.values_list("text_sv", "order")) == [("B", 1), ("C", 2)]


def test_the_database_keeps_an_option_that_somebody_has_ticked(survey: Survey, how_often: Question) -> None:
    answered(survey, {how_often.pk: [option(how_often, 1)]})

    with pytest.raises(RestrictedError):
        Option.objects.filter(question=how_often).delete()


def test_a_whole_survey_goes_with_its_answers(survey: Survey, how_often: Question, missing: Question) -> None:
    answered(survey, {how_often.pk: [option(how_often, 1)], missing.pk: "words"})

    survey.delete()

    assert not any(model.objects.exists() for model in (Survey, Question, Option, Response, Choice, WrittenAnswer))


# --- Results -----------------------------------------------------------------------------------------


def test_results_are_published_with_what_the_city_will_do(survey: Survey) -> None:
    survey.what_we_do_fi, survey.is_published = "Hankimme pianon.", False
    survey.save()

    told = publish_results(survey=survey, at=survey.closes_at)

    assert (told.results_published_at, told.is_published) == (survey.closes_at, True)


def test_results_are_not_published_without_it(survey: Survey) -> None:
    with pytest.raises(NothingToSayError):
        publish_results(survey=survey, at=survey.closes_at)


def test_results_are_not_published_while_they_could_sway_others(survey: Survey) -> None:
    survey.what_we_do_sv = "Vi köper ett piano."
    survey.save()
    with pytest.raises(StillOpenError):
        publish_results(survey=survey, at=AT)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"closes_at": AT - timedelta(days=1)}, "survey_closes_after_it_opens"),
        ({"results_published_at": AT}, "survey_results_come_after_it_closes"),
    ],
)
def test_the_database_refuses(kalajarvi: Hub, changes: dict[str, object], name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make_survey(kalajarvi, **changes)


def test_a_finding_has_at_most_a_hundred_per_cent(survey: Survey) -> None:
    with pytest.raises(IntegrityError, match="finding_share"), transaction.atomic():
        Finding.objects.create(survey=survey, share=101, text_sv="x")


# --- Forgetting --------------------------------------------------------------------------------------


def test_what_was_written_is_forgotten_in_time_and_the_counts_stay(
    survey: Survey, how_often: Question, missing: Question, settings: Settings
) -> None:
    settings.SURVEY_TEXT_DAYS = 30
    answered(survey, {how_often.pk: [option(how_often, 1)], missing.pk: "A piano"})
    due = survey.closes_at + timedelta(days=30)

    assert forget_written_answers(at=due - timedelta(seconds=1)) == 0
    assert forget_written_answers(at=due) == 1
    assert (WrittenAnswer.objects.count(), Choice.objects.count()) == (0, 1)
