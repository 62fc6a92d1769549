from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Words that addresses use themselves: /hubs/<hub>/display/ must never be a listing.
RESERVED_SLUGS = frozenset(
    {
        "book",
        "changes",
        "compare",
        "display",
        "feed",
        "hours",
        "new",
        "planner",
        "print",
        "report",
        "search",
        "sign",
        "survey",
        "surveys",
        "year",
    }
)


def validate_slug_is_free(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(_("“%(slug)s” is used by the site itself. Choose another word."), params={"slug": slug})


def validate_features(features: Any) -> None:
    """Accept a list, as the first migration asked. What is known since then is asked in `hubs/accessibility.py`."""
    if not isinstance(features, list):
        raise ValidationError(_("Choose from the list of accessibility facts."))
