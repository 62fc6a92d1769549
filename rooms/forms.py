"""What the visitor meant: parsed and cleaned, nothing else. Times are Helsinki's wall clock."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hubs.models import Hub
from hubs.opening import HELSINKI
from hubs.wording import clock, closing_clock
from rooms.enums import BookerKind, RoomKind
from rooms.models import Equipment, Room
from rooms.rules import duration_words, too_many_people
from rooms.spans import Span

type Day = date  # the form has a field called date

DAY_MINUTES = 24 * 60
FURTHEST_DAYS = 730
LONGEST_SPAN = timedelta(days=7)
USUAL_MINUTES = 60
FIRST_HOUR = 6  # of the lists; an address may ask for any hour
LENGTHS = (30, 60, 90, 120, 150, 180, 240, 300, 360, 480)
MOST_PEOPLE = 10_000


def local_moment(day: date, minutes: int) -> datetime:
    """Return the UTC moment at which a wall clock shows `minutes` after midnight of `day`.

    Raise ValidationError for an hour that the clock skips or shows twice.
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


class ClockSelect(forms.Select):
    """A list of times that also shows a time somebody typed into the address."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        known = {str(choice) for choice, _label in self.choices}
        typed = [(text, text) for text in value if text and text not in known and len(text) <= len("00:00")]
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


class WholeNumberField(forms.IntegerField):
    """A number typed as text, so that a browser keeps and shows what was typed."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "short", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        if isinstance(value, str) and len(value.strip()) > len(str(MOST_PEOPLE)) + 1:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().clean(value)


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


class SpanForm(forms.Form):
    """From when to when, as an address or a “Book” button says it."""

    start = LocalDateTimeField()
    end = LocalDateTimeField()

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at

    def clean_start(self) -> datetime:
        starts_at: datetime = self.cleaned_data["start"]
        if starts_at < self.at:
            raise ValidationError(_("That time has already passed. Choose a later time."), code="past")
        if starts_at > self.at + timedelta(days=FURTHEST_DAYS):
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
    people = WholeNumberField(
        label=gettext_lazy("Number of participants"),
        min_value=1,
        max_value=MOST_PEOPLE,
        error_messages={
            "required": gettext_lazy("Say how many people are coming."),
            "invalid": gettext_lazy("Give the number of people in digits, for example 6."),
            "min_value": gettext_lazy("At least one person must be coming. Give 1 or more."),
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
    terms = forms.BooleanField(
        label=gettext_lazy("I have read and accept the terms of use"),
        error_messages={"required": gettext_lazy("Accept the terms of use to book.")},
    )

    def __init__(self, *args: Any, room: Room, is_staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room = room
        hint = ngettext(
            "The room holds at most %(count)d person.", "The room holds at most %(count)d people.", room.capacity
        )
        self.fields["people"].help_text = hint % {"count": room.capacity}
        kinds = [kind for kind in BookerKind.choices if is_staff or kind[0] != BookerKind.CITY]
        fields: dict[str, Any] = self.fields
        fields["booker_kind"].choices = kinds
        if not room.is_purpose_required:
            self.fields["purpose"].required = False

    def clean_people(self) -> int:
        """Ask this one rule early, so that it is told together with what is missing."""
        people: int = self.cleaned_data["people"]
        reason = too_many_people(self.room, people)
        if reason is not None:
            raise ValidationError(reason.message, code=reason.code)
        return people
