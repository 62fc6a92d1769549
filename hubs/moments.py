"""A page can be asked to show itself as it will be: `?at=2026-12-24T10:00`, on the clocks in Finland.

A form without script sends the day and the time apart: `?day=2026-12-24&clock=10:00`.
"""

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from hubs.opening import HELSINKI

FARTHEST = timedelta(days=2 * 366)
NOON = "12:00"


def asked_moment(request: HttpRequest) -> datetime | None:
    """Return the moment that is asked for, or None where there is none, or none that makes sense."""
    try:
        moment = datetime.fromisoformat(asked_words(request))
    except ValueError:
        return None
    if abs(moment.replace(tzinfo=None) - timezone.localtime().replace(tzinfo=None)) > FARTHEST:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=HELSINKI)


def asked_words(request: HttpRequest) -> str:
    """Return `at`, or what day and time make together: without a day today is meant, without a time noon."""
    day, clock = request.GET.get("day", ""), request.GET.get("clock", "")
    if not day and not clock:
        return request.GET.get("at", "")
    return f"{day or timezone.localdate().isoformat()}T{clock or NOON}"
