"""Rooms and bookings in the reader's words. Everything follows the active language."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from hubs.opening import HELSINKI
from hubs.wording import at_clock, at_clock_range, clock_range, day_medium, weekday_name
from rooms.enums import BookingState, EventKind, RoomKind
from rooms.models import Booking, BookingEvent, Room, Watch
from rooms.rules import duration_words
from rooms.spans import Span

A_MONDAY = date(2026, 11, 23)  # to name the days of the week by


def span_words(span: Span) -> str:
    """Write “9.30–11”."""
    return clock_range(*span)


def spans_words(spans: Iterable[Span]) -> str:
    """Write “9.30–11, 13–17”."""
    return ", ".join(span_words(span) for span in spans)


def when_words(span: Span) -> str:
    """Write “onsdag 25 november kl. 14–16”."""
    # Translators: a day and a time, such as “Wednesday 25 November, 14:00–16:00”.
    return _("%(day)s, %(time)s") % {"day": day_medium(span[0]), "time": at_clock_range(*span)}


def repeats_words(every_weeks: int, span: Span) -> str:
    """Write “varje onsdag kl. 14–16”, as a heading."""
    values = {"weekday": weekday_name(span[0].astimezone(HELSINKI).date()), "time": at_clock_range(*span)}
    if every_weeks == 1:
        # Translators: a weekday and a time, such as “Every Wednesday, 14:00–16:00”.
        return _("Every %(weekday)s, %(time)s") % values
    return _("Every second %(weekday)s, %(time)s") % values


def moment_words(moment: datetime) -> str:
    """Write “onsdag 25 november kl. 14.32”."""
    # Translators: a day and a moment, such as “Wednesday 25 November at 14:32”.
    return _("%(day)s at %(time)s") % {"day": day_medium(moment), "time": at_clock(moment)}


def money(cents: int) -> str:
    """Write “12 €”, “12,50 €”, in English “€12.50”."""
    amount = number_format(cents / 100, decimal_pos=2 if cents % 100 else 0)
    return f"€{amount}" if get_language() == "en" else f"{amount}\u00a0€"


def price_words(room: Room) -> str:
    """Write what the room costs, as briefly as a card needs it."""
    if not room.price_cents:
        return _("Free of charge")
    if room.is_free_for_associations:
        return _("%(price)s per hour, free of charge for associations") % {"price": money(room.price_cents)}
    return _("%(price)s per hour") % {"price": money(room.price_cents)}


def state_words(booking: Booking, at: datetime) -> str:
    """Say in a sentence how things stand with the booking at `at`."""
    state = booking.state_at(at)
    if state == BookingState.USED and booking.checked_in_at is None:
        return _("This booking is over.")
    if state == BookingState.CONFIRMED and booking.checked_in_at is not None:
        return _("Check-in is done. The room is yours until %(time)s.") % {"time": at_clock(booking.ends_at)}
    if state == BookingState.CONFIRMED and booking.expires_at is not None:
        sentence = _("The booking is confirmed. Check in when you come, by %(time)s, or the room is free for others.")
        return sentence % {"time": at_clock(booking.expires_at)}
    if state == BookingState.HELD and booking.expires_at is not None:
        return _("The time is held for you until %(time)s.") % {"time": at_clock(booking.expires_at)}
    if state == BookingState.REQUESTED and booking.expires_at is not None:
        sentence = _("The request waits for an answer from the staff, at the latest %(when)s.")
        return sentence % {"when": moment_words(booking.expires_at)}
    if state == BookingState.EXPIRED:
        return _expired_words(booking)
    return {
        BookingState.CONFIRMED: _("The booking is confirmed."),
        BookingState.USED: _("The room was used."),
        BookingState.RELEASED: _("Nobody checked in, so the room was released."),
        BookingState.CANCELLED: _("The booking is cancelled, and the time is free again."),
        BookingState.DECLINED: _("The staff did not approve the request."),
    }[state]


def _expired_words(booking: Booking) -> str:
    if booking.people is None:
        return _("The time is no longer held, because the booking was not completed in time.")
    return _("The request was not answered in time, and the time is no longer kept.")


def state_tag(booking: Booking, at: datetime) -> tuple[str, str]:
    """Return the state in a word or two, and the kind of tag that suits it."""
    state = booking.state_at(at)
    if state == BookingState.USED and booking.checked_in_at is None:
        return _("Over"), ""
    kinds = {BookingState.CONFIRMED: "tag-ok", BookingState.REQUESTED: "tag-warn", BookingState.HELD: "tag-warn"}
    kinds |= {BookingState.DECLINED: "tag-error", BookingState.CANCELLED: "tag-error"}
    return capfirst(str(state.label)), kinds.get(state, "")


def watch_words(watch: Watch) -> list[str]:
    """Say what is watched for, one fact each: when, how long, for how many, where, with what."""
    values = {
        "days": weekdays_words(watch.weekdays),
        "hours": at_clock_range(watch.from_time, watch.until_time),
        "duration": duration_words(watch.minutes),
    }
    # Translators: weekdays, a span of time and a length, such as “Tuesday, Thursday 17:00–21:00, for 2 hours”.
    facts = [_("%(days)s %(hours)s, for %(duration)s") % values]
    people = ngettext("for %(count)d person", "for %(count)d people", watch.people)
    facts.append(people % {"count": watch.people})
    if watch.room is not None:
        facts.append(f"{watch.room}, {watch.room.hub}")
    else:
        facts.append(str(RoomKind(watch.kind).label) if watch.kind else _("any room"))
        facts.append(str(watch.hub) if watch.hub is not None else _("any service centre"))
    facts += [piece.name for piece in watch.equipment.all()]
    return [capfirst(fact) for fact in facts]


def weekdays_words(weekdays: str) -> str:
    """Write “tisdag, torsdag”, or that any day will do."""
    if len(weekdays) == 7:
        return _("Any day")
    return capfirst(", ".join(weekday_name(A_MONDAY + timedelta(days=int(number) - 1)) for number in weekdays))


def event_words(event: BookingEvent, booking: Booking) -> str:
    """Say what happened and who did it, without naming members of staff."""
    by_resident = event.actor_id is not None and event.actor_id == booking.resident_id
    match event.kind:
        case EventKind.HELD:
            return _("The time was held.")
        case EventKind.OFFERED:
            return _("The time became free and was offered to you.")
        case EventKind.REQUESTED:
            return _("You sent the request.") if by_resident else _("The request was sent.")
        case EventKind.CONFIRMED:
            return _("You booked the room.") if by_resident else _("The staff booked the room for you.")
        case EventKind.APPROVED:
            return _("The staff approved the request.")
        case EventKind.DECLINED:
            return _("The staff did not approve the request.")
        case EventKind.CHANGED:
            return _changed_words(event, by_resident=by_resident)
        case EventKind.GIVEN_BACK:
            return _("You gave the time back.") if by_resident else _("The time was given back.")
        case EventKind.SHORTENED:
            return _shortened_words(event, by_resident=by_resident)
        case EventKind.CANCELLED:
            return _("The staff cancelled the booking.")
        case EventKind.CHECKED_IN:
            return _("You checked in.") if by_resident else _("Somebody checked in.")
        case EventKind.RELEASED:
            return _("The room was released, because nobody had checked in.")
        case EventKind.REMINDED:
            return _("We sent you a reminder.")
        case EventKind.USED:
            return _("The booking was over.")
        case EventKind.TITLED:
            return _("The staff let the service centre’s page tell of it.")
        case EventKind.UNTITLED:
            return _("The staff took the title off the service centre’s page.")
        case _expired:
            return _("The time was no longer kept, because its deadline passed.")


def _changed_words(event: BookingEvent, *, by_resident: bool) -> str:
    """Say what changed: the time from when to when, or the room, or only the details."""
    old, new = event.old, event.new
    if not old or not new:
        return _("You changed the booking.") if by_resident else _("The staff changed the booking.")
    values = {"old": _when_then(old), "new": _when_then(new)}
    is_moved = old["room"] != new["room"]
    if values["old"] != values["new"]:
        if is_moved:
            sentence = (
                _("You changed the room, and the time from %(old)s to %(new)s.")
                if by_resident
                else _("The staff changed the room, and the time from %(old)s to %(new)s.")
            )
        else:
            sentence = (
                _("You changed the time from %(old)s to %(new)s.")
                if by_resident
                else _("The staff changed the time from %(old)s to %(new)s.")
            )
        return sentence % values
    if is_moved:
        return _("You changed the room.") if by_resident else _("The staff changed the room.")
    return _("You changed the booking.") if by_resident else _("The staff changed the booking.")


def _shortened_words(event: BookingEvent, *, by_resident: bool) -> str:
    sentence = (
        _("You gave back a part of the time: it was %(old)s and is now %(new)s.")
        if by_resident
        else _("A part of the time was given back: it was %(old)s and is now %(new)s.")
    )
    return sentence % {"old": _when_then(event.old), "new": _when_then(event.new)}


def _when_then(snapshot: dict[str, Any]) -> str:
    start, end = (datetime.fromisoformat(snapshot[name]) for name in ("starts_at", "ends_at"))
    return when_words((start, end))
