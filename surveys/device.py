"""One answer a device, without knowing the device.

The cookie is named after the survey and holds one word, the same for everybody. It is signed so that
no page elsewhere can write it, and ends with the survey.
"""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from surveys.models import Survey

ANSWERED = "answered"
SALT = "surveys.device"


def cookie_name(survey: Survey) -> str:
    return f"survey-{survey.pk}"


def has_answered(request: HttpRequest, survey: Survey) -> bool:
    return request.get_signed_cookie(cookie_name(survey), default="", salt=SALT) == ANSWERED


def remember_answer(response: HttpResponse, survey: Survey, at: datetime) -> None:
    response.set_signed_cookie(
        cookie_name(survey),
        ANSWERED,
        salt=SALT,
        max_age=survey.closes_at - at,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
