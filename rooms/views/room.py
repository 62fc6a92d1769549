from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hubs.models import Hub, Notice
from hubs.models.timetable import Timetable, load_schedules
from hubs.opening import Schedule
from rooms.availability import free_times, next_free_start
from rooms.coming_closures import coming_closures
from rooms.enums import BookingChannel
from rooms.models import Booking, Closure, Room
from rooms.results import Choice
from rooms.rules import midnight
from rooms.rules_in_words import describe
from rooms.views.holds import hold_to_continue, session_hold
from rooms.views.missing import Missing
from rooms.week import ONE_WEEK, Week, make_week, monday_of, read_week
from rooms.wording import price_words


@require_safe
def room(request: HttpRequest, hub: str, room: str) -> HttpResponse:
    at = timezone.now()
    shown = get_room(hub, room)
    today, status, is_unreadable = timezone.localdate(at), 200, False
    try:
        monday = read_week(request.GET.get("week", ""), today)
    except ValueError:
        monday, status, is_unreadable = monday_of(today), 400, True
    is_partial = request.headers.get("HX-Request") == "true"
    schedules = hours_of_the_house(shown, with_services=not is_partial)
    context = {
        "room": shown,
        "at": at,
        **frame(shown),
        "schedules": schedules,
        "week": (week := week_of(shown, monday, session_hold(request, at), at, schedules)),
        **({} if week.has_choices else other_choices(shown, monday, at)),
        "is_unreadable": is_unreadable,
        "is_partial": is_partial,
    }
    if is_partial:
        response = render(request, "rooms/room.html#week", context, status=status)
    else:
        prefetch_related_objects([shown], "equipment")
        response = render(
            request,
            "rooms/room.html",
            context | about(shown, at) | hours_of(shown, schedules) | hold_to_continue(request, at),
            status=status,
        )
    patch_vary_headers(response, ["HX-Request"])
    return response


def get_room(hub: str, slug: str) -> Room:
    """Return the published room, or 404 with words that help."""
    examples = Exists(Hub.objects.published().filter(is_example=True))  # spares the frame of the page a query
    found = Room.objects.published().select_related("hub").filter(hub__slug=hub, slug=slug)
    room = found.annotate(shows_examples=examples).first()
    if room is None:
        raise Missing(_("There is no such room. It may have got a new address, or it can no longer be booked."))
    return room


def frame(room: Any) -> dict[str, object]:
    """Return what the frame of the page would ask for otherwise, and `get_room` has read already."""
    return {"shows_examples": room.shows_examples}


def hours_of_the_house(room: Room, *, with_services: bool) -> dict[int, Schedule]:
    """Return the hours of the room, of its house and of the services in it, which its page names. Three queries."""
    services = Timetable.objects.filter(listing__hub=room.hub_id).values_list("pk", flat=True) if with_services else ()
    return load_schedules([room.timetable_id, room.hub.timetable_id, *services])


def week_of(
    room: Room, monday: date, held: Booking | None, at: datetime, schedules: Mapping[int, Schedule] | None = None
) -> Week:
    """Return the week in which what the session itself holds can be chosen anew."""
    span = midnight(monday), midnight(monday + ONE_WEEK)
    times = free_times([room], *span, at=at, ignoring=held, schedules=schedules)
    free_time = times[room.pk]
    closures = Closure.objects.in_bulk({key for _start, _end, key in free_time.closed})
    return make_week(room, monday, free_time, closures, at=at)


def other_choices(room: Room, monday: date, at: datetime) -> dict[str, Choice | None]:
    """Return what can be booked where a week has nothing: the next from that week on, or else what comes before it."""
    if room.channel != BookingChannel.ONLINE:
        return {}
    if (later := next_choice(room, at, since=midnight(monday))) is not None:
        return {"next_choice": later}
    return {"earlier_choice": next_choice(room, at)}


def next_choice(room: Room, at: datetime, *, since: datetime | None = None) -> Choice | None:
    start = next_free_start(room, room.shortest_minutes, at=at, since=since)
    return None if start is None else Choice(room, start, start + timedelta(minutes=room.shortest_minutes))


def about(room: Room, at: datetime) -> dict[str, object]:
    return {
        "rules": describe(room),
        "parts": [] if room.parent_id else list(Room.objects.published().select_related("hub").filter(parent=room)),
        "whole": Room.objects.published().select_related("hub").filter(pk=room.parent_id).first()
        if room.parent_id
        else None,
        "equipment": ", ".join(piece.name for piece in room.equipment.all()),
        "price": price_words(room),
        "closures": coming_closures(room, at),
        "notices": notices_of(room, at),
    }


def hours_of(room: Room, schedules: Mapping[int, Schedule]) -> dict[str, object]:
    return {"schedule": schedules[room.timetable_id], "house": schedules[room.hub.timetable_id]}


def notices_of(room: Room, at: datetime) -> QuerySet[Notice]:
    of_room = Q(is_for_whole_hub=True) | Q(rooms=room)
    return Notice.objects.shown_at(at).filter(of_room, hub=room.hub_id).distinct()
