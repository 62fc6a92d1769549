"""The last mail to somebody who deletes their account. Its address lives only as long as its task."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.tasks import task
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from rooms.calendar import Method, booking_calendar, series_calendar, series_method
from rooms.mails import Letter, calendar_part, laid_out, when_words
from rooms.models import Booking, Series
from rooms.models.booking import make_reference

MOST_TRIES = 7  # 1, 2, 4 … 32 minutes apart


def owe_farewell(person: User, given_back: Sequence[Booking], *, at: datetime) -> None:
    """Queue the mail, in the person's language, with everything it says. Call inside the transaction."""
    with translation.override(person.language):
        bookings = [
            (f"{booking.room.name}, {booking.room.hub.name}", when_words(booking.starts_at, booking.ends_at))
            for booking in given_back
        ]
    calendars = [content.decode() for content in _calendars(given_back, at)]
    send_farewell.enqueue(person.email, person.language, bookings, calendars, number=make_reference())


def _calendars(given_back: Sequence[Booking], at: datetime) -> list[bytes]:
    """Return a file for each booking, and one for each series, of which what is over stays in the calendar."""
    alone = [booking_calendar(each, at=at, method="CANCEL") for each in given_back if each.series_id is None]
    keys = {each.series_id for each in given_back if each.series_id is not None}
    series = Series.objects.filter(pk__in=keys).order_by("pk")
    return alone + [_series_file(each, at) for each in series]


def _series_file(series: Series, at: datetime) -> bytes:
    dates = list(series.bookings.for_list())
    return series_calendar(series, at=at, method=series_method(dates, at), dates=dates)


@task
def send_farewell(
    email: str,
    language: str,
    bookings: list[tuple[str, str]],
    calendars: list[str],
    tries: int = 1,
    *,
    number: str,
) -> None:
    """Send the mail, which tells each booking by its place and its time.

    A failure is queued again, later each time, and raised. `number` tells nothing and stays the same,
    so that a mail sent twice after a crash shows once.
    """
    try:
        with translation.override(language):
            message_to(email, language, bookings, calendars, number).send()
    except Exception:
        if tries < MOST_TRIES and send_farewell.get_backend().supports_defer:
            later = timezone.now() + timedelta(minutes=2 ** (tries - 1))
            again = send_farewell.using(run_after=later)
            again.enqueue(email, language, bookings, calendars, tries + 1, number=number)
        raise


def message_to(
    email: str, language: str, bookings: list[tuple[str, str]], calendars: list[str], number: str
) -> EmailMultiAlternatives:
    """Write the mail in the active language; each calendar file takes out a booking, or what was left of a series."""
    letter = Letter(
        subject=_("Your account has been deleted"),
        paragraphs=[
            _("Your account and what was stored about you on %(site)s have been deleted, as you asked.")
            % {"site": settings.SITE_NAME},
            _("Past bookings are still counted in the statistics, without telling who booked."),
            _("You are always welcome back: sign in with your e-mail address to begin anew."),
            *([_("The times you had booked are free for others again:")] if bookings else []),
        ],
        why=_("This mail was sent because you deleted your account. It is the last one."),
        link_words=_("To the service centres"),
        link=f"{settings.SITE_URL}/{language}/",
        facts=[(when, place) for place, when in bookings],
    )
    message = laid_out(letter, language, to=email, number=f"farewell.{number}")
    for place, calendar in enumerate(calendars, start=1):
        method: Method = "REQUEST" if "METHOD:REQUEST" in calendar else "CANCEL"
        message.attach(calendar_part(method, calendar.encode(), f"booking-{place}.ics"))
    return message
