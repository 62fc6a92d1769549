from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from hubs import wording
from hubs.opening import HELSINKI, ONE_DAY, DayStatus, Schedule

register = template.Library()


@register.simple_tag
def open_state(schedule: Schedule | None, at: datetime) -> SafeString:
    """Show whether it is open at `at`, and what happens next."""
    state = (schedule or Schedule()).state(at)
    kind = "open" if state.is_open else "closed" if state.status == DayStatus.CLOSED else "unknown"
    return drawn_state(kind, wording.state_label(state), wording.state_detail(state, at))


@lru_cache(maxsize=512)
def drawn_state(kind: str, label: str, detail: str) -> SafeString:
    """Draw it, once for each that is worded alike: most of the cards of a page are."""
    return render_to_string("includes/open_state.html", {"kind": kind, "label": label, "detail": detail})


@register.inclusion_tag("includes/opening_hours.html")
def opening_hours(schedule: Schedule | None, at: datetime) -> dict[str, Any]:
    """Show the week around `at`, with its dates where that is not today, and the exceptions of the four weeks after."""
    schedule = schedule or Schedule()
    today = at.astimezone(HELSINKI).date()
    is_now = today == timezone.localdate()
    monday = today - today.weekday() * ONE_DAY
    rows = wording.week(schedule, monday, today)
    confirmed_at = schedule.confirmed_at or schedule.followed.confirmed_at
    return {
        "rows": rows if is_now else [replace(row, name=capfirst(wording.day_short(row.first_day))) for row in rows],
        "is_now": is_now,
        "exceptions": wording.coming_exceptions(schedule, today),
        "confirmed_on": confirmed_at and wording.day_long(confirmed_at),
        "week_number": today.isocalendar().week,
    }


@register.filter
def weekly_hours(schedule: Schedule | None, at: datetime) -> str:
    """Write the usual week in a line: “mån–fre kl. 8–18”."""
    return wording.weekly_words(schedule or Schedule(), at.astimezone(HELSINKI).date())


@register.filter
def weekly_hours_by_mode(schedule: Schedule | None, at: datetime) -> list[str]:
    """Write the usual week, a line for each manner of service: “Staff Mon–Fri 11:00–18:00”."""
    lines = wording.weekly_lines(schedule or Schedule(), at.astimezone(HELSINKI).date())
    return [capfirst(line.words) for line in lines]


@register.filter
def hours_on(schedule: Schedule | None, at: datetime) -> str:
    """Write the hours of the day of `at`: “8–20”."""
    return wording.day_words((schedule or Schedule()).day(at.astimezone(HELSINKI).date()))


@register.filter
def day_in_words(at: datetime) -> str:
    """Write “onsdag 25 november”."""
    return wording.day_medium(at)


@register.filter
def moment_in_words(at: datetime) -> str:
    """Write “onsdag 25 november 2026 kl. 14.30”."""
    return f"{wording.day_long(at)} {wording.at_clock(at)}"
