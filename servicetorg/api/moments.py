"""When was it last changed? What is open data asks of each record, so that a copy can be kept up to date.

A record is as new as the newest of what it tells: a listing tells the name of its provider, and a
change of its opening hours, of those it follows or of a special day is a change of the listing. What is
shown because its hub is published now counts as changed when the hub was.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from hubs.models import Hub, Notice, SpecialDay, Timetable
from rooms.models import Equipment, Room
from services.models import Listing

type HoursChanged = Mapping[int, datetime]  # by the id of the timetable


def hours_changed() -> dict[int, datetime]:
    """Return when each timetable, one that it follows or a special day was last changed. Two queries."""
    for_all = SpecialDay.objects.aggregate(at=Max("changed_at"))["at"]
    rows = {pk: (fallback, at) for pk, fallback, at in Timetable.objects.values_list("pk", "fallback", "changed_at")}
    changed: dict[int, datetime] = {}
    for pk in rows:
        latest, seen = max(filter(None, (rows[pk][1], for_all))), set[int]()
        step: int | None = pk
        while step is not None and step not in seen:
            seen.add(step)
            fallback, at = rows[step]
            latest, step = max(latest, at), fallback
        changed[pk] = latest
    return changed


def newest(each: Any, changed: HoursChanged) -> datetime:
    """Return when the thing or its hours were last changed."""
    at: datetime = max(each.told_at, changed[each.timetable_id])
    return at


def dated_hubs() -> QuerySet[Hub]:
    return Hub.objects.published().annotate(told_at=F("changed_at"))


def dated_listings() -> QuerySet[Listing]:
    told_at = Greatest(
        "changed_at", "hub__changed_at", "service__changed_at", "service__category__changed_at", "provider__changed_at"
    )
    return Listing.objects.published().annotate(told_at=told_at).select_related("hub", "service__category", "provider")


def dated_rooms() -> QuerySet[Room]:
    newest = Equipment.objects.filter(rooms=OuterRef("pk")).order_by("-changed_at").values("changed_at")[:1]
    told_at = Greatest(
        "changed_at",
        "hub__changed_at",
        Coalesce("parent__changed_at", "changed_at"),
        Coalesce(Subquery(newest), "changed_at"),
    )
    rooms = Room.objects.published().annotate(told_at=told_at)
    return rooms.select_related("hub", "parent").prefetch_related("equipment")


def dated_notices(at: datetime) -> QuerySet[Notice]:
    """Return the notices that are shown at `at` on a page that there is. Each is as new as its showing, at least."""
    named = Q(listings__is_published=True) | Q(rooms__is_published=True)
    shown = Notice.objects.shown_at(at).filter(Q(is_for_whole_hub=True) | named, hub__is_published=True).distinct()
    return shown.annotate(told_at=Greatest("changed_at", "starts_at")).select_related("hub")


def since[T: (Hub, Listing, Room)](things: QuerySet[T], moment: datetime, hours: HoursChanged) -> QuerySet[T]:
    """Keep what has changed at `moment` or later, its hours included."""
    with_new_hours = [key for key, at in hours.items() if at >= moment]
    return things.filter(Q(told_at__gte=moment) | Q(timetable__in=with_new_hours))
