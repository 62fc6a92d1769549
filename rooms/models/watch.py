from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hubs.models import Hub
from rooms.enums import RoomKind
from rooms.models.booking import Booking, make_reference
from rooms.models.room import Equipment, Room

LONGEST_WATCH_DAYS = 365


class WatchQuerySet(models.QuerySet["Watch"]):
    def active_at(self, at: datetime) -> "WatchQuerySet":
        """Keep watches that wait for a time: not stopped, and the last day is not over."""
        return self.filter(stopped_at=None, last_day__gte=timezone.localdate(at))


class Watch(models.Model):
    """A resident waits until a time is free: `minutes` in a row, on some weekdays, between two clock times.

    What is null or empty is left open: any hub, any room, any kind. Belongs to a person, and goes
    with the person's account. Who has waited longest is asked first.
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
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("rooms:watch", kwargs={"reference": self.reference})


class Offer(models.Model):
    """A freed time held for somebody who watches. What became of it is the booking's state.

    The booking is held until the claim deadline (`Booking.expires_at`).
    """

    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, related_name="offers", verbose_name=_("watch"))
    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="offer", verbose_name=_("booking"))
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["made_at", "id"]
        indexes = [models.Index(fields=["watch", "made_at"], name="offer_by_watch")]

    def __str__(self) -> str:
        return f"{self.watch} {self.booking}"
