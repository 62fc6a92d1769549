"""The mails that residents get about their bookings, in the language they booked in.

A mail is written from its event, not from what the booking has become since: two changes in a
row give two mails that each tell the truth of their moment.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import MIMEPart

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from hubs.opening import HELSINKI
from hubs.wording import at_clock, at_clock_range, day_long
from rooms.as_of import PUT_INTO_CALENDAR, SeriesThen, booking_as_of, moment_of, series_as_of
from rooms.calendar import (
    Method,
    booking_address,
    booking_calendar,
    host,
    series_address,
    series_calendar,
    series_method,
)
from rooms.enums import BookingState, EventKind
from rooms.links import check_in_link, claim_link, give_back_link, stop_watch_link
from rooms.models import Booking, BookingEvent, Room, Watch
from rooms.no_shows import is_to_be_told
from rooms.rules import check_in_from, needs_approval
from rooms.wording import money, watch_words

TAKE_OUT_OF_CALENDAR = frozenset(
    {EventKind.GIVEN_BACK, EventKind.CANCELLED, EventKind.DECLINED, EventKind.EXPIRED, EventKind.RELEASED}
)


# What is told only as long as the booking is in this state.
TRUE_IN: dict[str, BookingState] = {EventKind.OFFERED: BookingState.HELD, EventKind.REMINDED: BookingState.CONFIRMED}


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says, before it is laid out as text and as HTML."""

    subject: str
    paragraphs: list[str]
    facts: list[tuple[str, str]]
    link_words: str
    link: str
    more_links: list[tuple[str, str]] = field(default_factory=list)
    why: str = ""  # empty: because they booked


def send_mail_of(event: BookingEvent) -> None:
    """Write and send the mail that an event owes. Raises whatever the mail server answers.

    An offer that is no longer open when its mail comes up would only disappoint, and a reminder of what has
    been given back meanwhile only frighten: they are not sent.
    """
    if event.kind in TRUE_IN and event.booking.state_at(timezone.now()) != TRUE_IN[event.kind]:
        return
    booking = booking_as_of(event)
    with translation.override(booking.language):
        message_of(event, booking).send()


def message_of(event: BookingEvent, booking: Booking) -> EmailMultiAlternatives:
    message = new_message(event, booking, letter_of(event, booking))
    if (calendar := calendar_file(event, booking)) is not None:
        message.attach(calendar_part(*calendar))
    return message


def new_message(event: BookingEvent, booking: Booking, letter: Letter) -> EmailMultiAlternatives:
    """Lay the letter out, without a calendar file, for whoever booked."""
    message = laid_out(letter, booking.language, to=booking.email, number=f"{booking.reference}.{event.pk}")
    message.reply_to = [booking.room.hub.email] if booking.room.hub.email else []
    return message


def laid_out(letter: Letter, language: str, *, to: str, number: str) -> EmailMultiAlternatives:
    """Lay a letter out, as text and as HTML. What has the same number, sent twice after a crash, shows once."""
    context = {"letter": letter, "language": language, "site": settings.SITE_NAME}
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=render_to_string("rooms/mail/booking.txt", context),
        to=[to],
        headers={
            "Message-ID": f"<{number}@{host()}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": language,
        },
    )
    message.attach_alternative(render_to_string("rooms/mail/booking.html", context), "text/html")
    return message


def calendar_file(event: BookingEvent, booking: Booking) -> tuple[Method, bytes] | None:
    """Return the calendar file that goes along, if any, and its method: of a series always all of it."""
    if booking.series is None:
        method = calendar_method(event)
        return None if method is None else (method, booking_calendar(booking, at=event.at, method=method))
    if event.kind == EventKind.REMINDED:
        return None  # nothing has changed
    return series_file(series_as_of(event), event.at)


def series_file(then: SeriesThen, at: datetime) -> tuple[Method, bytes] | None:
    """Return the calendar file of a series as it was: what is left, or that nothing is. None of a mere request."""
    if not then.was_put_into_calendar:
        return None
    method = series_method(then.dates, at)
    return method, series_calendar(then.series, at=at, method=method, dates=then.dates, sequence=then.sequence)


def calendar_method(event: BookingEvent) -> Method | None:
    """Say which calendar file goes along: none with a mere request, which may still be declined.

    What was once put into a calendar is moved and taken out again. Queries for earlier events.
    """
    if event.kind == EventKind.REMINDED:
        return None  # nothing has changed
    if event.kind in PUT_INTO_CALENDAR:
        return "REQUEST"
    was_put = BookingEvent.objects.filter(booking=event.booking_id, kind__in=PUT_INTO_CALENDAR, pk__lt=event.pk)
    if not was_put.exists():
        return None
    return "CANCEL" if event.kind in TAKE_OUT_OF_CALENDAR else "REQUEST"


def letter_of(event: BookingEvent, booking: Booking) -> Letter:
    """Write the mail in the active language."""
    if (watch := _watch_of(event)) is not None:
        return _letter_to_who_watches(event, booking, watch)
    subject, paragraphs = _words(event, booking)
    is_live = booking.state in (BookingState.CONFIRMED, BookingState.REQUESTED)
    more_links = []
    if booking.state == BookingState.CONFIRMED and booking.expires_at is not None:
        paragraphs.append(_check_in_words(booking, booking.expires_at, event.at))
        more_links.append((_("Check in"), check_in_link(booking)))
    if event.kind == EventKind.REMINDED:
        more_links.insert(0, (_("Give the time back"), give_back_link(booking)))
    if booking.series is not None:
        more_links.append((_("See all dates of the series"), series_address(booking.series)))
    return Letter(
        subject=" ".join(subject.split()),
        paragraphs=paragraphs,
        more_links=more_links,
        facts=_facts(booking, is_live=is_live),
        link_words=_("See or give back your booking") if is_live else _("See your booking"),
        link=booking_address(booking),
    )


def _watch_of(event: BookingEvent) -> Watch | None:
    """Return the watch that the mail is about: its offer, or that it has stopped because nobody answers. Queries."""
    if event.kind == EventKind.OFFERED or (event.kind == EventKind.EXPIRED and event.booking.people is None):
        return Watch.objects.for_list().filter(offers__booking=event.booking_id).first()
    return None


def _letter_to_who_watches(event: BookingEvent, booking: Booking, watch: Watch) -> Letter:
    subject, paragraphs = (_offered if event.kind == EventKind.OFFERED else _watch_stopped)(booking)
    values = {
        "room": booking.room.name,
        "hub": booking.room.hub.name,
        "when": when_words(booking.starts_at, booking.ends_at),
        "day": plain(day_long(booking.starts_at)),
        "deadline": moment_words(booking.expires_at) if booking.expires_at else "",
    }
    wish = (_("You wait for"), plain(" · ".join(watch_words(watch))))
    is_offer = event.kind == EventKind.OFFERED
    return Letter(
        subject=" ".join((subject % values).split()),
        paragraphs=[paragraph % values for paragraph in paragraphs],
        facts=[*(_facts_of_offer(booking) if is_offer else []), wish],
        link_words=_("Take the time, or say no thanks") if is_offer else _("See what you wait for, or go on waiting"),
        link=claim_link(booking) if is_offer else settings.SITE_URL + watch.get_absolute_url(),
        more_links=[(_("Stop waiting"), stop_watch_link(watch))] if is_offer else [],
        why=_("This mail was sent because you asked to be told when a time is free."),
    )


def _facts_of_offer(booking: Booking) -> list[tuple[str, str]]:
    """Return what one wants to know before one takes the time; how to enter is told with the confirmation."""
    hub = booking.room.hub
    return [
        (_("Room"), booking.room.name),
        (_("Time"), when_words(booking.starts_at, booking.ends_at)),
        (_("Held until"), moment_words(booking.expires_at) if booking.expires_at else ""),
        (_("Price"), price_words(booking)),
        (_("Address"), f"{hub.name}, {hub.street}, {hub.postal_code} {hub.locality}"),
    ]


def _offered(booking: Booking) -> tuple[str, list[str]]:
    paragraphs = [
        _("A time that you wait for has become free: %(room)s at %(hub)s on %(when)s."),
        _("It is held for you until %(deadline)s. Then it is offered to the next one who waits."),
        _("If you do not need it, please say no thanks, so that somebody else can have it at once."),
    ]
    if needs_approval(booking.room, is_staff=False):
        paragraphs.insert(2, _("When you have taken it, the staff still have to approve the booking."))
    return _("Free for you: %(room)s, %(day)s"), paragraphs


def _watch_stopped(booking: Booking) -> tuple[str, list[str]]:
    return _("You no longer wait for a free time"), [
        _("We have held a time for you three times in a row and not heard from you, last %(room)s on %(when)s."),
        _("So that no room stands empty, we have stopped waiting for you. That is quite all right."),
        _("If you still need a time, you can go on waiting with one tap."),
    ]


def _words(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    values = {
        "room": booking.room.name,
        "hub": booking.room.hub.name,
        "when": when_words(booking.starts_at, booking.ends_at),
        "day": plain(day_long(booking.starts_at)),
        "old_time": _old_time(event),
        "old_room": _old_room(event),
        "reason": event.reason,
        "deadline": moment_words(booking.expires_at) if booking.expires_at else "",
    }
    subject, paragraphs = {
        EventKind.CONFIRMED: _confirmed,
        EventKind.REQUESTED: _requested,
        EventKind.APPROVED: _approved,
        EventKind.DECLINED: _declined,
        EventKind.CHANGED: _changed,
        EventKind.GIVEN_BACK: _given_back,
        EventKind.SHORTENED: _shortened,
        EventKind.CANCELLED: _cancelled,
        EventKind.EXPIRED: _expired,
        EventKind.REMINDED: _reminded,
        EventKind.RELEASED: _released,
    }[EventKind(event.kind)](event, booking)
    return subject % values, [paragraph % values for paragraph in paragraphs]


def _confirmed(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    return _("Booked: %(room)s, %(day)s"), [
        _("Your booking is confirmed. You have %(room)s at %(hub)s on %(when)s."),
        _("If you do not need the time after all, please give it back, so that somebody else can have it."),
    ]


def _requested(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    return _("Your request has been sent: %(room)s, %(day)s"), [
        _("You have asked for %(room)s at %(hub)s on %(when)s. The staff answer by %(deadline)s."),
        _("The time is kept for you until then. This is not yet a confirmed booking."),
    ]


def _approved(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    return _("Approved: %(room)s, %(day)s"), [
        _("The staff have approved your request. You have %(room)s at %(hub)s on %(when)s."),
        *([_("The staff write: %(reason)s")] if event.reason else []),
        _("If you do not need the time after all, please give it back, so that somebody else can have it."),
    ]


def _declined(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    return _("Not approved: %(room)s, %(day)s"), [
        _("The staff could not approve your request for %(room)s at %(hub)s on %(when)s."),
        _("The reason: %(reason)s"),
        _("You are welcome to look for another time or another room."),
    ]


def _changed(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    if event.new.get("is_closed"):
        return _moved(event, booking)
    paragraphs = [_("Your booking has been changed. You now have %(room)s at %(hub)s on %(when)s.")]
    if booking.state == BookingState.REQUESTED:
        paragraphs = [
            _("Your booking has been changed to %(room)s at %(hub)s on %(when)s."),
            _("The staff have to approve it, and answer by %(deadline)s. The time is kept for you until then."),
        ]
    if _old_time(event):
        paragraphs.append(_("The earlier time was %(old_time)s."))
    return _("Changed: %(room)s, %(day)s"), paragraphs


def _moved(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    paragraphs = [
        _("%(old_room)s is closed at that time, so we have had to move your booking. We are sorry."),
        _("The reason: %(reason)s"),
        _("You now have %(room)s at %(hub)s on %(when)s."),
    ]
    if booking.state == BookingState.REQUESTED:
        paragraphs[2:] = [
            _("Your request is now for %(room)s at %(hub)s on %(when)s."),
            _("The staff have to approve it, and answer by %(deadline)s. The time is kept for you until then."),
        ]
    if _old_time(event):
        paragraphs.append(_("The earlier time was %(old_time)s."))
    paragraphs.append(_("If this does not suit you, you can choose another time or room, or give the time back."))
    return _("Moved: %(room)s, %(day)s"), paragraphs


def _given_back(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    return _("Given back: %(room)s, %(day)s"), [
        _("You have given back %(room)s at %(hub)s on %(when)s. The time is free again for others. Thank you!"),
    ]


def _shortened(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    return _("Part given back: %(room)s, %(day)s"), [
        _("You have given back a part of your time. You now have %(room)s at %(hub)s on %(when)s."),
        _("The earlier time was %(old_time)s."),
        _("The rest is free again for others. Thank you!"),
    ]


def _cancelled(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    return _("Cancelled: %(room)s, %(day)s"), [
        _("The staff have had to cancel your booking of %(room)s at %(hub)s on %(when)s. We are sorry."),
        _("The reason: %(reason)s"),
        _("You are welcome to look for another time or another room."),
    ]


def _expired(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    return _("Your request has expired: %(room)s, %(day)s"), [
        _("Nobody answered your request for %(room)s at %(hub)s on %(when)s in time. We are sorry."),
        _("The time is no longer kept for you. You are welcome to ask for it again, or for another time."),
    ]


def _reminded(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    return _("Reminder: %(room)s, %(day)s"), [
        _("You have booked %(room)s at %(hub)s on %(when)s. Welcome!"),
        _(
            "If you cannot come, please give the time back, so that somebody else can have it. "
            "The link below does it without signing in."
        ),
    ]


def _released(event: BookingEvent, booking: Booking) -> tuple[str, list[str]]:
    paragraphs = [
        _(
            "You had booked %(room)s at %(hub)s on %(when)s. "
            "Nobody had checked in in time, so the room is free for others."
        ),
        _("Did you come all the same? Please tell the staff, and check in next time."),
    ]
    if is_to_be_told(event):
        paragraphs.append(
            _(
                "This has now happened twice within three months. We know that plans change. Please give the time "
                "back as soon as you know that you cannot come: it takes a moment on the page My bookings, or with "
                "the link in the reminder, and somebody else can use the room."
            )
        )
    return _("Released: %(room)s, %(day)s"), paragraphs


def _check_in_words(booking: Booking, deadline: datetime, at: datetime) -> str:
    """Say until when to check in, and from when unless one can already: who books at the door is there."""
    values = {"from": at_clock(check_in_from(booking)), "deadline": at_clock(deadline)}
    if check_in_from(booking) <= at:
        return plain(
            _(
                "Check in when you come: with the link below or the code at the door. "
                "If nobody has checked in by %(deadline)s, the room is free for others."
            )
            % values
        )
    return plain(
        _(
            "Check in when you come, from %(from)s: with the link below or the code at the door. "
            "If nobody has checked in by %(deadline)s, the room is free for others."
        )
        % values
    )


def _facts(booking: Booking, *, is_live: bool) -> list[tuple[str, str]]:
    """Return labels and values; how to find the room only while there is something to go to."""
    room = booking.room
    facts = [
        (_("Room"), room.name),
        (_("Time"), when_words(booking.starts_at, booking.ends_at)),
        (_("People"), number_format(booking.people) if booking.people else ""),
        (_("Booking number"), booking.reference),
    ]
    if is_live:
        facts += [(_("Price"), price_words(booking)), *facts_about_the_way(room)]
    return [(label, value) for label, value in facts if value]


def facts_about_the_way(room: Room) -> list[tuple[str, str]]:
    hub = room.hub
    address = f"{hub.street}, {hub.postal_code} {hub.locality}"
    return [
        (_("Address"), ", ".join(part for part in (hub.name, address, hub.address_detail) if part)),
        (_("Floor"), room.floor),
        (_("How to find and enter the room"), room.directions.strip()),
    ]


def price_words(booking: Booking) -> str:
    if not booking.price_cents:
        return _("Free of charge")
    return _("%(amount)s, by invoice") % {"amount": money(booking.price_cents)}


def when_words(starts_at: datetime, ends_at: datetime) -> str:
    """Write “onsdag 25 november 2026 kl. 17–19”, without the signs that only browsers need."""
    start, end = starts_at.astimezone(HELSINKI), ends_at.astimezone(HELSINKI)
    if start.date() == (end - timedelta(microseconds=1)).date():
        return plain(_("%(day)s %(hours)s") % {"day": day_long(start), "hours": at_clock_range(start, end)})
    return _("%(start)s – %(end)s") % {"start": moment_words(start), "end": moment_words(end)}


def moment_words(moment: datetime) -> str:
    local = moment.astimezone(HELSINKI)
    return plain(_("%(day)s %(time)s") % {"day": day_long(local), "time": at_clock(local)})


def _old_time(event: BookingEvent) -> str:
    """Return the earlier time in words, if the time is what changed."""
    old, new = event.old, event.new
    if not old or (old["starts_at"], old["ends_at"]) == (new["starts_at"], new["ends_at"]):
        return ""
    return when_words(moment_of(old["starts_at"]), moment_of(old["ends_at"]))


def _old_room(event: BookingEvent) -> str:
    """Return the name of the room that closes. Queries where a booking had to leave one."""
    return Room.objects.get(pk=event.old["room"]).name if event.new.get("is_closed") else ""


def plain(words: str) -> str:
    return words.replace("\u2060", "")


def calendar_part(method: Method, content: bytes, name: str = "booking.ics") -> MIMEPart:
    """Return the attachment; base64 keeps its line ends as the standard asks."""
    part = MIMEPart()
    part.set_content(
        content,
        maintype="text",
        subtype="calendar",
        cte="base64",
        disposition="attachment",
        filename=name,
        params={"method": method, "charset": "utf-8"},
    )
    return part
