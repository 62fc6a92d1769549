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
from rooms.forms.fields import DAY_MINUTES, MOST_PEOPLE, ClockField, QuickSelect, WholeNumberField, local_moment
from rooms.models import Equipment, Room
from rooms.models.room import FURTHEST_DAYS
from rooms.rules import duration_words

type Day = date  # the form has a field called date

USUAL_MINUTES = 60
FIRST_HOUR = 6  # of the lists; an address may ask for any hour
DAYS = 14  # of a search on any day
MORNING, AFTERNOON, EVENING = "morning", "afternoon", "evening"
PARTS = {MORNING: (0, 12 * 60), AFTERNOON: (12 * 60, 17 * 60), EVENING: (17 * 60, DAY_MINUTES)}
LENGTHS = (30, 60, 90, 120, 150, 180, 240, 300, 360, 480)


class FindForm(forms.Form):
    """When, for how long, for how many, where and with what.

    Without `minutes` the room is wanted from `from` to `to` exactly; with it, for that long at
    any time between them. What is left out means the whole day, and an hour. With `days` any of
    so many days from `date` on will do. `part` is a part of the day, which `from` and `to` may narrow.
    """

    is_filter = True  # every field may be left out, so none says so

    date = forms.DateField(
        label=gettext_lazy("Date"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        required=False,
        error_messages={"invalid": gettext_lazy("Give a day that exists, for example 2026-11-25.")},
    )
    days = forms.TypedChoiceField(
        widget=QuickSelect,
        label=gettext_lazy("Which day"),
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose which day from the list.")},
    )
    part = forms.ChoiceField(
        widget=QuickSelect,
        label=gettext_lazy("Time of day"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose a time of day from the list.")},
    )
    from_ = ClockField(label=gettext_lazy("From"), required=False)
    to = ClockField(label=gettext_lazy("To"), required=False)
    minutes = forms.TypedChoiceField(
        widget=QuickSelect,
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
        widget=QuickSelect,
        label=gettext_lazy("Service centre"),
        queryset=Hub.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("All"),
        error_messages={"invalid_choice": gettext_lazy("Choose a service centre from the list.")},
    )
    kind = forms.ChoiceField(
        widget=QuickSelect,
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
        fields["days"].choices = [("", _("Only that day")), (DAYS, _("Any day in two weeks"))]
        fields["part"].choices = [("", _("From–to")), *part_choices()]
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
        elif {"date", "days", "part", "from_", "to", "minutes"} <= cleaned.keys():
            self.read_times(cleaned)
        return cleaned

    def read_times(self, cleaned: dict[str, Any]) -> None:
        """Turn days and clock into `spans`, one a day, and `minutes`, or say what to change."""
        begin, end = within_part(cleaned["part"], cleaned["from_"], cleaned["to"])
        is_exact = not cleaned["part"] and cleaned["minutes"] is None and begin is not None and end is not None
        begin, end = begin or 0, DAY_MINUTES if end is None else end
        spans = self.spans(cleaned["date"], cleaned["days"] or 1, begin, end)
        if self.errors:
            return
        coming = [(start, ends) for start, ends in spans if ends > self.at and not (is_exact and start < self.at)]
        if not coming:
            self.add_error("from_", _("That time has already passed. Choose a later time."))
            return
        length = coming[0][1] - coming[0][0]
        minutes = int(length.total_seconds()) // 60 if is_exact else cleaned["minutes"] or USUAL_MINUTES
        if timedelta(minutes=minutes) > length:
            message = _("%(duration)s does not fit between the start and the end. Choose a later end.")
            self.add_error("to", message % {"duration": duration_words(minutes)})
            return
        cleaned |= {"spans": coming, "minutes": minutes, "is_exact": is_exact}

    def spans(self, first_day: Day, days: int, begin: int, end: int) -> list[tuple[datetime, datetime]]:
        """Return the time from `begin` to `end` on each day; of several, those on which the clock shows both."""
        if days == 1:
            starts_at, ends_at = self.moment("from_", first_day, begin), self.moment("to", first_day, end)
            return [] if starts_at is None or ends_at is None else [(starts_at, ends_at)]
        spans = []
        for number in range(days):
            day = first_day + timedelta(days=number)
            try:
                spans.append((local_moment(day, begin), local_moment(day, end)))
            except ValidationError:
                continue
        return spans

    def moment(self, field: str, day: Day, minutes: int) -> datetime | None:
        try:
            return local_moment(day, minutes)
        except ValidationError as error:
            self.add_error(field, error)
            return None


def part_choices() -> list[tuple[str, str]]:
    noon, evening = clock_words(PARTS[AFTERNOON][0]), clock_words(PARTS[EVENING][0])
    return [
        (MORNING, _("Morning, until %(time)s") % {"time": noon}),
        (AFTERNOON, _("Afternoon, %(start)s to %(end)s") % {"start": noon, "end": evening}),
        (EVENING, _("Evening, from %(time)s") % {"time": evening}),
    ]


def within_part(part: str, begin: int | None, end: int | None) -> tuple[int | None, int | None]:
    """Return the part of the day, narrowed by from and to where they lie in it."""
    if not part:
        return begin, end
    first, last = PARTS[part]
    narrow = max(first, begin or 0), min(last, DAY_MINUTES if end is None else end)
    return narrow if narrow[0] < narrow[1] else (first, last)


def is_iso_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text)) if text else True
    except ValueError:
        return False


def clock_words(minutes: int) -> str:
    if minutes == DAY_MINUTES:
        return closing_clock(time.min)
    return clock(time(minutes // 60, minutes % 60))
