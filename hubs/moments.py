"""A page can be asked to show itself as it will be: `?at=2026-12-24T10:00`, on the clocks in Finland."""

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from hubs.opening import HELSINKI

FARTHEST = timedelta(days=2 * 366)


def asked_moment(request: HttpRequest) -> datetime | None:
    """Return the moment of `?at=`, or None where there is none, or none that makes sense."""
    try:
        moment = datetime.fromisoformat(request.GET.get("at", ""))
    except ValueError:
        return None
    if abs(moment.replace(tzinfo=None) - timezone.localtime().replace(tzinfo=None)) > FARTHEST:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=HELSINKI)
