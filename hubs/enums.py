from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Mode(models.TextChoices):
    """How one is served during a span of opening hours, strongest first."""

    STAFFED = "staffed", _("staffed")
    APPOINTMENT = "appointment", _("by appointment")
    PHONE = "phone", _("by phone")
    SELF_SERVICE = "self_service", _("self-service")


class PeriodKind(models.TextChoices):
    REGULAR = "regular", pgettext_lazy("opening hours", "regular")
    SEASON = "season", pgettext_lazy("opening hours", "season")
    EXCEPTION = "exception", pgettext_lazy("opening hours", "exception")


class WeekParity(models.TextChoices):
    EVERY = "every", _("every week")
    ODD = "odd", _("odd weeks")
    EVEN = "even", _("even weeks")


class HolidayRule(models.TextChoices):
    """What a special day does to a timetable that has no hours of its own for it."""

    CLOSED = "closed", _("closed")
    AS_SUNDAY = "as_sunday", _("as on Sundays")
    AS_USUAL = "as_usual", _("as usual")
    MUST_BE_DECIDED = "must_be_decided", _("must be decided")


class Severity(models.TextChoices):
    NORMAL = "normal", _("for information")
    CHANGED = "changed", _("something is changed")
    CLOSED = "closed", _("something is closed")
