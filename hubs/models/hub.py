from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hubs.accessibility import OF_HUBS, Answers, Question, accessibility_facts, validate_hub_answers
from hubs.models.timetable import Timetable
from hubs.validators import validate_slug_is_free


class HubQuerySet(models.QuerySet["Hub"]):
    def published(self) -> "HubQuerySet":
        return self.filter(is_published=True)

    def for_list(self) -> "HubQuerySet":
        return self.published().select_related("timetable")


class Hub(models.Model):
    """A service centre: one house, one address."""

    slug = models.SlugField(_("address on the site"), unique=True, validators=[validate_slug_is_free])
    name = models.CharField(_("name"), max_length=120)
    building = models.CharField(_("building"), max_length=120, blank=True)
    district = models.CharField(_("district"), max_length=80, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    street = models.CharField(_("street address"), max_length=120)
    postal_code = models.CharField(_("postal code"), max_length=5)
    locality = models.CharField(_("locality"), max_length=60)
    address_detail = models.CharField(_("floor or entrance"), max_length=120, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    phone = models.CharField(_("phone number"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    website = models.URLField(_("web page"), blank=True)
    directions = models.TextField(_("how to get here"), blank=True)
    stop = models.CharField(_("nearest stop"), max_length=120, blank=True)
    parking = models.TextField(_("parking"), blank=True)
    bicycles = models.TextField(_("coming by bicycle"), blank=True)
    entrance = models.TextField(
        _("accessible entrance"), blank=True, help_text=_("Which door, and the way there for who cannot take steps.")
    )
    doors = models.TextField(
        _("which door is open when"),
        blank=True,
        help_text=_("Such as the door that is used when the main door is locked, in self-service hours."),
    )
    accessibility = models.JSONField(  # such as {"lift": true, "door_width": 90}; what is not there is not known
        _("accessibility"), default=dict, blank=True, validators=[validate_hub_answers]
    )
    area = models.PositiveIntegerField(_("area (square metres)"), null=True, blank=True)
    hours_note = models.TextField(_("note on the opening hours"), blank=True)
    booking_minutes_per_week = models.PositiveIntegerField(
        _("minutes of booking per person and week"),
        null=True,
        blank=True,
        help_text=_("Empty means no limit. Time booked less than 24 hours ahead is not counted."),
    )
    timetable = models.OneToOneField(
        Timetable, on_delete=models.PROTECT, related_name="hub", editable=False, verbose_name=_("opening hours")
    )
    editors = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="edited_hubs",
        blank=True,
        limit_choices_to={"is_staff": True},
        verbose_name=_("editors"),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_published = models.BooleanField(_("published"), default=True)
    is_example = models.BooleanField(
        _("example data"),
        default=False,
        help_text=_("Every page then says that times and rooms are examples."),
    )
    assumed = models.JSONField(_("assumed values"), default=list, blank=True, editable=False)
    sources = models.JSONField(_("sources"), default=dict, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = HubQuerySet.as_manager()

    class Meta:
        verbose_name = _("hub")
        verbose_name_plural = _("hubs")
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.timetable_id is None:
            self.timetable = Timetable.objects.create()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("hub", kwargs={"hub": self.slug})

    @property
    def accessibility_questions(self) -> Sequence[Question]:
        return OF_HUBS

    @property
    def accessibility_answers(self) -> Answers:
        return self.accessibility

    @property
    def feature_labels(self) -> list[str]:
        """What the house has, in a word or two each, for lists and for the search."""
        return [fact.label for fact in accessibility_facts(self) if fact.value is True]
