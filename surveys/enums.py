from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """How a question is answered."""

    CHOICE = "choice", _("one of several")
    SEVERAL = "several", _("any of several")
    SCALE = "scale", _("a scale from 1 to 5")
    TEXT = "text", pgettext_lazy("kind of answer", "in their own words")


class Stage(StrEnum):
    """Where a published survey is at a moment. What is not published has no stage for residents."""

    COMING = "coming"
    OPEN = "open"
    CLOSED = "closed"


SCALE = range(1, 6)
