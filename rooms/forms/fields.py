"""Fields for times and numbers. Times are Helsinki’s wall clock."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hubs.lists import QuickSelect
from hubs.opening import HELSINKI

DAY_MINUTES = 24 * 60
MOST_PEOPLE = 10_000


def sequence_seen(posted: Mapping[str, str]) -> int | None:
    """Return the version of a booking or series that a page was made of, as its hidden field says it."""
    number = posted.get("sequence", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None


def local_moment(day: date, minutes: int) -> datetime:
    """Return the UTC moment at which a wall clock shows `minutes` after midnight of `day`.

    Raise ValidationError for an hour that the clock skips or shows twice, OverflowError beyond the calendar's ends.
    """
    shown = datetime.combine(day, time.min) + timedelta(minutes=minutes)
    first, second = (shown.replace(tzinfo=HELSINKI, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    values = {"time": f"{shown:%H:%M}"}
    if first.astimezone(HELSINKI).replace(tzinfo=None) != shown:
        message = _("The clock is put forward that night and %(time)s does not exist. Choose a time before or after.")
    else:
        message = _("The clock is put back that night and shows %(time)s twice. Choose a time before or after.")
    raise ValidationError(message % values, code="clock_change")


class ClockSelect(QuickSelect):
    """A list of times that also shows a time somebody typed into the address."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        known = {str(choice) for choice, _label in self.choices}
        typed = [(text, text) for text in value if text.strip() and text not in known and len(text) <= len("00:00")]
        self.choices = [*self.choices, *typed]
        return super().optgroups(name, value, attrs)


class ClockField(forms.Field):
    """A time of day in minutes after midnight; “24:00” is the end of the day."""

    widget = ClockSelect
    default_error_messages = {"invalid": gettext_lazy("Choose a time from the list, for example 14:30.")}

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        if value == "24:00":
            return DAY_MINUTES
        try:
            read = datetime.strptime(str(value), "%H:%M")  # noqa: DTZ007 - a wall clock has no zone
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        return read.hour * 60 + read.minute


class DayInput(forms.DateInput):
    """A day in the browser's own calendar, which needs no script; as text where it would hide what was typed."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if not is_iso_day(context["widget"]["value"] or ""):
            context["widget"]["type"] = "text"
        return context


class DayField(forms.DateField):
    widget = DayInput
    default_error_messages = {"invalid": gettext_lazy("Give a day that exists, for example 2026-11-25.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d", "%d.%m.%Y"], **kwargs)


def is_iso_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text if text else True
    except ValueError:
        return False


class WholeNumberField(forms.IntegerField):
    """A number typed as text, so that a browser keeps and shows what was typed."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "short", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        if isinstance(value, str) and len(value.strip()) > len(str(MOST_PEOPLE)) + 1:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().clean(value)


class PeopleField(WholeNumberField):
    """How many are coming."""

    default_error_messages = {
        "required": gettext_lazy("Say how many people are coming."),
        "invalid": gettext_lazy("Give the number of people in digits, for example 6."),
        "min_value": gettext_lazy("At least one person must be coming. Give 1 or more."),
        "max_value": gettext_lazy("No room holds that many people. Give a smaller number."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MOST_PEOPLE, **kwargs)


class LocalDateTimeField(forms.Field):
    """A moment written as Helsinki's wall clock, 2026-11-25T14:00."""

    widget = forms.HiddenInput
    default_error_messages = {
        "required": gettext_lazy("Choose a time."),
        "invalid": gettext_lazy("The time in the address cannot be read. Choose a time."),
    }

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            read = datetime.strptime(str(value), "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - read in Helsinki below
            return local_moment(read.date(), read.hour * 60 + read.minute)
        except (ValueError, OverflowError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def prepare_value(self, value: Any) -> Any:
        return local_iso(value) if isinstance(value, datetime) else value


def local_iso(moment: datetime) -> str:
    """Write a moment as the addresses of this site do."""
    return f"{moment.astimezone(HELSINKI):%Y-%m-%dT%H:%M}"
