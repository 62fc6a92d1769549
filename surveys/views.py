"""Answering a survey, without an account, and what came out of it."""

from datetime import datetime
from typing import Any

from allauth.core.internal import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import roles
from surveys.device import has_answered, remember_answer
from surveys.enums import Stage
from surveys.forms import AnswerForm
from surveys.models import Survey
from surveys.results import number_of_answers, share_words
from surveys.results import results as results_of
from surveys.verbs import ClosedError, answer_survey
from surveys.wording import answer_by, asked_words, opens_on

# A school class, or a room full of people, answers over one address.
ANSWERS = {"answer": "60/h/ip"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, hub: str, survey: str) -> HttpResponse:
    at = timezone.now()
    here = get_object_or_404(Survey.objects.for_page(), hub__slug=hub, slug=survey)
    if "preview" in request.GET or not here.is_shown:
        return preview(request, here)
    stage = here.stage_at(at)
    if request.method == "POST":
        return answer(request, here, at) if stage == Stage.OPEN else too_late(request, here, stage)
    if stage == Stage.CLOSED and here.has_results:
        return redirect(here.get_results_url())
    has_cookie = has_answered(request, here)
    if has_cookie or ("answered" in request.GET and stage == Stage.OPEN):
        return show(request, "surveys/thanks.html", here, stage=stage, has_cookie=has_cookie)
    if stage != Stage.OPEN:
        return show(request, "surveys/not_open.html", here, stage=stage)
    return show(request, "surveys/survey.html", here, form=AnswerForm(survey=here))


def answer(request: HttpRequest, survey: Survey, at: datetime) -> HttpResponse:
    """Count what was sent, once a form and once a device, and show the page that says so."""
    form = AnswerForm(request.POST, survey=survey)
    answered = redirect(f"{survey.get_absolute_url()}?answered=")
    if has_answered(request, survey):
        return answered
    if not form.is_valid():
        return show(request, "surveys/survey.html", survey, form=form)
    if not ratelimit.consume(request, app="surveys", action="answer", config=ANSWERS):
        return ratelimit.respond_429(request)
    language = get_language() or "sv"
    try:
        answer_survey(survey=survey, answers=form.answers, key=form.form_key, language=language, at=at)
    except ClosedError:
        return too_late(request, survey, Stage.CLOSED)
    remember_answer(answered, survey, at)
    return answered


def too_late(request: HttpRequest, survey: Survey, stage: Stage) -> HttpResponse:
    return show(request, "surveys/not_open.html", survey, stage=stage, was_sent=True, status=410)


def preview(request: HttpRequest, survey: Survey) -> HttpResponse:
    """Show the staff the form as residents will see it. It can be tried: what is filled in is judged, and not kept."""
    only_for_staff(request, survey)
    form = AnswerForm(request.POST if request.method == "POST" else None, survey=survey)
    was_tried = request.method == "POST" and form.is_valid()
    return show(request, "surveys/survey.html", survey, form=form, is_preview=True, was_tried=was_tried)


@require_safe
def results(request: HttpRequest, hub: str, survey: str) -> HttpResponse:
    """Show what came out; before it is published to the staff only, and others learn when it comes."""
    here = get_object_or_404(Survey.objects.for_page(), hub__slug=hub, slug=survey)
    if not (here.is_shown and here.has_results):
        if here.is_shown and not edits(request, here):
            return redirect(here.get_absolute_url())
        only_for_staff(request, here)
    return show(request, "surveys/results.html", here, **results_context(here), is_preview=not here.has_results)


def results_context(survey: Survey) -> dict[str, Any]:
    """Return what came out, in words. Five queries."""
    findings = list(survey.findings.all())
    number = number_of_answers(survey)
    return {
        "asked_words": asked_words(survey, number),
        "results": results_of(survey) if number else [],
        "findings": [
            (finding, share_words(finding.share), str(finding.share))
            if finding.share is not None
            else (finding, "", "")
            for finding in findings
        ],
    }


def edits(request: HttpRequest, survey: Survey) -> bool:
    return request.user.is_authenticated and roles.edits_hub(request.user, survey.hub)


def only_for_staff(request: HttpRequest, survey: Survey) -> None:
    """Raise Http404 for whoever does not edit the hub: what is not published is not there."""
    if not edits(request, survey):
        raise Http404


def show(request: HttpRequest, template: str, survey: Survey, *, status: int = 200, **context: object) -> HttpResponse:
    words = {"answer_by": answer_by(survey), "opens_on": opens_on(survey)}
    return render(request, template, {"survey": survey, "hub": survey.hub, **words, **context}, status=status)
