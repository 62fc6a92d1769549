from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hubs.enums import HolidayRule, Mode, PeriodKind, WeekParity


class Timetable(models.Model):
    """The opening hours of one hub, listing or room (opening-hours rules in docs/concepts.md)."""

    fallback = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followers",
        verbose_name=_("otherwise as"),
        help_text=_("Whose hours hold on days that no period here covers."),
    )
    holiday_rule = models.CharField(
        _("on special days"), max_length=20, choices=HolidayRule, default=HolidayRule.CLOSED
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )

    class Meta:
        verbose_name = _("timetable")
        verbose_name_plural = _("timetables")
        constraints = [
            models.CheckConstraint(
                condition=~Q(fallback=F("id")),
                name="timetable_does_not_follow_itself",
                violation_error_message=_("Opening hours cannot follow themselves."),
            ),
        ]

    def __str__(self) -> str:
        for owner in ("hub", "listing", "room"):
            if hasattr(self, owner):
                return str(getattr(self, owner))
        return f"#{self.pk}"


class Period(models.Model):
    """Days on which one set of spans holds. Without spans it means closed."""

    timetable = models.ForeignKey(
        Timetable, on_delete=models.CASCADE, related_name="periods", verbose_name=_("timetable")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=PeriodKind, default=PeriodKind.REGULAR)
    first_day = models.DateField(_("first day"), null=True, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True, help_text=_("Empty means until further notice."))
    special_day = models.SlugField(
        _("special day"),
        max_length=40,
        blank=True,
        help_text=_("Instead of dates: the hours of this day, every year."),
    )
    week_parity = models.CharField(_("weeks"), max_length=5, choices=WeekParity, default=WeekParity.EVERY)
    title = models.CharField(_("title"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        ordering = ["kind", "first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="period_ends_after_it_starts",
                violation_error_message=_("The last day must not be before the first day."),
            ),
            models.CheckConstraint(
                condition=Q(first_day__isnull=False, special_day="")
                | (Q(kind=PeriodKind.EXCEPTION, first_day__isnull=True, last_day__isnull=True) & ~Q(special_day="")),
                name="period_has_either_dates_or_a_special_day",
                violation_error_message=_("Give either a first day or, for an exception, a special day."),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.special_day or str(self.first_day)


class Span(models.Model):
    """From when to when, on which weekdays. Closing at or before opening ends the next day."""

    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="spans", verbose_name=_("period"))
    weekdays = models.PositiveSmallIntegerField(_("weekdays"), help_text=_("Bit 0 is Monday, bit 6 is Sunday."))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))
    mode = models.CharField(_("how"), max_length=12, choices=Mode, default=Mode.STAFFED)
    note = models.CharField(_("note"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("span")
        verbose_name_plural = _("spans")
        ordering = ["opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekdays__gte=1, weekdays__lte=127),
                name="span_has_at_least_one_weekday",
                violation_error_message=_("Choose at least one weekday."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"


class SpecialDay(models.Model):
    """A public holiday, an eve, or another day on which hours differ."""

    date = models.DateField(_("date"), unique=True)
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    is_public_holiday = models.BooleanField(_("public holiday"), default=False)

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.name} {self.date}"
