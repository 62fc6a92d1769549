"""The mails about several dates of a series at once: one mail, with all dates and one calendar file.

Written from their event, which names the bookings that it is about; each is told as it was then.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hubs.wording import day_long
from rooms.as_of import SeriesThen, series_as_of
from rooms.calendar import series_address
from rooms.enums import BookingState, EventKind
from rooms.mails import (
    Letter,
    calendar_part,
    facts_about_the_way,
    moment_words,
    new_message,
    plain,
    series_file,
    when_words,
)
from rooms.models import Booking, BookingEvent
from rooms.rules_in_words import check_in_words
from rooms.wording import money


def is_about_series(event: BookingEvent) -> bool:
    """Say whether the mail of this event is about several bookings."""
    return len(event.new.get("together", ())) > 1


def send_series_mail_of(event: BookingEvent) -> None:
    """Write and send the mail that an event owes for all its bookings. Raises whatever the mail server answers."""
    then = series_as_of(event)
    with translation.override(event.booking.language):
        series_message_of(event, then).send()


def series_message_of(event: BookingEvent, then: SeriesThen) -> EmailMultiAlternatives:
    bookings = then.named(event.new["together"])
    message = new_message(event, bookings[0], series_letter_of(event, then, bookings))
    if (calendar := series_file(then, event.at)) is not None:
        message.attach(calendar_part(*calendar))
    return message


def series_letter_of(event: BookingEvent, then: SeriesThen, bookings: Sequence[Booking]) -> Letter:
    """Write the mail in the active language."""
    moved = {booking.pk: then.closed[booking.pk] for booking in bookings if booking.pk in then.closed}
    subject, paragraphs = _closed(bookings) if moved else _words(event, bookings)
    waiting = [booking for booking in bookings if booking.state == BookingState.REQUESTED]
    first = moved.get(bookings[0].pk, bookings[0])
    values = {
        "room": first.room.name,
        "hub": first.room.hub.name,
        "day": plain(day_long(first.starts_at)),
        "count": len(bookings),
        "reason": event.reason,
        "waiting": len(waiting),
        "deadline": moment_words(min(_deadlines(waiting), default=first.starts_at)),
    }
    lapsing = [each for each in bookings if each.state == BookingState.CONFIRMED and each.expires_at is not None]
    kept_for = {each.room.release_minutes for each in lapsing}
    paragraphs = [*paragraphs, *(check_in_words(minutes) for minutes in kept_for if minutes is not None)]
    is_live = any(booking.state in (BookingState.CONFIRMED, BookingState.REQUESTED) for booking in bookings)
    return Letter(
        subject=" ".join((subject % values).split()),
        paragraphs=[paragraph % values for paragraph in paragraphs],
        facts=_facts_of_closure(then, bookings, moved) if moved else _facts(then, bookings, is_live=is_live),
        link_words=_("See all dates, change them or give them back") if is_live else _("See the series"),
        link=series_address(then.series),
    )


def _deadlines(bookings: Sequence[Booking]) -> list[datetime]:
    return [booking.expires_at for booking in bookings if booking.expires_at is not None]


def _words(event: BookingEvent, bookings: Sequence[Booking]) -> tuple[str, list[str]]:
    match event.kind:
        case EventKind.CONFIRMED | EventKind.REQUESTED:
            return _booked(bookings)
        case EventKind.APPROVED:
            return _approved(event, bookings)
        case EventKind.DECLINED:
            return _declined(bookings)
        case EventKind.CHANGED:
            return _changed(bookings)
        case EventKind.GIVEN_BACK:
            return _given_back(bookings)
        case EventKind.CANCELLED:
            return _cancelled(bookings)
        case _is_expired:
            return _expired(bookings)


def _booked(bookings: Sequence[Booking]) -> tuple[str, list[str]]:
    count = len(bookings)
    waiting = sum(booking.state == BookingState.REQUESTED for booking in bookings)
    give_back = _(
        "If you do not need some of the dates after all, please give them back, so that others can have them."
    )
    if not waiting:
        return ngettext(
            "Booked: %(room)s, %(count)d date from %(day)s", "Booked: %(room)s, %(count)d dates from %(day)s", count
        ), [
            ngettext(
                "Your series is confirmed. You have booked %(count)d date.",
                "Your series is confirmed. You have booked %(count)d dates.",
                count,
            ),
            give_back,
        ]
    if waiting < count:
        return ngettext(
            "Your series: %(room)s, %(count)d date from %(day)s",
            "Your series: %(room)s, %(count)d dates from %(day)s",
            count,
        ), [_partly_waiting(waiting), give_back]
    subject = ngettext(
        "Your request has been sent: %(room)s, %(count)d date from %(day)s",
        "Your request has been sent: %(room)s, %(count)d dates from %(day)s",
        count,
    )
    return subject, [
        ngettext(
            "You have asked for %(count)d date. The staff answer by %(deadline)s.",
            "You have asked for %(count)d dates. The staff answer by %(deadline)s.",
            count,
        ),
        _("The dates are kept for you until then. They are not yet confirmed bookings."),
    ]


def _partly_waiting(waiting: int) -> str:
    return ngettext(
        "%(waiting)d of the dates waits for approval, and the staff answer by %(deadline)s. The others are confirmed.",
        "%(waiting)d of the dates wait for approval, and the staff answer by %(deadline)s. The others are confirmed.",
        waiting,
    )


def _approved(event: BookingEvent, bookings: Sequence[Booking]) -> tuple[str, list[str]]:
    count = len(bookings)
    return ngettext(
        "Approved: %(room)s, %(count)d date from %(day)s", "Approved: %(room)s, %(count)d dates from %(day)s", count
    ), [
        ngettext(
            "The staff have approved your request. You have %(count)d date.",
            "The staff have approved your requests. You have %(count)d dates.",
            count,
        ),
        *([_("The staff write: %(reason)s")] if event.reason else []),
        _("If you do not need some of the dates after all, please give them back, so that others can have them."),
    ]


def _declined(bookings: Sequence[Booking]) -> tuple[str, list[str]]:
    count = len(bookings)
    return ngettext(
        "Not approved: %(room)s, %(count)d date from %(day)s",
        "Not approved: %(room)s, %(count)d dates from %(day)s",
        count,
    ), [
        ngettext(
            "The staff could not approve your request for this date.",
            "The staff could not approve your requests for these dates.",
            count,
        ),
        _("The reason: %(reason)s"),
        _("You are welcome to look for another time or another room."),
    ]


def _changed(bookings: Sequence[Booking]) -> tuple[str, list[str]]:
    count = len(bookings)
    waiting = sum(booking.state == BookingState.REQUESTED for booking in bookings)
    paragraphs = [
        ngettext(
            "Your series has been changed. This is the date as it is now.",
            "Your series has been changed. These are the dates as they are now.",
            count,
        )
    ]
    if waiting == count:
        paragraphs.append(
            _("The staff have to approve them, and answer by %(deadline)s. The dates are kept for you until then.")
        )
    elif waiting:
        paragraphs.append(_partly_waiting(waiting))
    return ngettext(
        "Changed: %(room)s, %(count)d date from %(day)s", "Changed: %(room)s, %(count)d dates from %(day)s", count
    ), paragraphs


def _given_back(bookings: Sequence[Booking]) -> tuple[str, list[str]]:
    count = len(bookings)
    return ngettext(
        "Given back: %(room)s, %(count)d date from %(day)s", "Given back: %(room)s, %(count)d dates from %(day)s", count
    ), [
        ngettext(
            "You have given back %(count)d date of your series. It is free again for others. Thank you!",
            "You have given back %(count)d dates of your series. They are free again for others. Thank you!",
            count,
        ),
    ]


def _cancelled(bookings: Sequence[Booking]) -> tuple[str, list[str]]:
    count = len(bookings)
    return ngettext(
        "Cancelled: %(room)s, %(count)d date from %(day)s", "Cancelled: %(room)s, %(count)d dates from %(day)s", count
    ), [
        ngettext(
            "The staff have had to cancel %(count)d date of your series. We are sorry.",
            "The staff have had to cancel %(count)d dates of your series. We are sorry.",
            count,
        ),
        _("The reason: %(reason)s"),
        _("You are welcome to look for another time or another room."),
    ]


def _closed(bookings: Sequence[Booking]) -> tuple[str, list[str]]:
    """Tell that a room closes, and that some of the dates at least have been moved."""
    is_waiting = any(booking.state == BookingState.REQUESTED for booking in bookings)
    still = _("Dates that wait for approval are answered by %(deadline)s, and kept for you until then.")
    return ngettext(
        "Your series has to change: %(room)s, %(count)d date from %(day)s",
        "Your series has to change: %(room)s, %(count)d dates from %(day)s",
        len(bookings),
    ), [
        _("The room is closed on these dates, so we have had to move or cancel them. We are sorry."),
        _("The reason: %(reason)s"),
        *([still] if is_waiting else []),
        _("If this does not suit you, you can choose another time or room, or give the time back."),
    ]


def _expired(bookings: Sequence[Booking]) -> tuple[str, list[str]]:
    count = len(bookings)
    return ngettext(
        "Your request has expired: %(room)s, %(count)d date from %(day)s",
        "Your requests have expired: %(room)s, %(count)d dates from %(day)s",
        count,
    ), [
        ngettext(
            "Nobody answered your request for this date in time. We are sorry.",
            "Nobody answered your requests for these dates in time. We are sorry.",
            count,
        ),
        _("The dates are no longer kept for you. You are welcome to ask for them again, or for other dates."),
    ]


def _facts(then: SeriesThen, bookings: Sequence[Booking], *, is_live: bool) -> list[tuple[str, str]]:
    """Return labels and values; how to find the room only while there is something to go to, and one room."""
    first = bookings[0]
    room = first.room
    is_one_room = all(booking.room_id == room.pk for booking in bookings)
    facts = [
        (_("Room"), f"{room.name}, {room.hub.name}" if is_one_room else ""),
        *dates_facts(bookings, with_rooms=not is_one_room),
        (_("People"), number_format(first.people) if first.people else ""),
        (_("Series number"), then.series.reference),
    ]
    if is_live:
        price = sum(booking.price_cents for booking in bookings)
        words = _("%(amount)s in all, by invoice") % {"amount": money(price)} if price else _("Free of charge")
        facts.append((_("Price"), words))
    if is_live and is_one_room:
        facts += facts_about_the_way(room)
    return [(label, value) for label, value in facts if value]


def _facts_of_closure(
    then: SeriesThen, bookings: Sequence[Booking], moved: Mapping[int, Booking]
) -> list[tuple[str, str]]:
    """Return where each date has gone, and which are cancelled. `moved` are the dates as they were before."""
    first = bookings[0]
    cancelled = [booking for booking in bookings if booking.pk not in moved]
    facts = [
        (_("Moved dates"), "\n".join(_move_line(each, moved[each.pk]) for each in bookings if each.pk in moved)),
        (_("Cancelled dates"), _lines(cancelled, with_rooms=True)),
        (_("People"), number_format(first.people) if first.people else ""),
        (_("Series number"), then.series.reference),
    ]
    return [(label, value) for label, value in facts if value]


def _move_line(booking: Booking, before: Booking) -> str:
    """Write when and where it is now, and of the time and the place before what was different."""
    is_same_time = (booking.starts_at, booking.ends_at) == (before.starts_at, before.ends_at)
    if is_same_time:
        earlier = before.room.name
    elif booking.room_id == before.room_id:
        earlier = when_words(before.starts_at, before.ends_at)
    else:
        earlier = _line(before)
    # Translators: when and where a booking is now, and when or where it was, such as “… Studio (before: Hall)”.
    return _("%(now)s (before: %(before)s)") % {"now": _line(booking), "before": earlier}


def dates_facts(bookings: Sequence[Booking], *, with_rooms: bool) -> list[tuple[str, str]]:
    """Return the dates, a line each; those that wait for approval by themselves where others do not."""
    waiting = [booking for booking in bookings if booking.state == BookingState.REQUESTED]
    others = [booking for booking in bookings if booking.state != BookingState.REQUESTED]
    label = _("Dates that wait for approval") if others else _("Dates")
    return [
        (_("Dates"), _lines(others, with_rooms=with_rooms)),
        (label, _lines(waiting, with_rooms=with_rooms)),
    ]


def _lines(bookings: Sequence[Booking], *, with_rooms: bool) -> str:
    return "\n".join(
        _line(booking) if with_rooms else when_words(booking.starts_at, booking.ends_at) for booking in bookings
    )


def _line(booking: Booking) -> str:
    place = f"{booking.room.name}, {booking.room.hub.name}"
    return _("%(when)s: %(place)s") % {"when": when_words(booking.starts_at, booking.ends_at), "place": place}
