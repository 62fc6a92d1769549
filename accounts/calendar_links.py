"""Secret addresses under which calendar programs, which cannot sign in, fetch a person's calendar.

An address is signed and names the person and the version of their secret; a new version makes all
older addresses worthless. Nothing secret is stored, so a copy of the database opens no calendar.
The address for staff shows other people's names and is signed apart: who has one does not have
the other.
"""

from enum import StrEnum

from django.core.signing import BadSignature, Signer
from django.db.models import F
from django.http import Http404
from django.urls import reverse

from accounts.models import User
from accounts.roles import is_city_administrator

LONGEST = 100  # characters; ours have about fifty


class Purpose(StrEnum):
    OWN = "own"
    STAFF = "staff"


class OldAddressError(Exception):
    """The address was once right, and its owner has made a new one since."""


def make_token(user: User, purpose: Purpose) -> str:
    return _signer(purpose).sign(f"{user.pk}.{user.calendar_version}")


def owner_of(token: str, purpose: Purpose) -> User:
    """Return the active person whose address it is. Raise Http404, or OldAddressError where it is too old."""
    try:
        key, version = _signer(purpose).unsign(token[:LONGEST]).split(".")
    except (BadSignature, ValueError) as error:
        raise Http404 from error
    user = User.objects.filter(pk=key, is_active=True).first()
    if user is None:
        raise Http404
    if user.calendar_version != int(version):
        raise OldAddressError
    return user


def renew(user: User) -> None:
    """Make every address of this person's calendars worthless; the new ones follow from the new version."""
    User.objects.filter(pk=user.pk).update(calendar_version=F("calendar_version") + 1)


def addresses(user: User) -> dict[str, object]:
    """Return what the person's page shows: the own calendar, and one for each hub they edit. One query for staff."""
    found: dict[str, object] = {"calendar": reverse("my_calendar", args=[make_token(user, Purpose.OWN)])}
    if user.is_staff:
        token = make_token(user, Purpose.STAFF)
        hubs = user.edited_hubs.model.objects.all() if is_city_administrator(user) else user.edited_hubs.all()
        found["hub_calendars"] = [(hub, reverse("hub_calendar", args=[token, hub.slug])) for hub in hubs]
    return found


def _signer(purpose: Purpose) -> Signer:
    return Signer(salt=f"accounts.calendar_links.{purpose}", sep=".")
