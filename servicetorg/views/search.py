from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hubs.moments import asked_moment
from servicetorg.forms import NarrowForm, SearchForm
from servicetorg.search import asked, find
from servicetorg.search.days import asked_day
from servicetorg.search.results import Wishes, choices, counts, narrowed, with_hours

ON_A_PAGE = 20
MOST_SUGGESTIONS = 6


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    asked_at = asked_moment(request)
    form = NarrowForm(request.GET)
    form.is_valid()
    query = form.cleaned_data["q"]
    context = {"form": form, "query": query, "at": asked_at or now, "asked_at": asked_at}
    if query:
        context["day"] = None if asked_at else asked_day(query, timezone.localdate(now))
        answer = find.search(query)
        if request.method == "GET":
            asked.remember_unmet(query, answer, at=now)
        context |= {"answer": answer, **results_page(form, answer, context)}
    return render(request, "search.html", context)


def results_page(form: NarrowForm, answer: find.Answer, context: dict[str, Any]) -> dict[str, Any]:
    """Return the results that the choices leave, and the choices with their counts."""
    results = with_hours(answer.hits, context["at"], context["day"])
    wishes = wishes_of(form)
    offered = choices(results, wishes)
    wishes = replace(  # what does not exist is no choice
        wishes,
        hub=wishes.hub if wishes.hub in dict(offered["hub"]) else "",
        category=wishes.category if wishes.category in dict(offered["category"]) else "",
    )
    counted = counts(results, wishes)
    form.offer(offered, counted, context["asked_at"])
    left = narrowed(results, wishes)
    return {
        "page": Paginator(left, ON_A_PAGE).get_page(form.data.get("page")),
        "is_narrowed": wishes != Wishes(),
        "leaves_out_unknown_languages": bool(wishes.language) and not left,
    }


def wishes_of(form: NarrowForm) -> Wishes:
    data = form.cleaned_data
    return Wishes(hub=data["hub"], category=data["category"], language=data["language"], is_open=data["open"])


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """Answer what the beginning of a question would find: options for the list under the search box."""
    form = SearchForm(request.GET)
    form.is_valid()
    query = form.cleaned_data["q"]
    answer = find.search(query, most=MOST_SUGGESTIONS, unfinished=True) if query else find.Answer([])
    return render(request, "search_suggestions.html", {"hits": answer.hits})
