"""The mails that residents get about their bookings."""

from rooms.models import BookingEvent


def send_mail_of(event: BookingEvent) -> None:
    raise NotImplementedError(event.kind)
