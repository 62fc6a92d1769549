from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from rooms.enums import BookingState
from rooms.models import Booking, Room


class CheckInForm(forms.Form):
    """The number of a booking of this room, as somebody at the door types it."""

    reference = forms.CharField(
        label=gettext_lazy("Booking number"),
        max_length=40,
        help_text=gettext_lazy("Ten letters and digits. It stands in the mails about your booking."),
        error_messages={"required": gettext_lazy("Give your booking number.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, room: Room, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room = room
        self.booking: Booking | None = None

    def clean_reference(self) -> str:
        reference = "".join(self.cleaned_data["reference"].split()).replace("-", "").upper()
        found = Booking.objects.for_list().exclude(state=BookingState.HELD).filter(reference=reference)
        self.booking = found.filter(room__in=[self.room.pk, self.room.parent_id or self.room.pk]).first()
        if self.booking is None:
            message = _("There is no booking of this room with that number. Check the number and the room.")
            raise ValidationError(message, code="unknown")
        return reference


class AnswerForm(forms.Form):
    """What the staff answer to a request, by the link in their mail."""

    answer = forms.CharField(required=False)  # which button was pressed
    reason = forms.CharField(
        label=pgettext_lazy("of the staff's answer", "Reason"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The resident reads this. You need it only if you decline."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("answer") not in ("approve", "decline"):
            raise ValidationError(_("Choose whether you approve or decline."), code="answer")
        return cleaned


class AnswerSeriesForm(AnswerForm):
    """What the staff answer to all requests of a series, as they saw it: it may have changed since."""

    sequence = forms.IntegerField(widget=forms.HiddenInput)
