"""What came out of a survey, as plain values in words: pages, the admin and the file show the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count
from django.utils.formats import number_format
from django.utils.translation import pgettext

from surveys.enums import SCALE, Kind
from surveys.models import Choice, Option, Question, Survey, WrittenAnswer

FEWEST = 5  # of fewer answers one could guess whose they are


@dataclass(frozen=True, slots=True)
class Line:
    """An answer to choose: how many have, and which share that is of all who answered the question."""

    option: Option
    count: int
    percent: int
    width: str  # of the bar, in per cent, with a decimal point in every language

    @property
    def share(self) -> str:
        return share_words(self.percent)


@dataclass(frozen=True, slots=True)
class QuestionResult:
    question: Question
    answered: int
    lines: tuple[Line, ...]
    mean: str = ""  # of a scale, with one decimal

    @property
    def is_too_few(self) -> bool:
        return self.answered < FEWEST

    @property
    def is_text(self) -> bool:
        return self.question.kind == Kind.TEXT

    @property
    def is_scale(self) -> bool:
        return self.question.kind == Kind.SCALE

    @property
    def is_several(self) -> bool:
        return self.question.kind == Kind.SEVERAL


def number_of_answers(survey: Survey) -> int:
    """Return how many have answered, here and elsewhere. One query."""
    return survey.responses.count() + (survey.answered_elsewhere or 0)


def results(survey: Survey) -> list[QuestionResult]:
    """Return the result of each question of a survey loaded `for_page()`. Three queries."""
    ticked = dict(
        Choice.objects.filter(option__question__survey=survey).values_list("option").annotate(Count("pk")).order_by()
    )
    people = dict(
        Choice.objects.filter(option__question__survey=survey)
        .values_list("option__question")
        .annotate(Count("response", distinct=True))
        .order_by()
    )
    written = dict(
        WrittenAnswer.objects.filter(question__survey=survey).values_list("question").annotate(Count("pk")).order_by()
    )
    return [
        result(question, ticked, (written if question.kind == Kind.TEXT else people).get(question.pk, 0))
        for question in survey.questions.all()
    ]


def result(question: Question, ticked: Mapping[int, int], answered: int) -> QuestionResult:
    options = [] if question.kind == Kind.TEXT else list(question.options.all())
    lines = tuple(line(option, ticked.get(option.pk, 0), answered) for option in options)
    return QuestionResult(question, answered, lines, mean_words(lines) if question.kind == Kind.SCALE else "")


def line(option: Option, count: int, answered: int) -> Line:
    share = Decimal(100 * count) / answered if answered else Decimal(0)
    return Line(option, count, int(share.quantize(Decimal(1), ROUND_HALF_UP)), f"{share:.2f}")


def mean_words(lines: tuple[Line, ...]) -> str:
    """Return the mean of a scale with one decimal, in the reader's custom; nothing where nobody has answered."""
    total = sum(line.count for line in lines)
    if not total:
        return ""
    mean = Decimal(sum(value * line.count for value, line in zip(SCALE, lines, strict=True))) / total
    return number_format(mean.quantize(Decimal("0.1"), ROUND_HALF_UP), 1)


def share_words(percent: int) -> str:
    # Translators: Swedish and Finnish have a no-break space before the sign.
    return pgettext("share", "%(number)s%%") % {"number": percent}
