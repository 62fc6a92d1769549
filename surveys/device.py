"""One answer a device, without knowing the device.

The cookie is named after the survey, holds the same signed word on every device, and ends with the survey.
"""

from datetime import datetime

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse

from surveys.models import Survey

SIGNER = Signer(salt="surveys.device")  # without the time, which would tell one device from another


def cookie_name(survey: Survey) -> str:
    return f"survey-{survey.pk}"


def has_answered(request: HttpRequest, survey: Survey) -> bool:
    name = cookie_name(survey)
    try:
        return SIGNER.unsign(request.COOKIES.get(name, "")) == name
    except BadSignature:
        return False


def remember_answer(response: HttpResponse, survey: Survey, at: datetime) -> None:
    response.set_cookie(
        cookie_name(survey),
        SIGNER.sign(cookie_name(survey)),
        max_age=survey.closes_at - at,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
