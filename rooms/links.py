"""Links in mails that let somebody act without signing in.

A link is signed for one purpose and names a booking, the booking's sequence where the link is to
die with the next change, a moment after which it is dead, and, for the staff, who acts by it.
Following a link changes nothing, for mail scanners follow every link; the page it opens has a
button. A link that acts is worth as much as the mail it came in, so it does no more than its
purpose says and never opens personal data.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import User
from rooms.models import Booking

LONGEST = 400  # characters; ours have about a hundred


class Purpose(StrEnum):
    GIVE_BACK = "give_back"
    CHECK_IN = "check_in"
    ANSWER = "answer"


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


def give_back_link(booking: Booking) -> str:
    return _address(Purpose.GIVE_BACK, booking, booking.ends_at)


def check_in_link(booking: Booking) -> str:
    return _address(Purpose.CHECK_IN, booking, booking.ends_at)


def answer_link(booking: Booking, editor: User) -> str:
    """Return the link by which `editor` answers the request as it is now; it dies with its deadline."""
    return _address(Purpose.ANSWER, booking, booking.expires_at or booking.starts_at, editor)


def read_link(purpose: Purpose, token: str) -> Link:
    """Return what the link says, dead or alive. Queries; raises ForgedError."""
    try:
        if len(token) > LONGEST:
            raise ForgedError
        reference, sequence, dies_at, editor_id = _signer(purpose).unsign_object(token)
    except (BadSignature, ValueError) as error:
        raise ForgedError from error
    booking = Booking.objects.for_list().filter(reference=reference).first()
    editor = User.objects.filter(pk=editor_id).first() if editor_id else None
    if booking is None or (editor_id and editor is None):
        raise ForgedError
    return Link(booking, sequence, datetime.fromtimestamp(dies_at, UTC), editor)


def _address(purpose: Purpose, booking: Booking, dies_at: datetime, editor: User | None = None) -> str:
    """Return the link with host, in the active language."""
    facts = [booking.reference, booking.sequence, int(dies_at.timestamp()), editor.pk if editor else 0]
    token = _signer(purpose).sign_object(facts)
    return settings.SITE_URL + reverse(f"rooms:{purpose}_by_link", kwargs={"token": token})


def _signer(purpose: Purpose) -> Signer:
    return Signer(salt=f"rooms.links.{purpose}")
