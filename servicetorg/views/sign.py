"""Door signs to print: of a hub, and of a listing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hubs.models import Hub
from rooms.qr import qr_svg
from services.models import Listing
from servicetorg.sign import MOST_NOTICES, Sign, make_sign


@require_safe
def hub_sign(request: HttpRequest, hub: str) -> HttpResponse:
    at = timezone.now()
    here = get_object_or_404(Hub.objects.published(), slug=hub)
    notices = here.notices.for_whole_hub().shown_at(at)[:MOST_NOTICES]
    sign = make_sign(here, list(notices), list(here.listings.published()), at=at)
    return show(request, here, sign)


@require_safe
def listing_sign(request: HttpRequest, hub: str, listing: str) -> HttpResponse:
    at = timezone.now()
    here = get_object_or_404(Listing.objects.for_list(), hub__slug=hub, slug=listing)
    notices = here.notices_shown_at(at)[:MOST_NOTICES]
    return show(request, here.hub, make_sign(here, list(notices), at=at))


def show(request: HttpRequest, hub: Hub, sign: Sign) -> HttpResponse:
    context = {
        "hub": hub,
        "place": sign.place,
        "listing": sign.place if isinstance(sign.place, Listing) else None,
        "sign": sign,
        "qr": qr_svg(sign.address),
    }
    return render(request, "sign.html", context)
