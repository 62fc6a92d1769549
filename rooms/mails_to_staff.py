"""The mails that the staff of a hub get about requests, each editor in their own language.

They tell what has to be decided and until when, and not who asks: that stands in the admin. An
editor's mail carries a signed link that answers in their name. The hub's own address, which many
may read, gets the way to the admin instead, so that it is always known who has answered.
"""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from hubs.wording import day_long
from rooms.calendar import host
from rooms.enums import EventKind
from rooms.links import answer_link
from rooms.mails import Letter, booking_as_of, moment_words, plain, when_words
from rooms.models import Booking, BookingMail


def send_mail_to_staff(mail: BookingMail) -> None:
    """Write and send a mail about a request. Raises whatever the mail server answers."""
    booking = booking_as_of(mail.event)
    language = mail.editor.language if mail.editor is not None else settings.LANGUAGE_CODE
    with translation.override(language):
        message_to_staff(mail, booking, language).send()


def message_to_staff(mail: BookingMail, booking: Booking, language: str) -> EmailMultiAlternatives:
    letter = letter_to_staff(mail, booking)
    context = {"letter": letter, "language": language, "site": settings.SITE_NAME}
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=render_to_string("rooms/mail/booking.txt", context),
        to=[mail.editor.email if mail.editor is not None else booking.room.hub.email],
        headers={
            "Message-ID": f"<{booking.reference}.{mail.event_id}.staff{mail.editor_id or ''}@{host()}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": language,
        },
    )
    message.attach_alternative(render_to_string("rooms/mail/booking.html", context), "text/html")
    return message


def letter_to_staff(mail: BookingMail, booking: Booking) -> Letter:
    """Write the mail in the active language."""
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
        is_live=True,
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
