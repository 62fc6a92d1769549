from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from servicetorg.forms import SearchForm
from servicetorg.search import find


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    query = form.cleaned_data["q"] if form.is_valid() else ""
    hits = find.search(query) if query else []
    return render(request, "search.html", {"form": form, "query": query, "hits": hits, "at": timezone.now()})
