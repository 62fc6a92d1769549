import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.constraints import NoOverlap
from rooms.enums import (
    LAPSES_INTO,
    LIVE_STATES,
    PERISHABLE_STATES,
    BookerKind,
    BookingState,
    EventKind,
    MailTo,
    PriceGroup,
)
from rooms.expressions import LastsLong
from rooms.models.owed import OwedMail
from rooms.models.room import Room

# No 0/O, 1/I/L: a reference is read aloud at a desk and typed from paper.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
REFERENCE_LENGTH = 10

NEVER_MADE = Q(state__in=[BookingState.EXPIRED, BookingState.CANCELLED], people=None)
SOON = timedelta(hours=13)  # more than what does not last long, by a margin for SQLite's reckoning with days
LAST_MOMENT = datetime.max.replace(tzinfo=UTC)
TELLING_OF_THE_TIME = (EventKind.CONFIRMED, EventKind.APPROVED, EventKind.CHANGED, EventKind.REMINDED)


def make_reference() -> str:
    """Return ten characters of which about 8·10^14 exist, so that none can be guessed."""
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))


class BookingQuerySet(models.QuerySet["Booking"]):
    def live_at(self, at: datetime) -> "BookingQuerySet":
        """Keep bookings that hold their room at `at`, or will: an end that has passed counts as passed."""
        live = self.filter(state__in=LIVE_STATES).exclude(expires_at__lte=at)
        return live.exclude(state=BookingState.CONFIRMED, ends_at__lte=at)

    def past_their_deadline(self, at: datetime) -> "BookingQuerySet":
        return self.filter(state__in=PERISHABLE_STATES, expires_at__lte=at)

    def not_come_at(self, at: datetime) -> "BookingQuerySet":
        """Keep bookings that nobody has checked in to until it was too late, and nobody has released yet."""
        return self.filter(state=BookingState.CONFIRMED, expires_at__lte=at)

    def used_at(self, at: datetime) -> "BookingQuerySet":
        """Keep confirmed bookings that are over, without those that were to be released."""
        over = self.filter(state=BookingState.CONFIRMED, starts_at__lt=at, ends_at__lte=at)
        return over.filter(expires_at=None)

    def counted_at(self, at: datetime, *, used_too: bool = False) -> "BookingQuerySet":
        """Keep what counts against a resident's limits: asked for or confirmed, not merely held."""
        states = [BookingState.REQUESTED, BookingState.CONFIRMED] + [BookingState.USED] * used_too
        return self.filter(state__in=states).exclude(expires_at__lte=at)

    def never_made(self) -> "BookingQuerySet":
        """Keep times that were held and let go, without that anybody said for how many: they became no booking.

        What is offered to somebody who watches belongs to that offer, whatever becomes of it.
        """
        return self.filter(NEVER_MADE, offer=None)

    def not_told_since(self, before_start: timedelta) -> "BookingQuerySet":
        """Keep bookings of whose present time nobody has been told within so long before the start."""
        told = BookingEvent.objects.filter(
            booking=OuterRef("pk"), kind__in=TELLING_OF_THE_TIME, at__gte=OuterRef("starts_at") - before_start
        )
        return self.filter(~Exists(told))

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> "BookingQuerySet":
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)

    def for_list(self) -> "BookingQuerySet":
        return self.select_related("room__hub", "resident")

    def told_at(self, at: datetime) -> "BookingQuerySet":
        """Keep what the hub's page may tell of at `at`: confirmed, with a title that the staff have looked at."""
        told = self.live_at(at).filter(state=BookingState.CONFIRMED, is_title_approved=True)
        return told.filter(room__is_published=True)

    def with_title_to_look_at(self, at: datetime) -> "BookingQuerySet":
        """Keep coming bookings whose title nobody of the staff has looked at yet."""
        booked = self.live_at(at).filter(state__in=[BookingState.REQUESTED, BookingState.CONFIRMED])
        return booked.filter(is_title_approved=False, ends_at__gt=at).exclude(public_title="")


class Series(models.Model):
    """Bookings that repeat every week or every second week and belong together: one calendar file, one number.

    Which dates there are is told by its bookings. Who booked is known to them alone.
    """

    reference = models.CharField(_("series number"), max_length=12, unique=True, default=make_reference, editable=False)
    every_weeks = models.PositiveSmallIntegerField(
        _("repeats"), choices=[(1, _("every week")), (2, _("every second week"))], default=1
    )
    sequence = models.PositiveIntegerField(default=0, editable=False)  # RFC 5545 SEQUENCE of the whole file
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series of bookings")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(every_weeks__in=[1, 2]),
                name="series_repeats_every_week_or_every_second",
                violation_error_message=_("A series repeats every week or every second week."),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("rooms:series", kwargs={"reference": self.reference})


class Booking(models.Model):
    """A resident's or the staff's use of a room for the half-open span [starts_at, ends_at)."""

    reference = models.CharField(
        _("booking number"), max_length=12, unique=True, default=make_reference, editable=False
    )
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("room"))
    resident = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="bookings",
        verbose_name=_("resident"),
    )
    series = models.ForeignKey(
        Series, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings", verbose_name=_("series")
    )
    series_start = models.DateTimeField(null=True, blank=True, editable=False)  # RFC 5545 RECURRENCE-ID: never changes
    state = models.CharField(_("state"), max_length=10, choices=BookingState)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    gap_minutes = models.PositiveIntegerField(_("minutes kept free afterwards"), default=0)
    expires_at = models.DateTimeField(
        _("holds until"),
        null=True,
        blank=True,
        help_text=_("Until when the time is kept if it is not booked, approved or checked in to."),
    )
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True, editable=False)
    name = models.CharField(_("contact person"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone number"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="sv")
    people = models.PositiveIntegerField(_("number of participants"), null=True, blank=True)
    purpose = models.CharField(_("purpose of use"), max_length=200, blank=True)
    booker_kind = models.CharField(_("who books"), max_length=12, choices=BookerKind, default=BookerKind.PRIVATE)
    organisation = models.CharField(_("association or group"), max_length=150, blank=True)
    message = models.TextField(_("message to the staff"), blank=True)
    public_title = models.CharField(
        _("title on the hub’s page"),
        max_length=80,
        blank=True,
        help_text=_("Shown on the day, with time and room. Empty: nothing is told there. Never names of people."),
    )
    is_title_approved = models.BooleanField(_("title is shown"), default=False, editable=False)
    price_group = models.CharField(_("price group"), max_length=8, choices=PriceGroup, default=PriceGroup.NORMAL)
    price_cents = models.PositiveIntegerField(_("price (cents)"), default=0)
    staff_note = models.CharField(_("why the staff made an exception"), max_length=300, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    sequence = models.PositiveIntegerField(default=0, editable=False)  # RFC 5545 SEQUENCE
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    anonymised_at = models.DateTimeField(_("anonymised"), null=True, blank=True, editable=False)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="booking_ends_after_it_starts",
                violation_error_message=_("The booking must end after it starts."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=PERISHABLE_STATES) | Q(expires_at__isnull=False),
                name="held_or_requested_booking_has_a_deadline",
                violation_error_message=_("A held or requested time must have a deadline."),
            ),
            models.CheckConstraint(
                condition=~Q(state=BookingState.CONFIRMED)
                | Q(expires_at__isnull=True)
                | Q(checked_in_at__isnull=True, expires_at__lt=F("ends_at")),
                name="booking_is_released_before_it_ends_and_not_after_check_in",
                violation_error_message=_("A booking that somebody has checked in to is not released."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=BookingState.values),
                name="booking_state_is_known",
                violation_error_message=_("Unknown state."),
            ),
            models.CheckConstraint(
                condition=Q(series__isnull=True, series_start__isnull=True)
                | Q(series__isnull=False, series_start__isnull=False),
                name="booking_of_a_series_knows_its_first_start",
            ),
            models.UniqueConstraint(fields=["series", "series_start"], name="series_has_each_start_once"),
            models.CheckConstraint(
                condition=~Q(is_title_approved=True, public_title=""), name="booking_with_a_title_shown_has_one"
            ),
            models.CheckConstraint(
                condition=Q(people__isnull=True) | Q(people__gte=1),
                name="booking_is_for_at_least_one_person",
                violation_error_message=_("A booking is for at least one person."),
            ),
        ]
        indexes = [
            models.Index(fields=["room", "starts_at"], name="booking_by_room_and_start"),
            models.Index(fields=["resident", "starts_at"], name="booking_by_resident_and_start"),
            models.Index(fields=["ends_at"], name="booking_not_yet_anonymised", condition=Q(anonymised_at=None)),
            models.Index(fields=["expires_at"], name="booking_by_deadline", condition=Q(expires_at__isnull=False)),
            # Few: what is over is marked as used within a minute.
            models.Index(
                fields=["starts_at"], name="booking_confirmed_by_start", condition=Q(state=BookingState.CONFIRMED)
            ),
            models.Index(fields=["created_at"], name="booking_never_made", condition=NEVER_MADE),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("rooms:booking", kwargs={"reference": self.reference})

    @property
    def duration(self) -> timedelta:
        return self.ends_at - self.starts_at

    def state_at(self, at: datetime) -> BookingState:
        """Return the state that holds at `at`, whether or not anybody has written it down yet."""
        state = BookingState(self.state)
        if state in LIVE_STATES and self.expires_at is not None and self.expires_at <= at:
            return LAPSES_INTO[state]
        if state == BookingState.CONFIRMED and self.ends_at <= at:
            return BookingState.USED
        return state

    def is_live_at(self, at: datetime) -> bool:
        return self.state_at(at) in LIVE_STATES


class WrittenOnceError(Exception):
    """Somebody tried to edit or delete what must stay as it was written."""


class BookingEventQuerySet(models.QuerySet["BookingEvent"]):
    def forget_people(self) -> int:
        """Empty who acted and what they wrote, when the booking is anonymised. What happened, and when, stays."""
        return super().update(actor=None, reason="")

    def update(self, **kwargs: Any) -> NoReturn:
        raise WrittenOnceError("Booking events are never edited.")

    def delete(self) -> NoReturn:
        raise WrittenOnceError("Booking events are never deleted by themselves.")


class BookingEvent(models.Model):
    """What happened to a booking, who did it and when. Written once, never edited.

    `new` holds the booking as it then was and `old` as it was before, without personal data.
    """

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="events", verbose_name=_("booking"))
    kind = models.CharField(_("what"), max_length=12, choices=EventKind)
    at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    old = models.JSONField(_("before"), default=dict, blank=True)
    new = models.JSONField(_("after"), default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = BookingEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking event")
        verbose_name_plural = _("booking events")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise WrittenOnceError("Booking events are never edited.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise WrittenOnceError("Booking events are never deleted by themselves.")


class BookingMail(OwedMail):
    """A mail owed because of an event of a booking, to the resident, an editor or the hub."""

    event = models.ForeignKey(BookingEvent, on_delete=models.CASCADE, related_name="mails")
    to = models.CharField(max_length=8, choices=MailTo, default=MailTo.RESIDENT)
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("mail about a booking")
        verbose_name_plural = _("mails about bookings")
        ordering = ["id"]
        indexes = [models.Index(fields=["claimed_at"], name="booking_mail_not_sent", condition=Q(sent_at=None))]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "to"], condition=Q(editor=None), name="event_is_mailed_once_to_each_kind"
            ),
            models.UniqueConstraint(
                fields=["event", "editor"], condition=~Q(editor=None), name="event_is_mailed_once_to_each_editor"
            ),
            models.CheckConstraint(
                condition=Q(to=MailTo.EDITOR, editor__isnull=False) | Q(~Q(to=MailTo.EDITOR), editor__isnull=True),
                name="mail_to_an_editor_names_the_editor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event}"


class Closure(models.Model):
    """Time when a room cannot be used, with a reason residents can read."""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="closures", verbose_name=_("room"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made by"),
    )

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="closure_ends_after_it_starts",
                violation_error_message=_("The closure must end after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.reason


def overlaps_any(spans: Sequence[tuple[datetime, datetime]], path: str = "") -> Q:
    """Return the condition that a busy period overlaps one of the spans, or lasts long and lies between them.

    Says it in two ways, so that an index answers each however many bookings there are: what ends soon
    after a span, and the few that last long. An index bounded on one side alone reads the whole future.
    `path` leads to the busy periods, as in `busy_periods__`.
    """

    def condition(**of: Any) -> Q:
        return Q(**{f"{path}{name}": value for name, value in of.items()})

    first, last = min(start for start, _end in spans), max(end for _start, end in spans)
    then = condition(is_long=True, starts_at__lt=last, ends_at__gt=first)
    for starts_at, ends_at in spans:
        soon_after = min(ends_at, LAST_MOMENT - SOON) + SOON
        then |= condition(starts_at__lt=ends_at, ends_at__gt=starts_at, ends_at__lt=soon_after)
    return then


class BusyPeriodQuerySet(models.QuerySet["BusyPeriod"]):
    def overlapping(self, starts_at: datetime, ends_at: datetime) -> "BusyPeriodQuerySet":
        return self.overlapping_any([(starts_at, ends_at)])

    def overlapping_any(self, spans: Iterable[tuple[datetime, datetime]]) -> "BusyPeriodQuerySet":
        """Keep what overlaps at least one of the spans, and what lasts long and lies between them."""
        spans = list(spans)
        return self.filter(overlaps_any(spans)) if spans else self.none()

    def live_at(self, at: datetime) -> "BusyPeriodQuerySet":
        """Leave out what is kept beyond its deadline: it counts as free before anybody clears it."""
        return self.exclude(booking__in=Booking.objects.filter(expires_at__lte=at))  # few, and found by their index


class BusyPeriod(models.Model):
    """A span in which a room is taken. The one source of truth for “taken”.

    Written only by the verbs in rooms/booking/. A booking takes its room and, where the
    room has parts, every part as well; a booked part makes the whole unavailable because
    the whole's booking would need the same part.
    """

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="busy_periods")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, null=True, blank=True, related_name="busy_periods")
    closure = models.ForeignKey(Closure, on_delete=models.CASCADE, null=True, blank=True, related_name="busy_periods")
    # Longer than half a day, as closures mostly are and bookings hardly ever. Reckoned by the database.
    is_long = models.GeneratedField(
        expression=LastsLong("starts_at", "ends_at"), output_field=models.BooleanField(), db_persist=True
    )

    objects = BusyPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("busy period")
        verbose_name_plural = _("busy periods")
        ordering = ["starts_at"]
        indexes = [
            models.Index(fields=["room", "ends_at"], name="busy_period_by_room_and_end"),
            models.Index(fields=["ends_at", "starts_at"], name="busy_period_by_end_and_start"),
            models.Index(fields=["ends_at"], name="busy_period_that_lasts_long", condition=Q(is_long=True)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="busy_period_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(booking__isnull=False, closure__isnull=True)
                | Q(booking__isnull=True, closure__isnull=False),
                name="busy_period_belongs_to_a_booking_or_a_closure",
            ),
            NoOverlap(
                name="room_is_never_held_twice",
                same="room",
                starts="starts_at",
                ends="ends_at",
                violation_error_message=_("This time is already taken."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}–{self.ends_at:%H:%M}"
