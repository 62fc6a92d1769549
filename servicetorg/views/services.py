from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hubs.models.timetable import load_schedules
from hubs.moments import asked_moment
from services.cards import Card, by_category, make_cards
from services.forms import ServicesForm
from services.models import Listing, ListingQuerySet
from servicetorg.models import Kind
from servicetorg.search import asked, find

MOST_AT_ONCE = 60  # services; each step of “show more” adds so many
MOST_SHOWN = 600


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
    listings = Listing.objects.published().wanted(wishes.get("hub"), wishes.get("category"))
    if answer is not None:
        listings = listings.filter(pk__in=[hit.thing.pk for hit in answer.hits])
    found, most = wanted_rows(listings, wishes, at), how_many(request.GET)
    known = {} if answer is None else {hit.thing.pk: hit.thing for hit in answer.hits if isinstance(hit.thing, Listing)}
    cards = cards_of(found[:most], at, known)
    context = {
        "form": form,
        "query": wishes.get("q", ""),
        "answer": answer,
        "groups": by_category(cards),
        "count": len(found),
        "left": len(found) - len(cards),
        "more_url": more_url(request.GET, most) if len(found) > most else "",
        "first_new": found[most - MOST_AT_ONCE].pk if MOST_AT_ONCE < most < len(found) + MOST_AT_ONCE else None,
        "is_filtered": any(wishes.values()),
        "more_count": sum(map(bool, (wishes.get("category"), wishes.get("language"), asked_at))),
        "at": at,
        "asked_at": asked_at,
    }
    return render(request, "services/services.html", context)


def answer_to(request: HttpRequest, query: str, *, at: datetime) -> find.Answer | None:
    if not query:
        return None
    answer = find.search(query, [Kind.LISTING])
    if request.method == "GET":
        asked.remember_unmet(query, answer, at=at)
    return answer


class Row(NamedTuple):
    """What choosing needs to know of a listing: making objects of a thousand takes longer than all the rest."""

    pk: int
    timetable_id: int
    languages: Sequence[str] = ()


def wanted_rows(listings: ListingQuerySet, wishes: Mapping[str, Any], at: datetime) -> list[Row]:
    """Return the listings that answer the wishes, in the order of the page."""
    ordered = listings.order_by("service__category__order", "service__category__slug", "hub", "order", "slug")
    language = wishes.get("language")
    columns = Row._fields if language else Row._fields[:2]
    # Past django-modeltranslation, which would look for texts in each row of numbers.
    rows = [Row(*row) for row in QuerySet.values_list(ordered, *columns)]
    if language:
        rows = [row for row in rows if language in row.languages]
    if wishes.get("open"):
        schedules = load_schedules(row.timetable_id for row in rows)
        rows = [row for row in rows if schedules[row.timetable_id].is_open_at(at)]
    return rows


def cards_of(rows: list[Row], at: datetime, known: Mapping[int, Listing]) -> list[Card]:
    """Make cards of the rows. What the search has found already need not be fetched again."""
    found = known or Listing.objects.for_cards().in_bulk([row.pk for row in rows])
    return make_cards([found[row.pk] for row in rows if row.pk in found], at)


def how_many(asked: QueryDict) -> int:
    """Return how many services to show: what the address says, within reason."""
    text = asked.get("most", "")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_SHOWN)) else MOST_AT_ONCE
    return min(max(wanted, MOST_AT_ONCE), MOST_SHOWN)


def more_url(asked: QueryDict, most: int) -> str:
    """Return the address that shows more, at the first service that is new; none where no more are shown."""
    if most >= MOST_SHOWN:
        return ""
    wish = asked.copy()
    wish["most"] = str(most + MOST_AT_ONCE)
    return f"{reverse('services:services')}?{wish.urlencode(safe=':')}#more"
