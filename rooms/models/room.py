from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hubs.accessibility import OF_ROOMS, WHEELCHAIR, Answers, Question, validate_room_answers
from hubs.models import Hub, Notice, Timetable
from hubs.validators import validate_slug_is_free
from rooms.enums import BookingChannel, RoomKind, WhoMayBook

FURTHEST_DAYS = 730  # hours are reckoned up to the last day that can be booked, for every room of a page


class Equipment(models.Model):
    slug = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("equipment")
        verbose_name_plural = _("equipment")
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        return self.name


# What says when a room is free and what it is called: pages ask this of many rooms and show few of them.
IN_SHORT = (
    "hub", "parent", "slug", "name", "floor", "kind", "channel", "timetable", "capacity", "grid_minutes",
    "shortest_minutes", "earliest_days", "latest_minutes", "gap_minutes", "order",
)  # fmt: skip


class RoomQuerySet(models.QuerySet["Room"]):
    def published(self) -> "RoomQuerySet":
        return self.filter(is_published=True, hub__is_published=True)

    def bookable(self) -> "RoomQuerySet":
        return self.published().filter(channel=BookingChannel.ONLINE)

    def wanted(
        self, hub: Hub | None, kind: RoomKind | None = None, equipment: Iterable[Equipment] = ()
    ) -> "RoomQuerySet":
        """Keep rooms of the hub and kind (None: any) that have all of the equipment."""
        rooms = self if hub is None else self.filter(hub=hub)
        rooms = rooms if kind is None else rooms.filter(kind=kind)
        for piece in equipment:
            rooms = rooms.filter(equipment=piece)
        return rooms

    def with_their_parts(self, ids: Iterable[int]) -> "RoomQuerySet":
        """Keep the rooms and their parts: what a booking of these rooms takes."""
        keys = set(ids)
        return self.filter(Q(pk__in=keys) | Q(parent__in=keys))

    def in_short(self, hubs: Iterable[Hub]) -> list["Room"]:
        """Return the rooms of these hubs with their hubs and little else. One query."""
        known = {hub.pk: hub for hub in hubs}
        rooms: list[Room] = list(self.filter(hub__in=known).only(*IN_SHORT))
        for room in rooms:
            room.hub = known[room.hub_id]
        return rooms

    def for_list(self) -> "RoomQuerySet":
        return self.select_related("hub__timetable", "timetable").prefetch_related("equipment")


class Room(models.Model):
    """A space that residents can book. It may consist of parts, one level deep."""

    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="rooms", verbose_name=_("hub"))
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name=_("part of"),
        help_text=_("The whole and its parts exclude each other."),
    )
    slug = models.SlugField(_("address on the site"), validators=[validate_slug_is_free])
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=RoomKind)
    summary = models.TextField(_("summary"), blank=True)
    floor = models.CharField(_("floor"), max_length=20, blank=True)
    directions = models.TextField(_("how to find and enter the room"), blank=True)
    area = models.PositiveIntegerField(_("area (square metres)"), null=True, blank=True)
    equipment = models.ManyToManyField(Equipment, related_name="rooms", blank=True, verbose_name=_("equipment"))
    is_wheelchair_accessible = models.BooleanField(_("accessible with a wheelchair"), null=True, blank=True)
    accessibility = models.JSONField(  # as of hubs; what is not there is not known
        _("accessibility"), default=dict, blank=True, validators=[validate_room_answers]
    )
    not_allowed = models.TextField(_("what is not allowed"), blank=True)
    channel = models.CharField(
        _("how it is booked"), max_length=8, choices=BookingChannel, default=BookingChannel.ONLINE
    )
    channel_email = models.EmailField(_("e-mail for booking"), blank=True)

    # Rules: whether a booking keeps them is decided in rooms/rules.py alone.
    capacity = models.PositiveIntegerField(_("people at most"))
    grid_minutes = models.PositiveSmallIntegerField(
        _("bookings start every … minutes"), choices=[(15, "15"), (30, "30"), (60, "60")], default=30
    )
    shortest_minutes = models.PositiveIntegerField(_("shortest booking (minutes)"), default=30)
    longest_minutes = models.PositiveIntegerField(_("longest booking (minutes)"), default=240)
    earliest_days = models.PositiveIntegerField(_("may be booked at most this many days ahead"), default=90)
    latest_minutes = models.PositiveIntegerField(_("must be booked at least this many minutes ahead"), default=0)
    gap_minutes = models.PositiveIntegerField(_("minutes kept free after each booking"), default=0)
    most_active = models.PositiveIntegerField(_("coming bookings per person"), null=True, blank=True)
    needs_approval = models.BooleanField(_("needs approval"), default=False)
    who_may_book = models.CharField(_("who may book"), max_length=12, choices=WhoMayBook, default=WhoMayBook.EVERYONE)
    is_purpose_required = models.BooleanField(_("purpose required"), default=False)
    cancel_hours = models.PositiveIntegerField(_("cancel at least this many hours before"), default=24)
    release_minutes = models.PositiveIntegerField(
        _("released after this many minutes without check-in"), null=True, blank=True
    )
    price_cents = models.PositiveIntegerField(_("price per hour (cents)"), default=0)
    reduced_price_cents = models.PositiveIntegerField(_("reduced price per hour (cents)"), null=True, blank=True)
    is_free_for_associations = models.BooleanField(_("free for associations"), default=True)

    timetable = models.OneToOneField(
        Timetable, on_delete=models.PROTECT, related_name="room", editable=False, verbose_name=_("opening hours")
    )
    notices = models.ManyToManyField(Notice, related_name="rooms", blank=True, verbose_name=_("notices"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_published = models.BooleanField(_("published"), default=True)
    assumed = models.JSONField(_("assumed values"), default=list, blank=True, editable=False)
    sources = models.JSONField(_("sources"), default=dict, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ["hub", "order", "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["hub", "slug"],
                name="room_address_is_unique_in_its_hub",
                violation_error_message=_("Another room of this hub has the same address."),
            ),
            models.CheckConstraint(
                condition=Q(longest_minutes__gte=F("shortest_minutes")),
                name="room_longest_booking_is_not_shorter_than_shortest",
                violation_error_message=_("The longest booking must not be shorter than the shortest."),
            ),
            models.CheckConstraint(
                condition=Q(shortest_minutes__gte=1),
                name="room_shortest_booking_is_at_least_a_minute",
                violation_error_message=_("The shortest booking must be at least one minute."),
            ),
            models.CheckConstraint(
                condition=Q(capacity__gte=1),
                name="room_holds_at_least_one_person",
                violation_error_message=_("A room must hold at least one person."),
            ),
            models.CheckConstraint(
                condition=Q(grid_minutes__in=[15, 30, 60]),
                name="room_grid_is_15_30_or_60_minutes",
                violation_error_message=_("Bookings start every 15, 30 or 60 minutes."),
            ),
            models.CheckConstraint(
                condition=Q(earliest_days__lte=FURTHEST_DAYS),
                name="room_is_booked_at_most_two_years_ahead",
                violation_error_message=_("A room can be booked at most 730 days ahead."),
            ),
            models.CheckConstraint(
                condition=Q(gap_minutes__lte=24 * 60),
                name="room_is_kept_free_for_at_most_a_day",
                violation_error_message=_("A room is kept free for at most 1440 minutes, a day, after a booking."),
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("id")),
                name="room_is_not_a_part_of_itself",
                violation_error_message=_("A room cannot be a part of itself."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.timetable_id:
            self.timetable = Timetable.objects.create(fallback_id=self.hub.timetable_id)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("rooms:room", kwargs={"hub": self.hub.slug, "room": self.slug})

    @property
    def accessibility_questions(self) -> Sequence[Question]:
        return WHEELCHAIR, *OF_ROOMS

    @property
    def accessibility_answers(self) -> Answers:
        if self.is_wheelchair_accessible is None:
            return self.accessibility
        return {WHEELCHAIR.key: self.is_wheelchair_accessible, **self.accessibility}

    def clean(self) -> None:
        """Refuse a whole that does not fit. Within the transaction that saves, as in the admin, it stays true."""
        with transaction.atomic():
            self._refuse_a_whole_that_does_not_fit()

    def _refuse_a_whole_that_does_not_fit(self) -> None:
        """Lock the rooms concerned as a booking does, by id, before looking: nobody books them meanwhile."""
        before = self._whole_before()
        concerned = [key for key in (self.pk, before, self.parent_id) if key is not None]
        if before != self.parent_id:
            list(Room.objects.select_for_update(no_key=True).filter(pk__in=concerned).order_by("pk").values_list("pk"))
        parts = Room.objects.exclude(parent=None)
        if self.parent is not None and (parts.filter(pk=self.parent.pk).exists() or (self.pk and self.parts.exists())):
            raise ValidationError({"parent": _("Parts cannot have parts of their own.")})
        if self.parent is not None and self.parent.hub_id != self.hub_id:
            raise ValidationError({"parent": _("The whole and its parts must be in the same hub.")})
        if before == self.parent_id:
            return
        # What is booked has taken the parts that there were when it was booked.
        is_booked = Room.objects.filter(pk__in=concerned, busy_periods__ends_at__gt=timezone.now()).exists()
        if is_booked or before != self._whole_before():
            message = _("This room or the whole has coming bookings or closures, which would not match any more.")
            raise ValidationError({"parent": message})

    def _whole_before(self) -> int | None:
        """Return the whole that the room is a part of in the database. Queries."""
        return Room.objects.values_list("parent", flat=True).get(pk=self.pk) if self.pk else None
