from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hubs.opening import HELSINKI
from hubs.wording import clock, closing_clock
from rooms.forms.book import DetailsForm
from rooms.forms.fields import ClockField, DayField, LocalDateTimeField, local_iso, local_moment
from rooms.forms.series import ScopeField
from rooms.models import Booking
from rooms.models.room import FURTHEST_DAYS
from rooms.rules import duration_words
from rooms.spans import Span, snap_up

type Day = date  # the form has a field called date


class ChangeForm(DetailsForm):
    """Another day, start or length, and the details. The rules themselves are asked by the verb.

    `starts` are the free starts of the day that is shown; another start may be typed or posted,
    and is judged when it is saved. Once the time has begun only the details can be changed.
    """

    date = DayField(label=gettext_lazy("Date"), error_messages={"required": gettext_lazy("Choose a day.")})
    start = ClockField(label=gettext_lazy("Start"), error_messages={"required": gettext_lazy("Choose when you start.")})
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("Length"),
        coerce=int,
        error_messages={
            "required": gettext_lazy("Choose how long you need the room."),
            "invalid_choice": gettext_lazy("Choose a length from the list. Another length is not possible here."),
        },
    )
    field_order = ["date", "start", "minutes"]

    def __init__(self, *args: Any, at: datetime, starts: list[datetime], lengths: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        del self.fields["terms"]  # accepted when the room was booked
        fields: dict[str, Any] = self.fields
        fields["start"].widget.choices = [(clock_value(start), clock(start)) for start in starts]
        fields["minutes"].choices = [(length, duration_words(length)) for length in lengths]
        fields["name"].help_text = ""

    def ask_how_many(self, later: int, initial: str) -> None:
        """Ask whether the times of the series that come later are changed as well."""
        field = ScopeField(
            later=later,
            label=_("Which times do you want to change?"),
            help_text=_("The later times are moved by as much as this one."),
            initial=initial or "this",
        )
        self.fields = {"scope": field, **self.fields}

    def keep_the_time(self) -> None:
        """Offer the details alone: the time has begun."""
        for name in ("date", "start", "minutes"):
            del self.fields[name]

    def clean_date(self) -> Day:
        day: Day = self.cleaned_data["date"]
        today = timezone.localdate(self.at)
        if day < today:
            raise ValidationError(_("That day has passed. Choose today or a later day."), code="past")
        if day > today + timedelta(days=FURTHEST_DAYS):
            raise ValidationError(_("Rooms cannot be booked that far ahead. Choose an earlier day."), code="too_far")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"date", "start", "minutes"} <= cleaned.keys():
            try:
                starts_at = local_moment(cleaned["date"], cleaned["start"])
            except ValidationError as error:
                self.add_error("start", error)
            else:
                cleaned |= {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=cleaned["minutes"])}
        return cleaned


class PartForm(forms.Form):
    """Which part of a booking to keep, on the room's grid."""

    start = forms.ChoiceField(
        label=gettext_lazy("From"),
        error_messages={
            "required": gettext_lazy("Choose from when you need the room."),
            "invalid_choice": gettext_lazy("Choose a time from the list."),
        },
    )
    end = forms.ChoiceField(
        label=gettext_lazy("To"),
        error_messages={
            "required": gettext_lazy("Choose until when you need the room."),
            "invalid_choice": gettext_lazy("Choose a time from the list."),
        },
    )

    def __init__(self, data: Any, *, booking: Booking, at: datetime) -> None:
        super().__init__(data, initial={"start": local_iso(booking.starts_at), "end": local_iso(booking.ends_at)})
        self.booking = booking
        self.starts, self.ends = starts_to_keep(booking, at), ends_to_keep(booking, at)
        fields: dict[str, Any] = self.fields
        fields["start"].choices = [(local_iso(start), clock(start)) for start in self.starts]
        fields["end"].choices = [(local_iso(end), closing_clock(end)) for end in self.ends]
        if len(self.starts) == 1:
            del self.fields["start"]

    @property
    def has_choice(self) -> bool:
        return len(self.starts) > 1 or len(self.ends) > 1

    @property
    def span(self) -> Span:
        field, start = LocalDateTimeField(), self.cleaned_data.get("start")
        starts_at = self.booking.starts_at if start in (None, local_iso(self.booking.starts_at)) else field.clean(start)
        end = self.cleaned_data["end"]
        return starts_at, self.booking.ends_at if end == local_iso(self.booking.ends_at) else field.clean(end)


def starts_to_keep(booking: Booking, at: datetime) -> list[datetime]:
    """Return the booking's own start, and while it has not begun every step of the grid after it."""
    if booking.starts_at <= at:
        return [booking.starts_at]
    return [booking.starts_at, *_steps(booking, booking.starts_at)]


def ends_to_keep(booking: Booking, at: datetime) -> list[datetime]:
    """Return the steps of the grid at which it may end, from now on, and its own end."""
    return [*_steps(booking, max(booking.starts_at, at - timedelta(microseconds=1))), booking.ends_at]


def _steps(booking: Booking, after: datetime) -> list[datetime]:
    """Return the steps of the room's grid after a moment and before the end."""
    grid, steps = booking.room.grid_minutes, []
    step = snap_up(after + timedelta(microseconds=1), grid)
    while step < booking.ends_at:
        steps.append(step)
        step = snap_up(step + timedelta(microseconds=1), grid)
    return steps


def clock_value(moment: datetime) -> str:
    return f"{moment.astimezone(HELSINKI):%H:%M}"
