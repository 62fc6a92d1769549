"""The results as files for a spreadsheet: UTF-8 with a mark that says so, and semicolons, as Excel expects here."""

import csv
from collections.abc import Iterable

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from surveys.models import Survey, WrittenAnswer
from surveys.results import results

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would carry out instead of showing


def counts_file(survey: Survey) -> HttpResponse:
    head = (_("Question"), pgettext("of a survey", "Answer"), _("Number"), _("Share in per cent"), _("Answered"))
    rows = [
        (str(result.question), str(line.option), line.count, line.percent, result.answered)
        for result in results(survey)
        for line in result.lines
    ]
    return csv_file(f"{survey.slug}.csv", [head, *rows])


def written_answers_file(survey: Survey) -> HttpResponse:
    """Write what people have written, but for what is hidden."""
    written = WrittenAnswer.objects.filter(question__survey=survey, is_hidden=False).select_related("question")
    head = (_("Question"), _("Day"), pgettext("of a survey", "Answer"))
    rows = [(str(each.question), each.answered_on.isoformat(), each.text) for each in written]
    return csv_file(f"{survey.slug}-written.csv", [head, *rows])


def csv_file(name: str, rows: Iterable[Iterable[object]]) -> HttpResponse:
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response, delimiter=";", lineterminator="\r\n")
    writer.writerows([[harmless(cell) for cell in row] for row in rows])
    return response


def harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
