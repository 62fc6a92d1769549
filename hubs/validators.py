from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from hubs.enums import AccessibilityFeature

# Words that addresses use themselves: /hubs/<hub>/display/ must never be a listing.
RESERVED_SLUGS = frozenset({"display", "book", "hours", "feed", "print", "new", "search"})


def validate_slug_is_free(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(_("“%(slug)s” is used by the site itself. Choose another word."), params={"slug": slug})


def validate_features(features: Any) -> None:
    if not isinstance(features, list) or not set(features) <= set(AccessibilityFeature.values):
        raise ValidationError(_("Choose from the list of accessibility facts."))
