"""A page can be asked to show itself as it will be: `?at=2026-12-24T10:00`, on the clocks in Finland.

A form without script sends the day and the time apart: `?day=2026-12-24&clock=10:00`.
"""

from datetime import datetime, time, timedelta

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hubs import wording
from hubs.lists import QuickSelect
from hubs.opening import HELSINKI

FARTHEST = timedelta(days=2 * 366)
NOON = "12:00"
HOURS = range(6, 23)


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


class MomentForm(forms.Form):
    """Asks for another day and time than now; both may stay empty."""

    is_filter = True  # so none needs to say so

    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    clock = forms.CharField(label=_("Time"), required=False, widget=QuickSelect)

    def __init__(self, asked_at: datetime | None) -> None:
        super().__init__(initial=day_and_clock(asked_at), auto_id="ask_%s")
        self.fields["clock"].widget.choices = clocks_to_choose(asked_at)


def day_and_clock(asked_at: datetime | None) -> dict[str, str]:
    """Return the moment as a form asks for it; nothing where none is asked for."""
    if asked_at is None:
        return {}
    local = asked_at.astimezone(HELSINKI)
    return {"day": f"{local:%Y-%m-%d}", "clock": f"{local:%H:%M}"}


def clocks_to_choose(asked_at: datetime | None) -> list[tuple[str, str]]:
    """Return none, the full hours of a day, and the time that is asked for."""
    clocks = {time(hour) for hour in HOURS}
    if asked_at is not None:
        clocks.add(asked_at.astimezone(HELSINKI).time().replace(second=0, microsecond=0))
    return [("", "–"), *((f"{each:%H:%M}", wording.clock(each)) for each in sorted(clocks))]
