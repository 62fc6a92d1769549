"""What differs from the usual: a hub's year on one page, and feeds of hubs and listings without an account."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hubs.models import Hub
from rooms.views.feeds import PUBLIC, calendar_response
from services.models import Listing
from servicetorg import changes
from servicetorg.year import asked_year, year_of

ATOM = "application/atom+xml"


@require_safe
def hub_year(request: HttpRequest, hub: str) -> HttpResponse:
    at = timezone.now()
    here = get_object_or_404(Hub.objects.for_list(), slug=hub)
    year = year_of(here, asked_year(request.GET.get("year", ""), at), at=at)
    return render(request, "hub_year.html", {"hub": here, "year": year, "at": at})


@require_safe
def hub_changes_atom(request: HttpRequest, hub: str) -> HttpResponseBase:
    here = get_object_or_404(Hub.objects.published(), slug=hub)
    content = changes.atom(here, changes.entries_of_hub(here, at=timezone.now()), address=request.path)
    return calendar_response(request, content, PUBLIC, ATOM)


@require_safe
def hub_changes_ics(request: HttpRequest, hub: str) -> HttpResponseBase:
    here = get_object_or_404(Hub.objects.published(), slug=hub)
    content = changes.calendar(here, changes.entries_of_hub(here, at=timezone.now()))
    return calendar_response(request, content, PUBLIC)


@require_safe
def listing_changes_atom(request: HttpRequest, hub: str, listing: str) -> HttpResponseBase:
    here = get_listing(hub, listing)
    content = changes.atom(here, changes.entries_of_listing(here, at=timezone.now()), address=request.path)
    return calendar_response(request, content, PUBLIC, ATOM)


@require_safe
def listing_changes_ics(request: HttpRequest, hub: str, listing: str) -> HttpResponseBase:
    here = get_listing(hub, listing)
    content = changes.calendar(here, changes.entries_of_listing(here, at=timezone.now()))
    return calendar_response(request, content, PUBLIC)


def get_listing(hub: str, listing: str) -> Listing:
    return get_object_or_404(Listing.objects.published().select_related("hub"), hub__slug=hub, slug=listing)
