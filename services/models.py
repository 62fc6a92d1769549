from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, Min, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hubs.models import Hub, Notice, Timetable
from hubs.validators import validate_slug_is_free
from hubs.wording import every_weekday
from services.enums import Appointment, ProviderKind
from services.validators import SERVICE_LANGUAGES, validate_language_days, validate_languages


class Category(models.Model):
    slug = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    icon = models.CharField(_("icon"), max_length=40, default="info")
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    leads_to_rooms = models.BooleanField(_("its listings lead to the rooms to book"), default=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """What is offered, wherever: “library”, “child health clinic”."""

    slug = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="services", verbose_name=_("category")
    )
    keywords = models.TextField(_("search words"), blank=True, help_text=_("Words people use, separated by commas."))
    ptv_class = models.CharField(_("PTV service class"), max_length=40, blank=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Provider(models.Model):
    """Who runs a listing: city, county, Kela, HUS, a company."""

    slug = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=ProviderKind)
    website = models.URLField(_("web page"), blank=True)
    editors = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="edited_providers",
        blank=True,
        limit_choices_to={"is_staff": True},
        verbose_name=_("editors"),
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


# What a card shows of a listing and of its category, and of its hub.
CARD = (
    "hub", "service", "provider", "slug", "name", "summary", "appointment", "timetable", "languages", "order",
    *(f"service__category__{field}" for field in ("slug", "name", "icon", "order")),
)  # fmt: skip
HUB_ON_CARD = ("hub__slug", "hub__name", "hub__order")


class ListingQuerySet(models.QuerySet["Listing"]):
    def published(self) -> "ListingQuerySet":
        return self.filter(is_published=True, hub__is_published=True)

    def for_list(self) -> "ListingQuerySet":
        return self.published().select_related("hub", "service__category", "provider", "timetable")

    def for_cards(self) -> "ListingQuerySet":
        """Read no more than cards show: a listing, its hub and its provider have two hundred columns."""
        return self.published().select_related("hub", "service__category").only(*CARD, *HUB_ON_CARD)

    def wanted(self, hub: Hub | None = None, category: Category | None = None) -> "ListingQuerySet":
        listings = self if hub is None else self.filter(hub=hub)
        return listings if category is None else listings.filter(service__category=category)

    def here_or_missing(self, hub: Hub, most: int) -> "ListingQuerySet":
        """Keep the hub's listings, and one listing elsewhere of each service that the hub lacks, so many at most.

        `is_elsewhere_too` says of each whether another hub has the service.
        """
        published = Listing.objects.published().order_by()
        here = published.filter(hub=hub).values("service")
        lacking = published.exclude(service__in=here).values("service").annotate(first=Min("pk")).order_by("first")
        found = self.filter(Q(hub=hub) | Q(pk__in=lacking.values("first")[:most]))
        elsewhere = published.filter(service=OuterRef("service")).exclude(hub=OuterRef("hub"))
        return found.annotate(is_elsewhere_too=Exists(elsewhere))


class Listing(models.Model):
    """A service at a hub, with its own name, provider, hours, contacts and policy."""

    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="listings", verbose_name=_("hub"))
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="listings", verbose_name=_("service"))
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, related_name="listings", verbose_name=_("provider")
    )
    slug = models.SlugField(_("address on the site"), validators=[validate_slug_is_free])
    name = models.CharField(_("name"), max_length=120)
    summary = models.TextField(_("summary"), blank=True)
    details = models.TextField(_("more about the service"), blank=True)
    audience = models.CharField(_("for whom"), max_length=200, blank=True)
    appointment = models.CharField(_("appointment"), max_length=12, choices=Appointment, default=Appointment.UNKNOWN)
    appointment_text = models.CharField(_("about appointments"), max_length=300, blank=True)
    booking_url = models.URLField(
        _("where to book an appointment"),
        blank=True,
        help_text=_("The page on the provider’s own site. With it, the first button on the page leads there."),
    )
    bring = models.TextField(_("what to bring"), blank=True)
    price_text = models.CharField(_("price"), max_length=200, blank=True)
    phone = models.CharField(_("phone number"), max_length=40, blank=True)
    phone_text = models.CharField(
        _("about calling"),
        max_length=200,
        blank=True,
        help_text=_("When somebody answers, and what the call costs."),
    )
    email = models.EmailField(_("e-mail"), blank=True)
    website = models.URLField(_("web page"), blank=True)
    floor = models.CharField(_("floor"), max_length=20, blank=True)
    directions = models.TextField(_("which door and desk"), blank=True)
    step_free_way = models.TextField(
        _("step-free way there"), blank=True, help_text=_("From the street to the desk, for who cannot take steps.")
    )
    languages = models.JSONField(_("languages of service"), default=list, blank=True, validators=[validate_languages])
    language_days = models.JSONField(  # such as {"sv": [2, 4]}; a language without days is there whenever it is open
        _("languages on certain weekdays only"), default=dict, blank=True, validators=[validate_language_days]
    )
    self_service_rules = models.TextField(_("rules of self-service"), blank=True)
    timetable = models.OneToOneField(
        Timetable, on_delete=models.PROTECT, related_name="listing", editable=False, verbose_name=_("opening hours")
    )
    notices = models.ManyToManyField(Notice, related_name="listings", blank=True, verbose_name=_("notices"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_published = models.BooleanField(_("published"), default=True)
    assumed = models.JSONField(_("assumed values"), default=list, blank=True, editable=False)
    sources = models.JSONField(_("sources"), default=dict, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    is_elsewhere_too: bool  # of what `here_or_missing` has found

    objects = ListingQuerySet.as_manager()

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        ordering = ["hub", "order", "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["hub", "slug"],
                name="listing_address_is_unique_in_its_hub",
                violation_error_message=_("Another listing of this hub has the same address."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.timetable_id:
            self.timetable = Timetable.objects.create(fallback_id=self.hub.timetable_id)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("services:listing", kwargs={"hub": self.hub.slug, "listing": self.slug})

    def notices_shown_at(self, at: datetime) -> "models.QuerySet[Notice]":
        """Return what is said of this listing and of the whole hub. Queries when read."""
        about_this = models.Q(listings=self) | models.Q(hub=self.hub_id, is_for_whole_hub=True)
        return Notice.objects.shown_at(at).filter(about_this).distinct()

    @property
    def language_labels(self) -> list[str]:
        """The languages of service in words, each with its weekdays where it has some: “Swedish on Tuesdays”."""
        return [self._language_label(code) for code in self.languages if code in SERVICE_LANGUAGES]

    def _language_label(self, code: str) -> str:
        language, days = str(SERVICE_LANGUAGES[code]), self.language_days.get(code)
        if not days:
            return language
        # Translators: such as “Swedish on Tuesdays and Thursdays”.
        return gettext("%(language)s on %(weekdays)s") % {"language": language, "weekdays": every_weekday(days)}
