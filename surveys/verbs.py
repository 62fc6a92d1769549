"""What happens to a survey: it is answered, its results are published, what was written is forgotten."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from surveys.enums import Kind, Stage
from surveys.models import Choice, Option, Question, Response, Survey, WrittenAnswer, scale_options

type Answers = Mapping[int, list[int] | str]  # by the question's id: the ids of options, or words

LANGUAGES = ("sv", "fi", "en")


class ClosedError(Exception):
    """The survey cannot be answered at this moment."""


class NothingToSayError(Exception):
    """Results are not published without what the city will do about them."""


class StillOpenError(Exception):
    """Results are not published while they could still sway who answers."""


class LockedError(Exception):
    """Somebody has answered: questions and answers to choose keep their number and kind."""


@dataclass(frozen=True, slots=True)
class Answered:
    response: Response
    is_new: bool


@transaction.atomic
def answer_survey(*, survey: Survey, answers: Answers, key: str, language: str, at: datetime) -> Answered:
    """Count one set of answers, and the same form only once. Raises ClosedError.

    The lock on the survey keeps the staff from changing questions meanwhile, and lets two presses
    of the same button come one after the other.
    """
    mine = Survey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
    if not mine.is_published or mine.stage_at(at) != Stage.OPEN:
        raise ClosedError
    if (same := mine.responses.filter(key=key).first()) is not None:
        return Answered(same, is_new=False)
    today = timezone.localdate(at)
    response = Response.objects.create(survey=mine, key=key, language=language, answered_on=today)
    questions = {question.pk: question for question in mine.questions.all()}
    ticked = [option for answer in answers.values() if not isinstance(answer, str) for option in answer]
    options = Option.objects.filter(pk__in=ticked, question__in=questions)
    Choice.objects.bulk_create([Choice(response=response, option=option) for option in options])
    WrittenAnswer.objects.bulk_create(
        [
            WrittenAnswer(question=questions[number], text=answer, answered_on=today)
            for number, answer in answers.items()
            if isinstance(answer, str) and answer and number in questions
        ]
    )
    return Answered(response, is_new=True)


@transaction.atomic
def publish_results(*, survey: Survey, at: datetime) -> Survey:
    """Show the results to everybody. Raises StillOpenError and NothingToSayError."""
    mine = Survey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
    if mine.stage_at(at) != Stage.CLOSED:
        raise StillOpenError
    if not mine.says_what_is_done:
        raise NothingToSayError
    if mine.results_published_at is None:
        mine.results_published_at = at
        mine.is_published = True
        mine.save(update_fields=["results_published_at", "is_published"])
    return mine


def withdraw_results(*, survey: Survey) -> None:
    """Take the results off the site again, to correct what is said about them."""
    Survey.objects.filter(pk=survey.pk).update(results_published_at=None)


@transaction.atomic
def set_options(*, question: Question, texts: Iterable[tuple[str, str, str]]) -> None:
    """Give a question its answers to choose, in Swedish, Finnish and English, in this order.

    An option keeps its identity by its place. Raises LockedError where somebody has answered and
    options would come, go or change places; wording can still be corrected.
    """
    survey = Survey.objects.select_for_update(of=("self",)).get(pk=question.survey_id)
    present = list(question.options.order_by("order"))
    wanted = scale_options(question) if question.kind == Kind.SCALE else written_options(question, texts)
    if changes_meaning(written(present), written(wanted)) and survey.has_answers:
        raise LockedError
    for old, new in zip(present, wanted, strict=False):
        for language in LANGUAGES:
            setattr(old, f"text_{language}", getattr(new, f"text_{language}"))
        old.order = new.order
        old.save()
    Option.objects.filter(pk__in=[old.pk for old in present[len(wanted) :]]).delete()
    for new in wanted[len(present) :]:
        new.save()


def written(options: Iterable[Option]) -> list[str]:
    """Return each option in the first language in which it is written."""
    return [
        next(filter(None, (getattr(option, f"text_{language}") for language in LANGUAGES)), "") for option in options
    ]


def changes_meaning(before: Sequence[str], after: Sequence[str]) -> bool:
    """Say whether options come, go or change places; where only the words of some differ, they are corrected."""
    if len(before) != len(after):
        return True
    return any(new in before and new != old for old, new in zip(before, after, strict=True))


def written_options(question: Question, texts: Iterable[tuple[str, str, str]]) -> list[Option]:
    if question.kind == Kind.TEXT:
        return []
    return [
        Option(
            question=question,
            order=order,
            **{f"text_{language}": text for language, text in zip(LANGUAGES, words, strict=True)},
        )
        for order, words in enumerate(texts, start=1)
    ]


def forget_written_answers(*, at: datetime) -> int:
    """Delete what was written in surveys that closed long ago. Return how much. The counts stay."""
    return WrittenAnswer.objects.due_at(at).delete()[0]
