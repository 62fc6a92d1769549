from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.models import User
from hubs.models import Hub
from hubs.wording import day_medium
from rooms.alternatives import EasierWish, Instead, easier_wishes, instead_of, rooms_through_staff
from rooms.availability import RoomMatch, RoomQuery, find_rooms, free_times
from rooms.enums import RoomKind
from rooms.forms import USUAL_MINUTES, FindForm
from rooms.forms.find import LENGTHS
from rooms.models import Booking, Room
from rooms.results import choices_of, day_axis, make_card
from rooms.rules import duration_words, midnight
from rooms.spans import snap_up
from rooms.views.holds import hold_to_continue
from rooms.waiting import watch_query_url
from rooms.wording import when_words

EARLIEST_START = time(6)  # earlier, nobody is open and the clock may be changing
LATEST_START_TODAY = time(18)
FIELDS = frozenset({"date", "from", "to", "minutes", "people", "hub", "equipment", "kind"})


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    changing = booking_to_change(request, at)
    form = FindForm(first_wish(request.GET, at), at=at)
    is_partial = request.headers.get("HX-Request") == "true"
    if not form.is_valid():
        if is_partial:  # the whole page is needed to show each error at its field
            return HttpResponse(headers={"HX-Redirect": request.get_full_path(), "Vary": "HX-Request"})
        return render(request, "rooms/find.html", {"form": form, "at": at, "changing": changing}, status=400)
    found = results(form.cleaned_data, at, changing)
    context = {
        "form": form,
        "at": at,
        "is_partial": is_partial,
        **found,
        **({} if found["fitting"] else without_result(request, found, at, changing)),
        "changing": changing,
        **hold_to_continue(request, at),
    }
    response = render(request, "rooms/find.html#results" if is_partial else "rooms/find.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def first_wish(asked: QueryDict, at: datetime) -> QueryDict:
    """Fill in what a first visit leaves out: an hour in the rest of today, or tomorrow."""
    if FIELDS & asked.keys() - {"hub"}:
        return asked
    local = timezone.localtime(snap_up(at, 30))
    day = local.date()
    wish = asked.copy()
    if local.time() > LATEST_START_TODAY:
        day += timedelta(days=1)
    elif local.time() > EARLIEST_START:
        wish["from"] = f"{local:%H:%M}"
    wish["date"], wish["minutes"] = day.isoformat(), str(USUAL_MINUTES)
    return wish


def booking_to_change(request: HttpRequest, at: datetime) -> Booking | None:
    """Return the resident's own booking that the search is to move, if the address names one."""
    reference = request.GET.get("change", "")
    if not reference or not request.user.is_authenticated:
        return None
    mine = Booking.objects.for_list().filter(reference=reference[:12].upper(), resident=request.user.pk).first()
    return mine if mine is not None and mine.is_live_at(at) and mine.starts_at > at else None


def results(wish: dict[str, Any], at: datetime, changing: Booking | None = None) -> dict[str, Any]:
    """Find the rooms and put them into cards. The number of queries is the same for any number of rooms."""
    query = RoomQuery(
        starts_at=wish["starts_at"],
        ends_at=wish["ends_at"],
        minutes=wish["minutes"],
        people=wish["people"],
        hub=wish["hub"],
        equipment=tuple(wish["equipment"]),
        kind=wish["kind"] or None,
    )
    day = wish["date"]
    matches = find_rooms(query, at=at, ignoring=changing)
    whole_day = midnight(day), midnight(day + timedelta(days=1))
    times = free_times([match.room for match in matches], *whole_day, at=at, ignoring=changing)
    cards = [make_card(match, times[match.room.pk], query, is_exact=wish["is_exact"], at=at) for match in matches]
    begins, ends = day_axis(times.values(), day)
    fitting = [card for card in cards if card.fits]
    return {
        "query": query,
        "day": day_medium(day),
        "wish": wish_words(
            query, is_exact=wish["is_exact"], is_whole_day=(query.starts_at, query.ends_at) == whole_day
        ),
        "begins": begins,
        "ends": ends,
        "fitting": fitting,
        "others": [card for card in cards if not card.fits],
        "matches": matches,
        "watch_url": "" if fitting or changing else watch_query_url(query),
    }


def wish_words(query: RoomQuery, *, is_exact: bool, is_whole_day: bool) -> list[str]:
    """Return what was asked for, one fact each."""
    when = when_words((query.starts_at, query.ends_at))
    values = {"duration": duration_words(query.minutes), "when": when, "day": day_medium(query.starts_at)}
    if is_exact:
        facts = [when]
    elif is_whole_day:
        facts = [_("%(day)s, any time for %(duration)s") % values]
    else:
        facts = [_("%(when)s, any time for %(duration)s") % values]
    if query.people is not None:
        people = ngettext("at least %(count)d person", "at least %(count)d people", query.people)
        facts.append(people % {"count": query.people})
    if query.hub is not None:
        facts.append(query.hub.name)
    if query.kind is not None:
        facts.append(str(RoomKind(query.kind).label))
    return [capfirst(fact) for fact in facts]


def without_result(
    request: HttpRequest, found: dict[str, Any], at: datetime, changing: Booking | None
) -> dict[str, Any]:
    """Return what leads on from a search that found nothing: other times and rooms, and which wish hinders."""
    query: RoomQuery = found["query"]
    matches: list[RoomMatch] = found["matches"]
    instead = nearest(query, matches, at, changing, request.user if isinstance(request.user, User) else None)
    wanted = Room.objects.wanted(query.hub, query.kind, query.equipment)
    if not instead.choices and not instead.through_staff:
        instead = replace(instead, through_staff=rooms_through_staff(query.people, among=wanted))
    return {
        "instead": instead,
        "alternatives": choices_of(instead.choices),
        "people": query.people,
        "ask_hub": query.hub or (matches[0].room.hub if matches else Hub.objects.published().first()),
        "easier": [Easier(each, address_of(request, each)) for each in easier_wishes(query, LENGTHS)],
    }


def nearest(
    query: RoomQuery, matches: list[RoomMatch], at: datetime, changing: Booking | None, resident: User | None
) -> Instead:
    """Return the nearest times and rooms, seen from the room that comes closest to the wish."""
    if not matches:
        return Instead()
    closest = next((match for match in matches if [reason.code for reason in match.why_not] == ["taken"]), matches[0])
    ends_at = query.starts_at + timedelta(minutes=query.minutes)
    return instead_of(closest.room, query.starts_at, ends_at, query.people, at=at, resident=resident, ignoring=changing)


@dataclass(frozen=True, slots=True)
class Easier:
    """The same search with one wish less, and the address that makes it."""

    wish: EasierWish
    url: str


def address_of(request: HttpRequest, wish: EasierWish) -> str:
    """Return the address of this search without what hinders."""
    asked = request.GET.copy()
    if wish.field == "equipment":
        asked.setlist("equipment", [slug for slug in asked.getlist("equipment") if slug != wish.without])
    elif wish.value:
        asked[wish.field] = wish.value
    else:
        asked.pop(wish.field, None)
    return f"{reverse('rooms:find')}?{asked.urlencode(safe=':')}#results"
