from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hubs.wording import clock, closing_clock
from rooms.enums import BookerKind
from rooms.forms.fields import LocalDateTimeField, PeopleField, local_iso
from rooms.models import Room
from rooms.models.room import FURTHEST_DAYS
from rooms.rules import BookingDetails, Reason, duration_words, too_many_people
from rooms.spans import Span

LONGEST_SPAN = timedelta(days=7)
LONGEST_STEP = timedelta(hours=1)  # of a grid: the step that is running may be booked, as the room's rules say


class SpanForm(forms.Form):
    """From when to when, as an address or a “Book” button says it."""

    start = LocalDateTimeField()
    end = LocalDateTimeField()

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at

    def clean_start(self) -> datetime:
        starts_at: datetime = self.cleaned_data["start"]
        if starts_at <= self.at - LONGEST_STEP:
            raise ValidationError(_("That time has already passed. Choose a later time."), code="past")
        if timezone.localdate(starts_at) > timezone.localdate(self.at) + timedelta(days=FURTHEST_DAYS):
            raise ValidationError(_("Rooms cannot be booked that far ahead. Choose an earlier day."), code="too_far")
        return starts_at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"start", "end"} <= cleaned.keys():
            if cleaned["end"] <= cleaned["start"]:
                self.add_error("end", _("The booking must end after it starts. Choose a later end."))
            elif cleaned["end"] - cleaned["start"] > LONGEST_SPAN:
                self.add_error("end", _("That is too long for one booking. Choose an earlier end."))
        return cleaned

    @property
    def span(self) -> Span | None:
        """Return what was asked for, or None where it could not be read."""
        if not self.is_valid():
            return None
        return self.cleaned_data["start"], self.cleaned_data["end"]


class TimeForm(forms.Form):
    """Start and length inside free time; the choices are what the room allows there."""

    start = forms.ChoiceField(
        label=gettext_lazy("Start"),
        error_messages={
            "required": gettext_lazy("Choose when you start."),
            "invalid_choice": gettext_lazy("Choose a start from the list. Another start is not free."),
        },
    )
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("Length"),
        coerce=int,
        error_messages={
            "required": gettext_lazy("Choose how long you need the room."),
            "invalid_choice": gettext_lazy("Choose a length from the list. Another length is not possible here."),
        },
    )

    def __init__(
        self,
        *args: Any,
        starts: list[datetime],
        lengths: list[int],
        free_from: datetime,
        free_until: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.free_from, self.free_until = free_from, free_until
        fields: dict[str, Any] = self.fields
        fields["start"].choices = [(local_iso(start), clock(start)) for start in starts]
        fields["minutes"].choices = [(length, duration_words(length)) for length in lengths]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"start", "minutes"} <= cleaned.keys():
            starts_at = LocalDateTimeField().clean(cleaned["start"])
            cleaned |= {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=cleaned["minutes"])}
            if cleaned["ends_at"] > self.free_until:
                message = _("The room is free until %(time)s. Choose an earlier start or a shorter length.")
                self.add_error("minutes", message % {"time": closing_clock(self.free_until)})
        return cleaned


class DetailsForm(forms.Form):
    """Who books, for how many and what for. The rules themselves are asked in rooms/rules.py."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={
            "required": gettext_lazy("Give your name."),
            "max_length": gettext_lazy("The name is too long. Use at most %(limit_value)d characters."),
        },
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("The staff call only if something changes at short notice."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        error_messages={
            "max_length": gettext_lazy("The phone number is too long. Use at most %(limit_value)d characters.")
        },
    )
    people = PeopleField(
        label=gettext_lazy("Number of participants"),
        error_messages={
            "max_value": gettext_lazy("The room does not hold that many people. Give a smaller number."),
        },
    )
    booker_kind = forms.ChoiceField(
        label=gettext_lazy("Who books?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose who books."),
            "invalid_choice": gettext_lazy("Choose who books from the list."),
        },
    )
    organisation = forms.CharField(
        label=gettext_lazy("Name of the association or group"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("Only when an association or group books."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"max_length": gettext_lazy("The name is too long. Use at most %(limit_value)d characters.")},
    )
    purpose = forms.CharField(
        label=gettext_lazy("Purpose of use"),
        max_length=200,
        error_messages={
            "required": gettext_lazy("Say what you will use the room for."),
            "max_length": gettext_lazy("The purpose is too long. Use at most %(limit_value)d characters."),
        },
    )
    message = forms.CharField(
        label=gettext_lazy("Message to the staff"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": gettext_lazy("The message is too long. Use at most %(limit_value)d characters.")},
    )
    public_title = forms.CharField(
        label=gettext_lazy("Title for the service centre’s page"),
        max_length=80,
        required=False,
        help_text=gettext_lazy(
            "Only if you want everybody to see it: the page tells it on the day, with time and room, once the staff "
            "have looked at it. Do not write anybody’s name."
        ),
        error_messages={"max_length": gettext_lazy("The title is too long. Use at most %(limit_value)d characters.")},
    )
    terms = forms.BooleanField(
        label=gettext_lazy("I have read and accept the terms of use"),
        error_messages={"required": gettext_lazy("Accept the terms of use to book.")},
    )

    def __init__(self, *args: Any, room: Room, is_staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room = room
        self.reasons: list[Reason] = []  # of the rules that the form asks itself
        hint = ngettext(
            "The room holds at most %(count)d person.", "The room holds at most %(count)d people.", room.capacity
        )
        self.fields["people"].help_text = hint % {"count": room.capacity}
        kinds = [kind for kind in BookerKind.choices if is_staff or kind[0] != BookerKind.CITY]
        fields: dict[str, Any] = self.fields
        fields["booker_kind"].choices = kinds
        if not room.is_purpose_required:
            self.fields["purpose"].required = False

    def details(self, *, email: str, language: str, name: str = "", phone: str = "") -> BookingDetails:
        """Return what was filled in; `name` and `phone` stand where the form does not ask for them."""
        given = self.cleaned_data
        return BookingDetails(
            people=given["people"],
            name=given.get("name", name),
            email=email,
            phone=given.get("phone", phone),
            language=language,
            purpose=given.get("purpose", ""),
            booker_kind=BookerKind(given.get("booker_kind", BookerKind.PRIVATE)),
            organisation=given.get("organisation", ""),
            message=given.get("message", ""),
            public_title=given.get("public_title", ""),
        )

    def clean_people(self) -> int:
        """Ask this one rule early, so that it is told together with what is missing."""
        people: int = self.cleaned_data["people"]
        reason = too_many_people(self.room, people)
        if reason is not None:
            self.reasons.append(reason)
            raise ValidationError(reason.message, code=reason.code)
        return people
