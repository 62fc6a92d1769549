from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import prefetch_related_objects
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
from hubs.wording import at_clock_range, day_medium
from rooms.alternatives import EasierWish, Instead, easier_wishes, instead_of, rooms_through_staff
from rooms.availability import RoomQuery
from rooms.enums import RoomKind
from rooms.finding import RoomMatch, search_rooms
from rooms.forms import USUAL_MINUTES, FindForm
from rooms.forms.find import DAYS, EVENING, LENGTHS
from rooms.models import Booking, Room
from rooms.results import choices_of, day_axis, make_card, make_card_of_days
from rooms.rules import duration_words, midnight
from rooms.spans import snap_up
from rooms.views.holds import hold_to_continue
from rooms.waiting import watch_query_url
from rooms.wording import when_words

EARLIEST_START = time(6)  # earlier, nobody is open and the clock may be changing
LATEST_START_TODAY = time(18)
MOST_AT_ONCE = 20  # rooms; each step of “show more” adds so many
MOST_SHOWN = 200
MOST_OTHERS = 3  # rooms that do not suit; more of them are folded away
FIELDS = frozenset({"date", "days", "part", "from", "to", "minutes", "people", "hub", "equipment", "kind"})


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    changing = booking_to_change(request, at)
    wish = first_wish(request.GET, at)
    form = FindForm(wish, at=at)
    is_partial = request.headers.get("HX-Request") == "true"
    if not form.is_valid():
        if is_partial:  # the whole page is needed to show each error at its field
            return HttpResponse(headers={"HX-Redirect": request.get_full_path(), "Vary": "HX-Request"})
        return render(request, "rooms/find.html", {"form": form, "at": at, "changing": changing}, status=400)
    found = results(form.cleaned_data, how_many(request.GET), at, changing)
    context = {
        "form": form,
        "at": at,
        "is_partial": is_partial,
        **found,
        "more_url": more_url(wish, found["shown"]) if found["left"] else "",
        "any_evening_url": "" if found["is_any_day"] else any_day_url(wish, EVENING),
        **({} if found["fitting"] else without_result(request, found, at, changing)),
        "changing": changing,
        **hold_to_continue(request, at),
    }
    response = render(request, "rooms/find.html#results" if is_partial else "rooms/find.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def first_wish(asked: QueryDict, at: datetime) -> QueryDict:
    """Fill in what a first visit leaves out: an hour in the rest of today, or tomorrow. Any day begins today."""
    if FIELDS & asked.keys() - {"hub"}:
        if not asked.get("days") or asked.get("date"):
            return asked
        wish = asked.copy()
        wish["date"] = timezone.localdate(at).isoformat()
        return wish
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


def results(wish: dict[str, Any], most: int, at: datetime, changing: Booking | None = None) -> dict[str, Any]:
    """Find the rooms and put the best into cards. The number of queries is the same for any number of rooms."""
    day, spans = wish["date"], wish["spans"]
    whole_day = midnight(day), midnight(day + timedelta(days=1))
    is_any_day = wish["days"] is not None
    query = RoomQuery(
        starts_at=spans[0][0],
        ends_at=spans[-1][1],
        minutes=wish["minutes"],
        people=wish["people"],
        hub=wish["hub"],
        equipment=tuple(wish["equipment"]),
        kind=wish["kind"] or None,
        within=tuple(spans) if is_any_day else (),
        around=None if is_any_day else whole_day,
    )
    found = search_rooms(query, at=at, ignoring=changing, most=most)
    rooms = [match.room for match in found.matches]
    prefetch_related_objects(rooms, "equipment")
    if is_any_day:
        cards = [make_card_of_days(match, query) for match in found.matches]
    else:
        cards = [make_card(match, query, is_exact=wish["is_exact"], at=at) for match in found.matches]
    begins, ends = day_axis((match.free_time for match in found.matches), day)
    first_day = replace(query, ends_at=spans[0][1], within=())
    return {
        "query": first_day,
        "day": day_medium(day),
        "is_any_day": is_any_day,
        "wish": wish_words(
            query, is_exact=wish["is_exact"], is_whole_day=(query.starts_at, query.ends_at) == whole_day
        ),
        "begins": begins,
        "ends": ends,
        "count": found.fitting,
        "fitting": [card for card in cards if card.fits],
        "others": [card for card in cards if not card.fits],
        "fitting_count": sum(card.fits for card in cards),
        "others_are_folded": len(cards) - sum(card.fits for card in cards) > MOST_OTHERS,
        "matches": found.matches,
        "shown": len(cards),
        "left": found.total - len(cards),
        "watch_url": "" if found.fitting or changing else watch_query_url(first_day),
    }


def how_many(asked: QueryDict) -> int:
    """Return how many rooms to show: what the address says, within reason."""
    text = asked.get("most", "")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_SHOWN)) else MOST_AT_ONCE
    return min(max(wanted, MOST_AT_ONCE), MOST_SHOWN)


def more_url(asked: QueryDict, shown: int) -> str:
    """Return the address that shows more, at the first room that is new; none where no more are shown."""
    if shown >= MOST_SHOWN:
        return ""
    wish = asked.copy()
    wish["most"] = str(shown + MOST_AT_ONCE)
    return f"{reverse('rooms:find')}?{wish.urlencode(safe=':')}#result-{shown + 1}"


def any_day_url(asked: QueryDict, part: str) -> str:
    """Return the same search for a part of any day in the next two weeks."""
    wish = asked.copy()
    for name in ("date", "from", "to", "most"):
        wish.pop(name, None)
    wish["days"], wish["part"] = str(DAYS), part
    return f"{reverse('rooms:find')}?{wish.urlencode(safe=':')}#results"


def wish_words(query: RoomQuery, *, is_exact: bool, is_whole_day: bool) -> list[str]:
    """Return what was asked for, one fact each."""
    spans = query.spans
    values = {
        "duration": duration_words(query.minutes),
        "when": when_words((query.starts_at, query.ends_at)),
        "day": day_medium(query.starts_at),
        "last_day": day_medium(spans[-1][0]),
        "time": at_clock_range(*spans[-1]),
    }
    if query.within and is_exact:
        facts = [_("Any day from %(day)s to %(last_day)s, %(time)s") % values]
    elif query.within:
        facts = [_("Any day from %(day)s to %(last_day)s, %(time)s, any time for %(duration)s") % values]
    elif is_exact:
        facts = [values["when"]]
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
