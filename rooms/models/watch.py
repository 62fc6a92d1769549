from collections.abc import Iterable
from datetime import datetime, time

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hubs.models import Hub
from rooms.enums import BookingState, RoomKind
from rooms.models.booking import Booking, make_reference
from rooms.models.room import Equipment, Room

LONGEST_WATCH_DAYS = 365


class WatchQuerySet(models.QuerySet["Watch"]):
    def active_at(self, at: datetime) -> "WatchQuerySet":
        """Keep watches that wait for a time: not stopped, and the last day is not over."""
        return self.filter(stopped_at=None, last_day__gte=timezone.localdate(at))

    def waiting_for(self, rooms: Iterable[int], at: datetime) -> "WatchQuerySet":
        """Keep active watches to which a time of these rooms may be offered: in their hub, or anywhere."""
        return self.active_at(at).filter(Q(hub=None) | Q(hub__in=Room.objects.filter(pk__in=rooms).values("hub")))

    def for_list(self) -> "WatchQuerySet":
        return self.select_related("hub", "room__hub", "resident").prefetch_related("equipment")


class Watch(models.Model):
    """A resident waits until a time is free: `minutes` in a row, on some weekdays, between two clock times.

    What is null or empty is left open: any hub, any room, any kind. A watch for one room names its
    hub, too. Belongs to a person, and goes with the person's account. Who has waited longest is
    asked first; `created_at` is that moment, so it is set anew when somebody goes on after an offer.
    """

    reference = models.CharField(max_length=12, unique=True, default=make_reference, editable=False)
    resident = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watches", verbose_name=_("resident")
    )
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("hub"))
    room = models.ForeignKey(
        Room, on_delete=models.CASCADE, null=True, blank=True, related_name="watches", verbose_name=_("room")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=RoomKind, blank=True)
    equipment = models.ManyToManyField(Equipment, blank=True, related_name="+", verbose_name=_("equipment"))
    people = models.PositiveIntegerField(_("number of participants"), validators=[MinValueValidator(1)])
    minutes = models.PositiveIntegerField(
        _("length (minutes)"), validators=[MinValueValidator(15), MaxValueValidator(24 * 60)]
    )
    weekdays = models.CharField(
        _("weekdays"),
        max_length=7,
        validators=[RegexValidator(r"^1?2?3?4?5?6?7?$")],
        help_text=_("Numbers from 1, Monday, to 7, Sunday."),
    )
    from_time = models.TimeField(_("from"))
    until_time = models.TimeField(_("until"), help_text=_("0:00 is midnight at the end of the day."))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="sv")
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True, editable=False)

    objects = WatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("watch")
        verbose_name_plural = _("watches")
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["last_day"], name="watch_still_waiting", condition=Q(stopped_at=None))]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="watch_ends_not_before_it_begins",
                violation_error_message=_("The last day must not be before the first."),
            ),
            models.CheckConstraint(
                condition=~Q(weekdays=""),
                name="watch_has_a_weekday",
                violation_error_message=_("Choose at least one weekday."),
            ),
            models.CheckConstraint(condition=Q(people__gte=1), name="watch_is_for_at_least_one_person"),
            models.CheckConstraint(
                condition=Q(until_time__gt=F("from_time")) | Q(until_time=time.min),
                name="watch_has_a_span_of_the_day",
                violation_error_message=_("The end must be after the start. Choose a later end."),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("rooms:watch", kwargs={"reference": self.reference})

    def is_active_at(self, at: datetime) -> bool:
        return self.stopped_at is None and self.last_day >= timezone.localdate(at)

    def goes_unanswered(self, times: int, at: datetime) -> bool:
        """Say whether the last so many offers have all lapsed without a word, since the watch began. Queries."""
        offers = self.offers.filter(made_at__gte=self.created_at).select_related("booking").order_by("-pk")
        last = [offer.booking.state_at(at) for offer in offers[:times]]
        return len(last) == times and set(last) == {BookingState.EXPIRED}


class OfferQuerySet(models.QuerySet["Offer"]):
    def open_at(self, at: datetime) -> "OfferQuerySet":
        """Keep offers whose time is still held for the one it was offered to."""
        return self.filter(booking__state=BookingState.HELD, booking__expires_at__gt=at)

    def for_list(self) -> "OfferQuerySet":
        return self.select_related("booking__room__hub", "booking__resident", "watch__resident")


class Offer(models.Model):
    """A freed time held for somebody who watches. What became of it is the booking's state.

    The booking is held until the claim deadline (`Booking.expires_at`).
    """

    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, related_name="offers", verbose_name=_("watch"))
    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="offer", verbose_name=_("booking"))
    made_at = models.DateTimeField(_("made"))

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["made_at", "id"]
        indexes = [models.Index(fields=["watch", "made_at"], name="offer_by_watch")]

    def __str__(self) -> str:
        return f"{self.watch} {self.booking}"

    def get_absolute_url(self) -> str:
        return reverse("rooms:offer", kwargs={"reference": self.booking.reference})


class FreedTime(models.Model):
    """A span in which a room has become free while somebody watched for such a time.

    Only such a time is offered: what was free already when a watch was made is there for everybody
    to book. Whether it still is free is always asked anew. Tells of nobody; kept until it is past.
    """

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="freed_times", verbose_name=_("room"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    freed_at = models.DateTimeField(_("freed"))
    # Of a time that was only held, since when: a watch made before has seen it free.
    held_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("freed time")
        verbose_name_plural = _("freed times")
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["ends_at"], name="freed_time_by_end")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="freed_time_ends_after_it_starts")
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}–{self.ends_at:%H:%M}"


class KnownHours(models.Model):
    """When a room could be booked as it was last looked at: what can be booked beyond that has come since.

    Kept of all rooms while somebody watches, and of none otherwise. Nothing is known of what is after `until`.
    """

    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="known_hours", verbose_name=_("room"))
    spans = models.JSONField(default=list)  # pairs of minutes since the epoch: there are many
    until = models.DateTimeField()
    earliest_days = models.PositiveIntegerField()  # how far ahead the room could be booked
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("known hours")
        verbose_name_plural = _("known hours")
        ordering = ["room"]

    def __str__(self) -> str:
        return f"{self.room} {self.seen_at:%Y-%m-%d %H:%M}"
