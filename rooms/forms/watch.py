from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from hubs.wording import weekday_name
from rooms.enums import RoomKind, WhoMayBook
from rooms.forms.book import DetailsForm
from rooms.forms.fields import DAY_MINUTES, ClockField, DayField, PeopleField
from rooms.forms.find import LENGTHS, USUAL_MINUTES
from rooms.forms.wish import WishForm, clock_choices, clock_of
from rooms.models import Room
from rooms.models.watch import LONGEST_WATCH_DAYS
from rooms.rules import duration_words, room_problems
from rooms.wording import A_MONDAY

type Day = date  # as in rooms/forms/find.py

USUAL_WATCH = timedelta(days=28)
EVENING = (17 * 60, 21 * 60)
WHERE_ROOM = "room"


class WatchForm(WishForm):
    """What to wait for: on which days, between which hours, for how long and how many, where, until when."""

    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("Days"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose at least one day."),
            "invalid_choice": gettext_lazy("Choose days from the list."),
            "invalid_list": gettext_lazy("Choose days from the list."),
        },
    )
    from_ = ClockField(label=gettext_lazy("From"), error_messages={"required": gettext_lazy("Choose from when.")})
    to = ClockField(label=gettext_lazy("To"), error_messages={"required": gettext_lazy("Choose until when.")})
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("Length"),
        coerce=int,
        help_text=gettext_lazy("Any time between from and to, for this long."),
        error_messages={
            "required": gettext_lazy("Choose how long you need the room."),
            "invalid_choice": gettext_lazy("Choose a length from the list."),
        },
    )
    people = PeopleField(label=gettext_lazy("Number of participants"))
    where = forms.ChoiceField(
        label=gettext_lazy("Which room?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose whether it must be this room."),
            "invalid_choice": gettext_lazy("Choose a room from the list."),
        },
    )
    room = forms.CharField(widget=forms.HiddenInput, required=False, max_length=120)
    until = DayField(
        label=gettext_lazy("Wait until"),
        help_text=gettext_lazy("The last day that would suit you, at most a year from now."),
        error_messages={"required": gettext_lazy("Choose until when you want to wait.")},
    )
    field_order = ["weekdays", "from_", "to", "minutes", "people", "where", "room", "hub", "kind", "equipment"]

    def __init__(self, *args: Any, at: datetime, room: Room | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at, self.named_room = at, room
        fields: dict[str, Any] = self.fields
        days = [A_MONDAY + timedelta(days=number) for number in range(7)]
        fields["weekdays"].choices = [(str(day.isoweekday()), capfirst(weekday_name(day))) for day in days]
        times = clock_choices()
        fields["from_"].widget.choices, fields["to"].widget.choices = times[:-1], times[1:]
        asked = self.data.get("minutes") or self.initial.get("minutes") or USUAL_MINUTES
        lengths = sorted({*LENGTHS, int(asked)} if is_length(asked) else set(LENGTHS))
        fields["minutes"].choices = [(length, duration_words(length)) for length in lengths]
        if room is None:
            del fields["where"]
        else:
            only = _("Only %(room)s, %(hub)s") % {"room": room.name, "hub": room.hub.name}
            fields["where"].choices = [(WHERE_ROOM, only), ("any", _("Any room that fits, as chosen below"))]

    def clean_until(self) -> Day:
        today, day = timezone.localdate(self.at), self.cleaned_data["until"]
        if day < today:
            raise ValidationError(_("That day has passed. Choose today or a later day."), code="past")
        if day > today + timedelta(days=LONGEST_WATCH_DAYS):
            raise ValidationError(_("You can wait for at most a year. Choose an earlier day."), code="too_far")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("from_") is not None and cleaned.get("to") is not None:
            self.clean_hours(cleaned)
        room = self.named_room if cleaned.get("where") == WHERE_ROOM else None
        if {"minutes", "people"} <= cleaned.keys():
            self.clean_size(room, cleaned)
        if not self.errors:
            self.clean_days(cleaned)
        cleaned["only_room"] = room
        return cleaned

    def clean_hours(self, cleaned: dict[str, Any]) -> None:
        if cleaned["to"] <= cleaned["from_"]:
            self.add_error("to", _("The end must be after the start. Choose a later end."))
        elif "minutes" in cleaned and cleaned["to"] - cleaned["from_"] < cleaned["minutes"]:
            message = _("%(duration)s does not fit between the start and the end. Choose a later end.")
            self.add_error("to", message % {"duration": duration_words(cleaned["minutes"])})

    def clean_size(self, room: Room | None, cleaned: dict[str, Any]) -> None:
        """Refuse what no room could ever be, so that nobody waits in vain."""
        asked = {"minutes": cleaned["minutes"], "people": cleaned["people"]}
        if room is not None:
            for reason in room_problems(room, **asked):
                self.add_error("people" if reason.field == "people" else "minutes", reason.message)
            return
        if not {"hub", "kind", "equipment"} <= cleaned.keys():
            return
        kind = RoomKind(cleaned["kind"]) if cleaned["kind"] else None
        rooms = Room.objects.bookable().exclude(who_may_book=WhoMayBook.ASSOCIATIONS)
        if not any(
            not room_problems(each, **asked) for each in rooms.wanted(cleaned["hub"], kind, cleaned["equipment"])
        ):
            message = _(
                "No room is like that, so you would wait in vain. "
                "Choose fewer people, another length, less equipment or another place."
            )
            self.add_error(None, message)

    def clean_days(self, cleaned: dict[str, Any]) -> None:
        today = timezone.localdate(self.at)
        left = (cleaned["until"] - today).days + 1
        coming = {str((today + timedelta(days=number)).isoweekday()) for number in range(min(left, 7))}
        if not coming & set(cleaned["weekdays"]):
            self.add_error("until", _("None of the days you have chosen comes before that. Choose a later day."))

    @property
    def wish(self) -> dict[str, Any]:
        """Return what `start_watch` wants to know."""
        cleaned = self.cleaned_data
        return {
            "weekdays": "".join(sorted(cleaned["weekdays"])),
            "from_time": time_of(cleaned["from_"]),
            "until_time": time_of(cleaned["to"]),
            "minutes": cleaned["minutes"],
            "people": cleaned["people"],
            "room": cleaned["only_room"],
            "hub": cleaned["hub"],
            "kind": cleaned["kind"],
            "equipment": list(cleaned["equipment"]),
            "last_day": cleaned["until"],
        }


def first_wish(asked: QueryDict, room: Room | None, at: datetime) -> dict[str, Any]:
    """Return what the form begins with: what a search, a room's page or an ended watch has asked for."""
    today = timezone.localdate(at)
    day = read_day(asked.get("date", "")) or today
    wish: dict[str, Any] = {
        "from_": asked.get("from") or clock_of(EVENING[0]),
        "to": asked.get("to") or clock_of(EVENING[1]),
        "minutes": asked["minutes"] if is_length(asked.get("minutes")) else length_of(asked, room),
        "people": asked.get("people", ""),
        "hub": asked.get("hub") or (room.hub.slug if room is not None else ""),
        "kind": asked.get("kind", ""),
        "equipment": asked.getlist("equipment"),
        "weekdays": asked.getlist("weekdays") or ([str(day.isoweekday())] if "date" in asked else []),
        "until": read_day(asked.get("until", ""))
        or min(max(day, today) + USUAL_WATCH, today + timedelta(days=LONGEST_WATCH_DAYS)),
        "room": asked.get("room", ""),
        "where": asked.get("where") or WHERE_ROOM,
    }
    return wish


def length_of(asked: QueryDict, room: Room | None) -> int:
    """Return how long the span is that was asked for exactly, or what is usual."""
    try:
        begin, end = (ClockField().clean(asked.get(name, "")) for name in ("from", "to"))
    except ValidationError:
        begin = end = None
    if begin is not None and end is not None and is_length(end - begin):
        return end - begin
    return USUAL_MINUTES if room is None else min(max(USUAL_MINUTES, room.shortest_minutes), room.longest_minutes)


def is_length(text: Any) -> bool:
    return str(text).isdecimal() and len(str(text)) < 5 and 15 <= int(text) <= DAY_MINUTES


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def time_of(minutes: int) -> time:
    """Return the time of the clock; the end of the day is 0:00."""
    return time(minutes // 60 % 24, minutes % 60)


class ClaimForm(DetailsForm):
    """What is still missing to book what was offered.

    By link it neither shows nor changes what is stored about the resident: it asks for their name
    only where none is stored, and on whose behalf they book only where the room is for associations.
    """

    def __init__(self, *args: Any, room: Room, resident: User, is_by_link: bool, **kwargs: Any) -> None:
        super().__init__(*args, room=room, is_staff=False, **kwargs)
        del self.fields["public_title"]  # there is little time; it can be given afterwards
        if not is_by_link:
            return
        del self.fields["phone"], self.fields["message"]
        if resident.name:
            del self.fields["name"]
        if room.who_may_book != WhoMayBook.ASSOCIATIONS:
            del self.fields["booker_kind"], self.fields["organisation"]
        if not room.is_purpose_required:
            del self.fields["purpose"]
