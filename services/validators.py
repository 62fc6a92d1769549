from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

SERVICE_LANGUAGES = {
    "sv": _("Swedish"),
    "fi": _("Finnish"),
    "en": _("English"),
    "ru": _("Russian"),
    "et": _("Estonian"),
    "ar": _("Arabic"),
    "so": _("Somali"),
    "fse": _("Finnish Sign Language"),
}


def validate_languages(languages: Any) -> None:
    if not isinstance(languages, list) or not set(languages) <= set(SERVICE_LANGUAGES):
        raise ValidationError(_("Choose from the list of languages."))


def validate_language_days(days: Any) -> None:
    """Refuse what is not `{"sv": [2, 4]}`: some languages, each with some weekdays from 1, Monday, to 7, Sunday."""
    is_mapping = isinstance(days, dict) and set(days) <= set(SERVICE_LANGUAGES)
    if not is_mapping or not all(is_some_weekdays(each) for each in days.values()):
        raise ValidationError(_("Choose from the list of languages and weekdays."))


def is_some_weekdays(days: Any) -> bool:
    return isinstance(days, list) and bool(days) and all(type(day) is int and 1 <= day <= 7 for day in days)
