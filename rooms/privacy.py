"""What a booking stores about a person: shown to them, and forgotten in time.

An anonymised booking keeps its room, its time, its state and the number of people, and goes on
counting in the use rate; what tells who booked, why and in which words is empty, in its events
too. `RETENTION_DAYS` says when that happens by itself; whoever deletes their account need not wait.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.traces import end_sessions
from rooms import booking as verbs
from rooms.booking.locks import locked_bookings
from rooms.enums import MailTo
from rooms.farewell import owe_farewell
from rooms.models import Booking, BookingEvent, BookingMail, Offer, Watch
from rooms.rules import Reason
from rooms.tasks import without_mails

AT_ONCE = 500

FORGOTTEN: dict[str, Any] = {
    "resident": None,
    "name": "",
    "email": "",
    "phone": "",
    "purpose": "",
    "organisation": "",
    "message": "",
    "staff_note": "",
    "reason": "",
    "public_title": "",
    "is_title_approved": False,
}
STORED = (
    "reference", "state", "starts_at", "ends_at", "people", "name", "email", "phone", "language", "booker_kind",
    "organisation", "purpose", "message", "price_group", "price_cents", "staff_note", "reason", "public_title",
    "is_title_approved", "checked_in_at",
    "created_at", "updated_at",
)  # fmt: skip

STORED_OF_WATCHES = (
    "reference", "kind", "people", "minutes", "weekdays", "from_time", "until_time", "first_day", "last_day",
    "language", "created_at", "stopped_at",
)  # fmt: skip


# --- What is stored ------------------------------------------------------------------------------


def bookings_of(resident: User) -> QuerySet[Booking]:
    """Return all of a resident's bookings, the newest first, with their events."""
    bookings = Booking.objects.filter(resident=resident).for_list().select_related("series")
    return bookings.prefetch_related("events").order_by("-starts_at", "pk")


def stored_about(resident: User) -> list[dict[str, Any]]:
    """Return everything that is stored of a resident's bookings, as plain values. Four queries."""
    mails: dict[int, list[dict[str, Any]]] = {}
    sent = BookingMail.objects.filter(event__booking__resident=resident, to=MailTo.RESIDENT).order_by("pk")
    for booking, kind, sent_at in sent.values_list("event__booking", "event__kind", "sent_at"):
        mails.setdefault(booking, []).append({"about": kind, "sent_at": sent_at})
    return [_record(booking, mails.get(booking.pk, [])) for booking in bookings_of(resident)]


def _record(booking: Booking, mails: list[dict[str, Any]]) -> dict[str, Any]:
    events = [
        {
            "at": event.at,
            "what": event.kind,
            "was_done_by_you": event.actor_id is not None and event.actor_id == booking.resident_id,
            "before": event.old,
            "after": event.new,
            "reason": event.reason,
        }
        for event in booking.events.all()
    ]
    place = {"hub": booking.room.hub.slug, "room": booking.room.slug}
    series = {"series": booking.series.reference if booking.series else None, "series_start": booking.series_start}
    return {**place, **{name: getattr(booking, name) for name in STORED}, **series, "events": events, "mails": mails}


def watches_of(resident: User) -> QuerySet[Watch]:
    """Return all of a resident's watches, the newest first, with what was offered for them."""
    offers = Prefetch("offers", Offer.objects.for_list())
    return Watch.objects.filter(resident=resident).for_list().prefetch_related(offers).order_by("-created_at", "-pk")


def stored_watches(resident: User) -> list[dict[str, Any]]:
    """Return everything that is stored of what a resident waits for, as plain values. Three queries."""
    return [
        {
            "hub": watch.hub.slug if watch.hub else None,
            "room": watch.room.slug if watch.room else None,
            "equipment": [piece.slug for piece in watch.equipment.all()],
            **{name: getattr(watch, name) for name in STORED_OF_WATCHES},
            "offers": [{"booking": offer.booking.reference, "made_at": offer.made_at} for offer in watch.offers.all()],
        }
        for watch in watches_of(resident)
    ]


# --- Forgetting in time --------------------------------------------------------------------------


def anonymise_due(*, at: datetime) -> int:
    """Anonymise what ended `RETENTION_DAYS` ago. Return how many bookings.

    In batches, each its own transaction; what another machine is at is left to it.
    """
    due = Booking.objects.filter(anonymised_at=None, ends_at__lte=at - _retention()).order_by("ends_at")
    anonymised = 0
    while done := _anonymise(list(due.values_list("pk", flat=True)[:AT_ONCE]), at=at):
        anonymised += done
    return anonymised


def forget_old_watches(*, at: datetime) -> int:
    """Delete watches that ended `RETENTION_DAYS` ago, with what they were offered. Return how many."""
    long_ago = at - _retention()
    old = Watch.objects.filter(Q(last_day__lte=timezone.localdate(long_ago)) | Q(stopped_at__lte=long_ago))
    return old.delete()[1].get(Watch._meta.label, 0)


def forget_idle_residents(*, at: datetime) -> int:
    """Delete accounts without bookings or watches, not signed in to for `RETENTION_DAYS`; never the staff's.

    A booking that is anonymised is nobody's any more, so this also takes those who booked once.
    """
    idle = _idle(at).order_by("pk")
    forgotten = 0
    while keys := list(idle.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            people = list(_idle(at).select_for_update(skip_locked=True).filter(pk__in=keys))
            for person in people:
                _forget(person)
        if not people:
            break
        forgotten += len(people)
    return forgotten


def _idle(at: datetime) -> QuerySet[User]:
    long_ago = at - _retention()
    not_seen = Q(last_login=None) | Q(last_login__lte=long_ago)
    residents = User.objects.filter(is_staff=False, is_superuser=False, is_city_administrator=False)
    return residents.filter(
        not_seen,
        ~Exists(Booking.objects.filter(resident=OuterRef("pk"))),
        ~Exists(Watch.objects.filter(resident=OuterRef("pk"))),
        joined_at__lte=long_ago,
    )


def _retention() -> timedelta:
    return timedelta(days=settings.RETENTION_DAYS)


# --- Forgetting at once ----------------------------------------------------------------------------


def delete_account(*, resident: User, at: datetime) -> int:
    """Delete a resident's account. Return how many coming bookings were given back.

    Coming bookings are given back, all bookings anonymised, and a last mail says so in the
    resident's language. Raises Refused for the staff, whose accounts the city administrator keeps.
    """
    with transaction.atomic():
        # Not yet against being named: an act of theirs that has begun may end. Their bookings are locked
        # before anything is done to them, so that nobody is in the middle of one that must be forgotten.
        person = User.objects.select_for_update(no_key=True).filter(pk=resident.pk).first()
        if person is None:
            return 0  # by the same button, pressed twice
        if person.is_staff or person.is_superuser or person.is_city_administrator:
            message = _("This account is for work. A city administrator removes it.")
            raise verbs.Refused([Reason("staff", message)])
        keys = list(Booking.objects.filter(resident=person).values_list("pk", flat=True))
        locked_bookings(keys)
        given_back = _give_everything_back(person, at)
        owe_farewell(person, given_back, at=at)
        _anonymise(keys, at=at)
        person = User.objects.select_for_update().get(pk=person.pk)  # from here on nothing names them
        _forget(person)
    end_sessions(resident.pk)
    return len(given_back)


def _give_everything_back(person: User, at: datetime) -> list[Booking]:
    """Give back what is coming; the farewell tells of all of it, in place of a mail each."""
    given_back = []
    coming = Booking.objects.filter(resident=person).live_at(at).filter(ends_at__gt=at).order_by("starts_at")
    with without_mails():
        for booking in coming.select_related("room__hub"):
            try:
                ended = verbs.give_back(booking=booking, actor=person, at=at)
            except verbs.Refused:  # ended by somebody else at the same moment
                continue
            if ended.people is not None:  # more than a time that was only held
                given_back.append(ended)
    return given_back


@transaction.atomic
def _anonymise(keys: Iterable[int], *, at: datetime) -> int:
    """Anonymise these bookings, unless somebody has done so or is doing it. Return how many."""
    free = Booking.objects.select_for_update(skip_locked=True).filter(pk__in=list(keys), anonymised_at=None)
    mine = list(free.values_list("pk", flat=True))
    if not mine:
        return 0
    BookingMail.objects.filter(event__booking__in=mine).delete()
    BookingEvent.objects.filter(booking__in=mine).forget_people()
    Offer.objects.filter(booking__in=mine).delete()  # which would lead to the one who watched
    return Booking.objects.filter(pk__in=mine).update(**FORGOTTEN, anonymised_at=at)


def _forget(person: User) -> None:
    """Delete a person, and what the admin's log says of them by name."""
    content_type = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=content_type, object_id=str(person.pk)).delete()
    person.delete()
