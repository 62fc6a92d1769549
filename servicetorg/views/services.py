from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hubs.moments import asked_moment
from services.cards import Card, by_category, make_cards
from services.forms import ServicesForm
from services.models import Listing
from servicetorg.models import Kind
from servicetorg.search import asked, find


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """Show all services by kind, or those that answer a question. Here and not in services: the search knows rooms."""
    now = timezone.now()
    asked_at = asked_moment(request)
    at = asked_at or now
    form = ServicesForm(request.GET)
    if asked_at is not None:
        form["open"].label = _("Open then")
    wishes = form.cleaned_data if form.is_valid() else {}
    answer = answer_to(request, wishes.get("q", ""), at=now)
    listings = Listing.objects.for_list().wanted(wishes.get("hub"), wishes.get("category"))
    if answer is not None:
        listings = listings.filter(pk__in=[hit.thing.pk for hit in answer.hits])
    cards = wanted_cards(make_cards(listings, at), wishes)
    context = {
        "form": form,
        "query": wishes.get("q", ""),
        "answer": answer,
        "groups": by_category(cards),
        "count": len(cards),
        "is_filtered": any(wishes.values()),
        "at": at,
        "asked_at": asked_at,
    }
    return render(request, "services/services.html", context)


def answer_to(request: HttpRequest, query: str, *, at: Any) -> find.Answer | None:
    if not query:
        return None
    answer = find.search(query, [Kind.LISTING])
    if request.method == "GET" and (answer.is_guessed or not answer.hits):
        asked.remember(query, language=get_language() or "", guess=answer.guess, at=at)
    return answer


def wanted_cards(cards: list[Card], wishes: Mapping[str, Any]) -> list[Card]:
    if wishes.get("open"):
        cards = [card for card in cards if card.is_open]
    if language := wishes.get("language"):
        cards = [card for card in cards if language in card.listing.languages]
    return cards
