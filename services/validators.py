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
