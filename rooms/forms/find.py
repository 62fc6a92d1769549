from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hubs.lists import QuickSelect
from rooms.forms.fields import DAY_MINUTES, ClockField, DayField, PeopleField, local_moment
from rooms.forms.wish import WishForm, clock_choices, clock_words
from rooms.models.room import FURTHEST_DAYS
from rooms.rules import duration_words

type Day = date  # the form has a field called date

USUAL_MINUTES = 60
DAYS = 14  # of a search on any day
MORNING, AFTERNOON, EVENING = "morning", "afternoon", "evening"
PARTS = {MORNING: (0, 12 * 60), AFTERNOON: (12 * 60, 17 * 60), EVENING: (17 * 60, DAY_MINUTES)}
LENGTHS = (30, 60, 90, 120, 150, 180, 240, 300, 360, 480)


class FindForm(WishForm):
    """When, for how long, for how many, where and with what.

    Without `minutes` the room is wanted from `from` to `to` exactly; with it, for that long at
    any time between them. What is left out means the whole day, and an hour. With `days` any of
    so many days from `date` on will do. `part` is a part of the day, which `from` and `to` may narrow.
    """

    is_filter = True  # every field may be left out, so none says so

    date = DayField(label=gettext_lazy("Date"), required=False)
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
    people = PeopleField(label=gettext_lazy("People"), required=False)
    field_order = ["date", "days", "part", "from_", "to", "minutes", "people"]

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        fields: dict[str, Any] = self.fields
        times = clock_choices()
        fields["from_"].widget.choices = [("", "–"), *times[:-1]]
        fields["to"].widget.choices = [("", "–"), *times[1:]]
        fields["days"].choices = [("", _("Only that day")), (DAYS, _("Any day in two weeks"))]
        fields["part"].choices = [("", _("From–to")), *part_choices()]
        fields["minutes"].choices = [("", _("From–to")), *((length, duration_words(length)) for length in LENGTHS)]

    @property
    def more_count(self) -> int:
        """Count the choices made among those that are folded away."""
        return sum(bool(self.cleaned_data.get(name)) for name in ("days", "part", "kind", "equipment"))

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
