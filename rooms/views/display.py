from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rooms.display import TURN, Board, Kind, address_at_the_door, language_in_turn, make_boards
from rooms.enums import BookingChannel
from rooms.models import Room
from rooms.qr import qr_svg
from rooms.results import book_url
from rooms.rules import first_start
from rooms.spans import Span, snap_up
from rooms.views.room import get_room


@never_cache
@require_safe
def display(request: HttpRequest, hub: str, room: str) -> HttpResponse:
    at = timezone.now()
    shown = get_room(hub, room)
    board = board_of(shown, at)
    is_open = board.kind != Kind.SHUT
    has_code = board.asks_to_check_in or (is_open and shown.channel == BookingChannel.ONLINE)
    qr = qr_svg(address_at_the_door(shown)) if has_code else ""
    return show(request, "rooms/display.html", {"board": board, "room": shown, "qr": qr}, at)


@never_cache
@require_safe
def now(request: HttpRequest, hub: str, room: str) -> HttpResponse:
    """Lead whoever scans the code at the door to booking the room from now on, or to check-in.

    Where it cannot be had now, the same page says why, and offers what is free next and beside it.
    """
    at = timezone.now()
    wanted = get_room(hub, room)
    board = board_of(wanted, at)
    if board.asks_to_check_in:
        return redirect("rooms:check_in", hub=hub, room=room)
    if wanted.channel != BookingChannel.ONLINE:
        return redirect(wanted)  # whose page says how it is booked instead
    return redirect(book_url(wanted, *(board.to_book or next_span(wanted, at))))


def next_span(room: Room, at: datetime) -> Span:
    """Return the shortest booking that could begin next, whether it is free or not."""
    start = snap_up(first_start(room, at), room.grid_minutes)
    return start, start + timedelta(minutes=room.shortest_minutes)


def board_of(room: Room, at: datetime) -> Board:
    return make_boards([room], at=at)[0]


def show(request: HttpRequest, template: str, context: dict[str, Any], at: datetime) -> HttpResponse:
    """Show a screen, or only its board where it asks for that, in the language whose turn it is."""
    is_partial = request.headers.get("HX-Request") == "true"
    context |= {"at": at, "turn": language_in_turn(at), "seconds": int(TURN.total_seconds())}
    response = render(request, f"{template}#board" if is_partial else template, context)
    patch_vary_headers(response, ["HX-Request"])
    response.headers["X-Robots-Tag"] = "noindex"
    return response
