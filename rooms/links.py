"""Links in mails that let somebody act without signing in.

A link is signed for one purpose and names a booking, the booking's sequence where the link is to
die with the next change, a moment after which it is dead, and, for the staff, who acts by it. One
that stops a watch names that alone: it works as long as there is something to stop.
Following a link changes nothing, for mail scanners follow every link; the page it opens has a
button. A link that acts is worth as much as the mail it came in, so it does no more than its
purpose says and never opens personal data.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import User
from hubs.models import Hub
from rooms.models import Booking, Series, Watch

LONGEST = 400  # characters; ours have about a hundred


class Purpose(StrEnum):
    GIVE_BACK = "give_back"
    CHECK_IN = "check_in"
    ANSWER = "answer"
    ANSWER_SERIES = "answer_series"
    CLAIM = "claim"
    STOP_WATCH = "stop_watch"


class ForgedError(Exception):
    """Nobody has signed this link, or not for this purpose."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a signed link says, beside the booking as it is now."""

    booking: Booking
    sequence: int
    dies_at: datetime
    editor: User | None = None

    def is_alive_at(self, at: datetime) -> bool:
        return at < self.dies_at

    @property
    def is_of_this_version(self) -> bool:
        return self.sequence == self.booking.sequence


@dataclass(frozen=True, slots=True)
class SeriesLink:
    """What a link says by which an editor answers the requests of a series in a hub."""

    series: Series
    hub: Hub
    dies_at: datetime
    editor: User

    def is_alive_at(self, at: datetime) -> bool:
        return at < self.dies_at


def give_back_link(booking: Booking) -> str:
    return _address(Purpose.GIVE_BACK, booking, booking.ends_at)


def check_in_link(booking: Booking) -> str:
    return _address(Purpose.CHECK_IN, booking, booking.ends_at)


def answer_link(booking: Booking, editor: User) -> str:
    """Return the link by which `editor` answers the request as it is now; it dies with its deadline."""
    return _address(Purpose.ANSWER, booking, booking.expires_at or booking.starts_at, editor)


def answer_series_link(series: Series, hub: Hub, editor: User, bookings: Iterable[Booking]) -> str:
    """Return the link by which `editor` answers all requests of a series in a hub; it dies with their last deadline.

    It does not die with a change: the page it opens shows what is asked for now, and what is sent
    from there answers that alone.
    """
    dies_at = max(booking.expires_at or booking.starts_at for booking in bookings)
    return _link(Purpose.ANSWER_SERIES, [series.reference, hub.pk, int(dies_at.timestamp()), editor.pk])


def read_series_link(token: str) -> SeriesLink:
    """Return what the link says, dead or alive. Queries; raises ForgedError."""
    reference, hub_id, dies_at, editor_id = _facts(Purpose.ANSWER_SERIES, token)
    series = Series.objects.filter(reference=reference).first()
    hub, editor = Hub.objects.filter(pk=hub_id).first(), User.objects.filter(pk=editor_id).first()
    if series is None or hub is None or editor is None:
        raise ForgedError
    return SeriesLink(series, hub, datetime.fromtimestamp(dies_at, UTC), editor)


def claim_link(booking: Booking) -> str:
    """Return the link that takes or declines what is offered; what has lapsed can be taken while it is free."""
    return _address(Purpose.CLAIM, booking, booking.starts_at)


def stop_watch_link(watch: Watch) -> str:
    return _link(Purpose.STOP_WATCH, watch.reference)


def read_watch_link(token: str) -> Watch:
    """Return the watch that the link stops. Queries; raises ForgedError."""
    watch = Watch.objects.for_list().filter(reference=_facts(Purpose.STOP_WATCH, token)).first()
    if watch is None:
        raise ForgedError
    return watch


def read_link(purpose: Purpose, token: str) -> Link:
    """Return what the link says, dead or alive. Queries; raises ForgedError."""
    reference, sequence, dies_at, editor_id = _facts(purpose, token)
    booking = Booking.objects.for_list().filter(reference=reference).first()
    editor = User.objects.filter(pk=editor_id).first() if editor_id else None
    if booking is None or (editor_id and editor is None):
        raise ForgedError
    return Link(booking, sequence, datetime.fromtimestamp(dies_at, UTC), editor)


def _address(purpose: Purpose, booking: Booking, dies_at: datetime, editor: User | None = None) -> str:
    """Return the link with host, in the active language."""
    facts = [booking.reference, booking.sequence, int(dies_at.timestamp()), editor.pk if editor else 0]
    return _link(purpose, facts)


def _link(purpose: Purpose, facts: Any) -> str:
    token = _signer(purpose).sign_object(facts)
    return settings.SITE_URL + reverse(f"rooms:{purpose}_by_link", kwargs={"token": token})


def _facts(purpose: Purpose, token: str) -> Any:
    """Return what was signed. Raises ForgedError."""
    try:
        if len(token) > LONGEST:
            raise ForgedError
        return _signer(purpose).unsign_object(token)
    except (BadSignature, ValueError) as error:
        raise ForgedError from error


def _signer(purpose: Purpose) -> Signer:
    return Signer(salt=f"rooms.links.{purpose}")
