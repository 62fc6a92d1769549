from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hubs.models import Hub
from hubs.wording import clock, closing_clock
from rooms.enums import RoomKind
from rooms.forms.fields import DAY_MINUTES, MOST_PEOPLE, ClockField, WholeNumberField, local_moment
from rooms.models import Equipment, Room
from rooms.models.room import FURTHEST_DAYS
from rooms.rules import duration_words

type Day = date  # the form has a field called date

USUAL_MINUTES = 60
FIRST_HOUR = 6  # of the lists; an address may ask for any hour
LENGTHS = (30, 60, 90, 120, 150, 180, 240, 300, 360, 480)


class FindForm(forms.Form):
    """When, for how long, for how many, where and with what.

    Without `minutes` the room is wanted from `from` to `to` exactly; with it, for that long at
    any time between them. What is left out means the whole day, and an hour.
    """

    is_filter = True  # every field may be left out, so none says so

    date = forms.DateField(
        label=gettext_lazy("Date"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        required=False,
        error_messages={"invalid": gettext_lazy("Give a day that exists, for example 2026-11-25.")},
    )
    from_ = ClockField(label=gettext_lazy("From"), required=False)
    to = ClockField(label=gettext_lazy("To"), required=False)
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("Length"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=gettext_lazy("Any time between from and to, for this long."),
        error_messages={"invalid_choice": gettext_lazy("Choose a length from the list.")},
    )
    people = WholeNumberField(
        label=gettext_lazy("People"),
        min_value=1,
        max_value=MOST_PEOPLE,
        required=False,
        error_messages={
            "invalid": gettext_lazy("Give the number of people in digits, for example 6."),
            "min_value": gettext_lazy("At least one person must be coming. Give 1 or more."),
            "max_value": gettext_lazy("No room holds that many people. Give a smaller number."),
        },
    )
    hub: "forms.ModelChoiceField[Hub]" = forms.ModelChoiceField(
        label=gettext_lazy("Service centre"),
        queryset=Hub.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("All"),
        error_messages={"invalid_choice": gettext_lazy("Choose a service centre from the list.")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of room"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose a kind of room from the list.")},
    )
    equipment: "forms.ModelMultipleChoiceField[Equipment]" = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Equipment"),
        queryset=Equipment.objects.none(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy("Choose equipment from the list."),
            "invalid_list": gettext_lazy("Choose equipment from the list."),
            "invalid_pk_value": gettext_lazy("Choose equipment from the list."),
        },
    )

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        fields: dict[str, Any] = self.fields
        if not is_iso_day(self.data.get("date", "")):
            fields["date"].widget.input_type = "text"  # a date input would hide what was typed
        fields["hub"].queryset = Hub.objects.published()
        fields["equipment"].queryset = Equipment.objects.filter(rooms__in=Room.objects.published()).distinct()
        times = [
            (f"{minutes // 60:02}:{minutes % 60:02}", clock_words(minutes))
            for minutes in range(FIRST_HOUR * 60, DAY_MINUTES + 1, 30)
        ]
        fields["from_"].widget.choices = [("", "–"), *times[:-1]]
        fields["to"].widget.choices = [("", "–"), *times[1:]]
        fields["minutes"].choices = [("", _("From–to")), *((length, duration_words(length)) for length in LENGTHS)]
        fields["kind"].choices = [("", _("All")), *RoomKind.choices]

    def add_prefix(self, field_name: str) -> str:
        """Let the address say `from`, which Python keeps for itself."""
        return super().add_prefix("from" if field_name == "from_" else field_name)

    def clean_date(self) -> Day:
        today = timezone.localdate(self.at)
        day = self.cleaned_data["date"] or today
        if day < today:
            raise ValidationError(_("That day has passed. Choose today or a later day."), code="past")
        if day > today + timedelta(days=FURTHEST_DAYS):
            raise ValidationError(_("Rooms cannot be booked that far ahead. Choose an earlier day."), code="too_far")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        begin, end = cleaned.get("from_"), cleaned.get("to")
        if begin is not None and end is not None and end <= begin:
            self.add_error("to", _("The end must be after the start. Choose a later end."))
        elif {"date", "from_", "to", "minutes"} <= cleaned.keys():
            self.read_times(cleaned)
        return cleaned

    def read_times(self, cleaned: dict[str, Any]) -> None:
        """Turn day and clock into `starts_at`, `ends_at` and `minutes`, or say what to change."""
        begin, end = cleaned["from_"], cleaned["to"]
        starts_at = self.moment("from_", cleaned["date"], begin or 0)
        ends_at = self.moment("to", cleaned["date"], DAY_MINUTES if end is None else end)
        if starts_at is None or ends_at is None:
            return
        is_exact = cleaned["minutes"] is None and begin is not None and end is not None
        if ends_at <= self.at or (is_exact and starts_at < self.at):
            self.add_error("from_", _("That time has already passed. Choose a later time."))
            return
        minutes = int((ends_at - starts_at).total_seconds()) // 60 if is_exact else cleaned["minutes"] or USUAL_MINUTES
        if starts_at + timedelta(minutes=minutes) > ends_at:
            message = _("%(duration)s does not fit between the start and the end. Choose a later end.")
            self.add_error("to", message % {"duration": duration_words(minutes)})
            return
        cleaned |= {"starts_at": starts_at, "ends_at": ends_at, "minutes": minutes, "is_exact": is_exact}

    def moment(self, field: str, day: Day, minutes: int) -> datetime | None:
        try:
            return local_moment(day, minutes)
        except ValidationError as error:
            self.add_error(field, error)
            return None


def is_iso_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text)) if text else True
    except ValueError:
        return False


def clock_words(minutes: int) -> str:
    if minutes == DAY_MINUTES:
        return closing_clock(time.min)
    return clock(time(minutes // 60, minutes % 60))
