from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hubs.enums import WeekParity
from hubs.models.hub import Hub
from hubs.wording import at_clock_range, every_weekday


class RegularGroupQuerySet(models.QuerySet["RegularGroup"]):
    def shown_on(self, day: date) -> "RegularGroupQuerySet":
        return self.filter(first_day__lte=day, last_day__gte=day)


class RegularGroup(models.Model):
    """A group that meets in the house week after week and has agreed that its page tells of it. It always ends."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="regular_groups", verbose_name=_("hub"))
    name = models.CharField(_("name"), max_length=120)
    text = models.TextField(_("about the group"), blank=True, help_text=_("For whom, and whether one may just come."))
    place = models.CharField(_("where in the house"), max_length=120, blank=True)
    weekdays = models.PositiveSmallIntegerField(_("weekdays"), help_text=_("Bit 0 is Monday, bit 6 is Sunday."))
    week_parity = models.CharField(_("weeks"), max_length=5, choices=WeekParity, default=WeekParity.EVERY)
    starts = models.TimeField(_("starts"))
    ends = models.TimeField(_("ends"))
    website = models.URLField(_("the group’s own page"), blank=True)
    first_day = models.DateField(_("shown from"))
    last_day = models.DateField(_("shown until"), help_text=_("Such as the end of the term. Then ask the group again."))
    agreed_on = models.DateField(
        _("the group agreed on"), help_text=_("When the group said that the page may tell of it.")
    )

    objects = RegularGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("regular group")
        verbose_name_plural = _("regular groups")
        ordering = ["weekdays", "starts", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekdays__gte=1, weekdays__lte=127),
                name="regular_group_meets_on_at_least_one_weekday",
                violation_error_message=_("Choose at least one weekday."),
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="regular_group_ends_after_it_starts",
                violation_error_message=_("The group must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="regular_group_is_shown_until_after_it_is_shown_from",
                violation_error_message=_("The last day must not be before the first."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def meets_on(self, day: date) -> bool:
        """Say whether the group usually meets on this day, whatever the hours of the house."""
        return bool(self.weekdays >> day.weekday() & 1) and self.week_parity in (WeekParity.EVERY, parity_of(day))

    @property
    def when_words(self) -> str:
        """Write “On Tuesdays and Thursdays 17:00–19:00”."""
        days = every_weekday(bit + 1 for bit in range(7) if self.weekdays >> bit & 1)
        words = {"weekdays": days, "time": at_clock_range(self.starts, self.ends)}
        match self.week_parity:
            case WeekParity.ODD:
                return gettext("On %(weekdays)s of odd weeks %(time)s") % words
            case WeekParity.EVEN:
                return gettext("On %(weekdays)s of even weeks %(time)s") % words
        return gettext("On %(weekdays)s %(time)s") % words


def parity_of(day: date) -> WeekParity:
    return WeekParity.ODD if day.isocalendar().week % 2 else WeekParity.EVEN
