"""The mails that the staff of a hub get about requests, each editor in their own language.

They tell what has to be decided and until when, and not who asks: that stands in the admin. An
editor's mail carries a signed link that answers in their name. The hub's own address, which many
may read, gets the way to the admin instead, so that it is always known who has answered.
"""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hubs.wording import day_long
from rooms.as_of import SeriesThen, booking_as_of, series_as_of
from rooms.enums import BookingState, EventKind
from rooms.links import answer_link, answer_series_link
from rooms.mails import Letter, laid_out, moment_words, plain, when_words
from rooms.mails_about_series import dates_facts, is_about_series
from rooms.models import Booking, BookingMail


def send_mail_to_staff(mail: BookingMail) -> None:
    """Write and send a mail about a request. Raises whatever the mail server answers."""
    booking = booking_as_of(mail.event)
    language = mail.editor.language if mail.editor is not None else settings.LANGUAGE_CODE
    with translation.override(language):
        message_to_staff(mail, booking, language).send()


def message_to_staff(mail: BookingMail, booking: Booking, language: str) -> EmailMultiAlternatives:
    to = mail.editor.email if mail.editor is not None else booking.room.hub.email
    number = f"{booking.reference}.{mail.event_id}.staff{mail.editor_id or ''}"
    return laid_out(letter_to_staff(mail, booking), language, to=to, number=number)


def letter_to_staff(mail: BookingMail, booking: Booking) -> Letter:
    """Write the mail in the active language."""
    if is_about_series(mail.event):
        return _letter_about_series(mail, series_as_of(mail.event))
    values = {
        "room": booking.room.name,
        "day": plain(day_long(booking.starts_at)),
        "deadline": moment_words(booking.expires_at or booking.starts_at),
    }
    if mail.event.kind == EventKind.CHANGED:
        subject, first = (
            _("Changed request: %(room)s, %(day)s"),
            _("A request has been changed and waits for an answer."),
        )
    else:
        subject, first = _("New request: %(room)s, %(day)s"), _("Somebody asks for a room and waits for an answer.")
    deadline = _("Please answer by %(deadline)s. After that the request expires and the time is free again.")
    in_admin = settings.SITE_URL + reverse("admin:rooms_booking_change", args=[booking.pk])
    if mail.editor is not None:
        link_words, link = _("See the request and answer it"), answer_link(booking, mail.editor)
        more_links = [(_("See who asks, in the administration"), in_admin)]
    else:
        link_words, link, more_links = _("See the request in the administration and answer it"), in_admin, []
    return Letter(
        subject=" ".join((subject % values).split()),
        paragraphs=[first, deadline % values],
        facts=_facts(booking),
        link_words=link_words,
        link=link,
        more_links=more_links,
        why=_("This mail was sent because bookings of this service centre are answered at this address."),
    )


def _letter_about_series(mail: BookingMail, then: SeriesThen) -> Letter:
    """Write about all requests of a series in one hub at once: one link answers them."""
    hub = mail.event.booking.room.hub
    asked = then.named(mail.event.new["together"])
    bookings = [each for each in asked if each.state == BookingState.REQUESTED and each.room.hub_id == hub.pk]
    first = bookings[0]
    values = {
        "room": first.room.name,
        "day": plain(day_long(first.starts_at)),
        "count": len(bookings),
        "deadline": moment_words(min(booking.expires_at or booking.starts_at for booking in bookings)),
    }
    if mail.event.kind == EventKind.CHANGED:
        subject = ngettext(
            "Changed series of requests: %(room)s, %(count)d date from %(day)s",
            "Changed series of requests: %(room)s, %(count)d dates from %(day)s",
            len(bookings),
        )
        opening = _("A series of requests has been changed and waits for an answer.")
    else:
        subject = ngettext(
            "New series of requests: %(room)s, %(count)d date from %(day)s",
            "New series of requests: %(room)s, %(count)d dates from %(day)s",
            len(bookings),
        )
        opening = ngettext(
            "Somebody asks for a room on %(count)d date of a series and waits for an answer.",
            "Somebody asks for a room on %(count)d dates of a series and waits for an answer.",
            len(bookings),
        )
    deadline = _("Please answer by %(deadline)s. After that the requests expire and the time is free again.")
    in_admin = settings.SITE_URL + reverse("admin:rooms_booking_change", args=[first.pk])
    if mail.editor is not None:
        link_words, link = (
            _("See the requests and answer them"),
            answer_series_link(then.series, hub, mail.editor, bookings),
        )
        more_links = [(_("See who asks, in the administration"), in_admin)]
    else:
        link_words, link, more_links = _("See the requests in the administration and answer them"), in_admin, []
    is_one_room = all(booking.room_id == first.room_id for booking in bookings)
    facts = [
        (_("Service centre"), hub.name),
        (_("Room"), first.room.name if is_one_room else ""),
        *dates_facts(bookings, with_rooms=not is_one_room),
        (_("People"), number_format(first.people) if first.people else ""),
        (_("Series number"), then.series.reference),
    ]
    return Letter(
        subject=" ".join((subject % values).split()),
        paragraphs=[opening % values, deadline % values],
        facts=[(label, value) for label, value in facts if value],
        link_words=link_words,
        link=link,
        more_links=more_links,
        why=_("This mail was sent because bookings of this service centre are answered at this address."),
    )


def _facts(booking: Booking) -> list[tuple[str, str]]:
    facts = [
        (_("Service centre"), booking.room.hub.name),
        (_("Room"), booking.room.name),
        (_("Time"), when_words(booking.starts_at, booking.ends_at)),
        (_("People"), number_format(booking.people) if booking.people else ""),
        (_("Booking number"), booking.reference),
    ]
    return [(label, value) for label, value in facts if value]
