"""“This is wrong”: whoever sees a mistake tells it, without an account, and sees what became of it."""

from datetime import datetime

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hubs.models import Hub
from rooms.models import Room
from rooms.views.links import opened_by
from rooms.views.missing import Missing
from services.models import Listing
from servicetorg.reports.forms import AnswerReportForm, ReportForm
from servicetorg.reports.links import AnswerLink, read_answer_link
from servicetorg.reports.mails import change_address
from servicetorg.reports.models import Report, ReportState, Thing, What
from servicetorg.reports.verbs import AnsweredError, answer_report, may_answer, report_mistake
from servicetorg.reports.wording import made_words, outcome_words

REPORTS = {"report": "10/h/ip"}

form_page = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@form_page
def report_hub(request: HttpRequest, hub: str) -> HttpResponse:
    return report_about(request, get_object_or_404(Hub.objects.published(), slug=hub))


@never_cache
@form_page
def report_listing(request: HttpRequest, hub: str, listing: str) -> HttpResponse:
    return report_about(request, get_object_or_404(Listing.objects.for_list(), hub__slug=hub, slug=listing))


@never_cache
@form_page
def report_room(request: HttpRequest, hub: str, room: str) -> HttpResponse:
    rooms = Room.objects.published().select_related("hub")
    return report_about(request, get_object_or_404(rooms, hub__slug=hub, slug=room))


def report_about(request: HttpRequest, about: Thing) -> HttpResponse:
    form = ReportForm(request.POST if request.method == "POST" else None, about=about)
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, app="servicetorg", action="report", config=REPORTS):
            return ratelimit.respond_429(request)
        report = report_mistake(
            about=about,
            what=What(form.cleaned_data["what"]),
            text=form.cleaned_data["text"],
            email=form.cleaned_data["email"],
            language=get_language() or "sv",
            at=timezone.now(),
        )
        return redirect(f"{report.get_absolute_url()}?new=")
    hub = about if isinstance(about, Hub) else about.hub
    return render(request, "reports/new.html", {"form": form, "about": about, "hub": hub})


@never_cache
@require_safe
def report(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what became of a report to whoever has its address, which nobody can guess."""
    shown = Report.objects.for_list().filter(reference=reference).first()
    if shown is None:
        raise Missing(_("There is no such report. It is deleted after a while, when it has been answered."))
    return show(request, "reports/report.html", shown, is_new="new" in request.GET and shown.is_waiting)


@opened_by(read_answer_link)
def answer_report_by_link(request: HttpRequest, link: AnswerLink, at: datetime) -> HttpResponse:
    """Answer in the name of whom the mail went to."""
    report, editor = link.report, link.editor
    if editor is not None and not may_answer(editor, report):
        raise Missing(_("This link belonged to somebody who no longer looks after the page."))
    if "done" in request.GET and not report.is_waiting:
        return show(request, "reports/answered.html", report)
    if not report.can_be_answered_by_link_at(at):
        return show(request, "reports/link_gone.html", report, status=410)
    form = AnswerReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        state, answer = ReportState(form.cleaned_data["state"]), form.cleaned_data["answer"]
        try:
            answer_report(report=report, state=state, answer=answer, actor=editor, at=at)
        except AnsweredError:
            report = Report.objects.for_list().get(pk=report.pk)
            return show(request, "reports/link_gone.html", report, status=410)
        return redirect(f"{request.path}?done=")
    change_url = change_address(report)
    return show(request, "reports/answer.html", report, form=form, editor=editor, change_url=change_url)


def show(request: HttpRequest, template: str, report: Report, *, status: int = 200, **more: object) -> HttpResponse:
    context = {
        "report": report,
        "about": report.about,
        "made": made_words(report),
        "outcome": outcome_words(report),
        **more,
    }
    return render(request, template, context, status=status)
