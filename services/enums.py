from django.db import models
from django.utils.translation import gettext_lazy as _


class ProviderKind(models.TextChoices):
    CITY = "city", _("city")
    COUNTY = "county", _("wellbeing services county")
    STATE = "state", _("state or Kela")
    COMPANY = "company", _("company")
    ASSOCIATION = "association", _("association")


class Appointment(models.TextChoices):
    """Whether one needs an appointment: the first thing a visitor asks."""

    NOT_NEEDED = "not_needed", _("No appointment needed")
    NEEDED = "needed", _("By appointment")
    BOTH = "both", _("With or without an appointment")
    UNKNOWN = "unknown", _("Ask whether you need an appointment")
