"""The forms of the admin. They read what was meant; the verbs decide."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hubs.accessibility import OF_ROOMS
from hubs.forms import AnswersField
from hubs.opening import HELSINKI
from hubs.wording import clock, closing_clock
from rooms.enums import PriceGroup
from rooms.forms import ClockField, ClockSelect, local_moment
from rooms.models import Booking, Room
from rooms.rules import BookingDetails, Reason

QUARTERS = [(hour * 60 + minute) for hour in range(24) for minute in (0, 15, 30, 45)]
MAY_OVERRIDE = _("The staff may make an exception here: tick “Make an exception” below and give the reason.")


def code_of(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def start_choices() -> list[tuple[str, str]]:
    return [("", "–"), *((code_of(minutes), clock(time(*divmod(minutes, 60)))) for minutes in QUARTERS)]


def end_choices() -> list[tuple[str, str]]:
    return [*start_choices(), ("24:00", closing_clock(time(0)))]


class RefusableForm(forms.ModelForm):
    """A form whose result a verb may refuse. The refusal comes back as the form's errors."""

    refusals: Iterable[Reason] = ()
    field_of_reason: dict[str, str] = {}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for reason in self.refusals:
            field = self.field_of_reason.get(reason.field, reason.field)
            self.add_error(field if field in self.fields else None, ValidationError(reason.message, code=reason.code))
        return data


class BookingForm(RefusableForm):
    field_of_reason = {"starts_at": "starts", "ends_at": "ends"}

    day = forms.DateField(label=_("Date"), widget=AdminDateWidget)
    starts = ClockField(label=_("Starts"), widget=ClockSelect)
    ends = ClockField(label=_("Ends"), widget=ClockSelect)
    last_day = forms.DateField(label=_("Ends on another day"), required=False, widget=AdminDateWidget)
    price_group = forms.ChoiceField(
        label=_("Price group"),
        required=False,
        choices=[("", _("as the room’s rules say")), *PriceGroup.choices],
    )
    makes_exception = forms.BooleanField(label=_("Make an exception"), required=False)
    override_reason = forms.CharField(
        label=_("Reason for the exception"),
        max_length=300,
        required=False,
        help_text=_("For the staff to read later. Nobody can book a time that is already taken."),
    )

    class Meta:
        model = Booking
        fields = (
            "room",
            "people",
            "name",
            "email",
            "phone",
            "language",
            "booker_kind",
            "organisation",
            "purpose",
            "message",
            "public_title",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts"].widget.choices = start_choices()
        self.fields["ends"].widget.choices = end_choices()
        if "name" in self.fields:  # not where the booking is only shown
            self.fields["name"].required = True
        if self.instance.pk:
            self.initial.update(self._times_of(self.instance))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data["starts_at"] = self._moment("day", "starts")
        data["ends_at"] = self._moment("last_day" if data.get("last_day") else "day", "ends")
        if data.get("makes_exception") and not data.get("override_reason", "").strip():
            self.add_error("override_reason", _("Give the reason for the exception."))
        if any(reason.is_overridable for reason in self.refusals) and not data.get("makes_exception"):
            self.add_error(None, MAY_OVERRIDE)
        return data

    @property
    def exception_reason(self) -> str:
        """Return the reason, or nothing where no exception is asked for."""
        data = self.cleaned_data
        return data["override_reason"].strip() if data["makes_exception"] else ""

    @property
    def details(self) -> BookingDetails:
        data = self.cleaned_data
        names = [name for name in BookingForm.Meta.fields if name != "room"]
        group = PriceGroup(data["price_group"]) if data["price_group"] else None
        return BookingDetails(**{name: data[name] for name in names}, price_group=group)

    def _moment(self, day: str, clock_field: str) -> datetime | None:
        if self.cleaned_data.get(day) is None or self.cleaned_data.get(clock_field) is None:
            return None
        try:
            return local_moment(self.cleaned_data[day], self.cleaned_data[clock_field])
        except ValidationError as error:
            self.add_error(clock_field, error)
        except OverflowError:
            self.add_error(day, _("Give a day that exists, for example 2026-11-25."))
        return None

    @staticmethod
    def _times_of(booking: Booking) -> dict[str, Any]:
        starts, ends = booking.starts_at.astimezone(HELSINKI), booking.ends_at.astimezone(HELSINKI)
        return {
            "day": starts.date(),
            "starts": f"{starts:%H:%M}",
            "ends": f"{ends:%H:%M}",
            "last_day": ends.date() if ends.date() != starts.date() else None,
            "price_group": booking.price_group,
        }


class RoomForm(forms.ModelForm):
    accessibility = AnswersField(OF_ROOMS)

    class Meta:
        model = Room
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets choose


class ReasonForm(forms.Form):
    """Why: the resident reads it in the mail and on the page of the booking."""

    reason = forms.CharField(
        label=pgettext_lazy("of the staff's answer", "Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=_("The resident reads this. Write it in the resident’s language if you can."),
    )

    def __init__(self, *args: Any, is_required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_required
