from datetime import datetime
from typing import Any

from django import template

from hubs import wording
from hubs.opening import HELSINKI, ONE_DAY, Schedule

register = template.Library()


@register.inclusion_tag("includes/open_state.html")
def open_state(schedule: Schedule | None, at: datetime) -> dict[str, Any]:
    """Show whether it is open at `at`, and what happens next."""
    state = (schedule or Schedule()).state(at)
    return {"state": state, "label": wording.state_label(state), "detail": wording.state_detail(state, at)}


@register.inclusion_tag("includes/opening_hours.html")
def opening_hours(schedule: Schedule | None, at: datetime) -> dict[str, Any]:
    """Show the week around `at`, and the exceptions of the four weeks after."""
    schedule = schedule or Schedule()
    today = at.astimezone(HELSINKI).date()
    monday = today - today.weekday() * ONE_DAY
    return {
        "rows": wording.week(schedule, monday, today),
        "exceptions": wording.coming_exceptions(schedule, today),
        "confirmed_on": schedule.confirmed_at and wording.day_long(schedule.confirmed_at),
        "week_number": today.isocalendar().week,
    }


@register.filter
def weekly_hours(schedule: Schedule | None, at: datetime) -> str:
    """Write the usual week in a line: “mån–fre kl. 8–18”."""
    return wording.weekly_words(schedule or Schedule(), at.astimezone(HELSINKI).date())


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
