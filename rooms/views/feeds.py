"""Calendars to subscribe to. Each answers 304 where the program has the same already.

There is no Last-Modified: that a hold lapses, or that a room gets another name, has no moment
written down, and a program that trusted it would miss the change. The ETag is made of the bytes.
"""

import hashlib

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import roles
from accounts.calendar_links import OldAddressError, Purpose, owner_of
from hubs.models import Hub
from rooms.feeds import busy_feed, own_feed, staff_feed
from rooms.models import Room
from rooms.views.room import get_room

PRIVATE = "private, no-cache"
PUBLIC = "public, max-age=300"


@require_safe
def my_calendar(request: HttpRequest, token: str) -> HttpResponseBase:
    try:
        user = owner_of(token, Purpose.OWN)
    except OldAddressError:
        return gone()
    return calendar_response(request, own_feed(user, at=timezone.now()), PRIVATE)


@require_safe
def hub_calendar(request: HttpRequest, token: str, hub: str) -> HttpResponseBase:
    """Show a hub's bookings to whoever edits the hub now, whatever they edited when they got the address."""
    try:
        user = owner_of(token, Purpose.STAFF)
    except OldAddressError:
        return gone()
    here = get_object_or_404(Hub, slug=hub)
    if not roles.edits_hub(user, here):
        raise Http404
    return calendar_response(request, staff_feed(here, language=user.language, at=timezone.now()), PRIVATE)


@require_safe
def busy(request: HttpRequest, hub: str, room: str) -> HttpResponseBase:
    shown = get_room(hub, room)
    name = _("%(room)s, %(hub)s") % {"room": shown.name, "hub": shown.hub.name}
    return calendar_response(request, busy_feed([shown], name, at=timezone.now()), PUBLIC)


@require_safe
def hub_busy(request: HttpRequest, hub: str) -> HttpResponseBase:
    here = get_object_or_404(Hub.objects.published(), slug=hub)
    name = _("Booked times, %(hub)s") % {"hub": here.name}
    rooms = Room.objects.published().filter(hub=here).select_related("hub")
    return calendar_response(request, busy_feed(rooms, name, at=timezone.now()), PUBLIC)


def calendar_response(
    request: HttpRequest, content: bytes, cache_control: str, content_type: str = "text/calendar"
) -> HttpResponseBase:
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": cache_control, "X-Robots-Tag": "noindex"}
    response = HttpResponse(content, content_type=f"{content_type}; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=etag, response=response) or response


def gone() -> HttpResponse:
    """Tell a calendar program, and whoever looks, that the address has been replaced."""
    words = _("This calendar has got a new address. You find it on the page My details.")
    return HttpResponse(f"{words}\n", status=410, content_type="text/plain; charset=utf-8")
