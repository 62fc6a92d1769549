from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "site_name": settings.SITE_NAME,
        "municipality_name": settings.MUNICIPALITY_NAME[get_language() or settings.LANGUAGE_CODE],
    }
