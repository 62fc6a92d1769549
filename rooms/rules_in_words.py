"""The rules of a room in plain words, for its page: whoever reads them runs into none by surprise."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.enums import WhoMayBook
from rooms.models import Room
from rooms.no_shows import COUNTED, ENOUGH_TO_WRITE
from rooms.rules import (
    QUOTA_FREE_HOURS,
    REQUEST_HOURS_BEFORE_START,
    REQUEST_WORKING_DAYS,
    duration_words,
    grid_words,
    needs_approval,
)
from rooms.wording import money


def describe(room: Room) -> list[str]:
    """Return the rules of the room, each once, in the order in which one meets them. Never queries beyond the hub."""
    return [*_who(room), *_how_long(room), *_when(room), *_how_much(room), *_what_it_costs(room), *_coming(room)]


def _who(room: Room) -> Iterator[str]:
    count = {"count": room.capacity}
    yield ngettext("For at most %(count)d person.", "For at most %(count)d people.", room.capacity) % count
    match room.who_may_book:
        case WhoMayBook.ASSOCIATIONS:
            yield _("For associations and groups.")
        case WhoMayBook.RESIDENTS:
            yield _("For residents of the municipality, which the staff check.")
        case _everyone:
            yield _("Everybody may book it.")
    if needs_approval(room, is_staff=False):
        words = _(
            "The staff approve each booking. They answer within %(days)d working days and, if they can, "
            "at least %(hours)d hours before the start. Without an answer the request expires by itself."
        )
        yield words % {"days": REQUEST_WORKING_DAYS, "hours": REQUEST_HOURS_BEFORE_START}
    if room.is_purpose_required:
        yield _("Say in the booking what you will use the room for.")


def _how_long(room: Room) -> Iterator[str]:
    values = {"shortest": duration_words(room.shortest_minutes), "longest": duration_words(room.longest_minutes)}
    if room.shortest_minutes < room.longest_minutes:
        yield _("From %(shortest)s to %(longest)s at a time.") % values
    else:
        yield _("Always %(longest)s at a time.") % values
    yield grid_words(room)


def _when(room: Room) -> Iterator[str]:
    yield _("Can be booked while both the room and %(hub)s are open.") % {"hub": room.hub.name}
    days = ngettext(
        "Can be booked at most %(count)d day ahead.", "Can be booked at most %(count)d days ahead.", room.earliest_days
    )
    yield days % {"count": room.earliest_days}
    if room.latest_minutes:
        words = _("Must be booked at least %(notice)s before the start.")
        yield words % {"notice": duration_words(room.latest_minutes)}
    elif not needs_approval(room, is_staff=False):
        yield {
            15: _("Is it free when you come? You can book it on the spot, also from the quarter that has begun."),
            30: _("Is it free when you come? You can book it on the spot, also from the half hour that has begun."),
            60: _("Is it free when you come? You can book it on the spot, also from the hour that has begun."),
        }[room.grid_minutes]
    if room.gap_minutes:
        gap = ngettext(
            "The room is kept free for %(count)d minute after each booking for cleaning.",
            "The room is kept free for %(count)d minutes after each booking for cleaning.",
            room.gap_minutes,
        )
        yield gap % {"count": room.gap_minutes}


def _how_much(room: Room) -> Iterator[str]:
    yield _("One person cannot have two rooms at the same time.")
    if room.most_active is not None:
        active = ngettext(
            "One person can have %(count)d coming booking in this room at a time. A series counts as one.",
            "One person can have %(count)d coming bookings in this room at a time. A series counts as one.",
            room.most_active,
        )
        yield active % {"count": room.most_active}
    if room.hub.booking_minutes_per_week is not None:
        quota = _(
            "One person can book %(limit)s a week in %(hub)s. "
            "What is booked less than %(hours)d hours before it starts does not count."
        )
        limit = duration_words(room.hub.booking_minutes_per_week)
        yield quota % {"limit": limit, "hub": room.hub.name, "hours": QUOTA_FREE_HOURS}


def _what_it_costs(room: Room) -> Iterator[str]:
    if not room.price_cents:
        yield _("Free of charge.")
        return
    yield _("Costs %(price)s per hour, paid by invoice afterwards.") % {"price": money(room.price_cents)}
    if room.is_free_for_associations:
        yield _("Free of charge for associations and groups.")
    if room.reduced_price_cents is not None:
        words = _("The reduced price is %(price)s per hour. The staff decide who gets it: ask them.")
        yield words % {"price": money(room.reduced_price_cents)}


def _coming(room: Room) -> Iterator[str]:
    cancel = ngettext(
        "Please cancel at least %(count)d hour before the start. You can always give the time back, even later.",
        "Please cancel at least %(count)d hours before the start. You can always give the time back, even later.",
        room.cancel_hours,
    )
    yield cancel % {"count": room.cancel_hours}
    if room.release_minutes is None:
        return
    yield check_in_words(room.release_minutes)
    missed = _("Whoever does not come %(times)d times in %(days)d days gets a friendly mail about it.")
    yield missed % {"times": ENOUGH_TO_WRITE, "days": COUNTED.days}


def check_in_words(minutes: int) -> str:
    words = ngettext(
        "Check in when you come: if nobody has done so %(count)d minute after the start, the room is free for others.",
        "Check in when you come: if nobody has done so %(count)d minutes after the start, the room is free for others.",
        minutes,
    )
    return words % {"count": minutes}
