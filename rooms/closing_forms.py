"""The forms for closing rooms: one closure, which rooms and when, and what happens to each booking in the way."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language_info, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from hubs.opening import HELSINKI
from rooms.admin_forms import RefusableForm, code_of, end_choices, start_choices
from rooms.booking import Cancel, Hit, Move
from rooms.booking.asking import FARTHEST_START
from rooms.booking.closing import Decision
from rooms.forms import ClockField, ClockSelect, DayField, local_moment
from rooms.models import Booking, Closure, Room
from rooms.models.room import RoomQuerySet
from rooms.wording import when_words

CANCEL, OTHER, MOVE = "cancel", "other", "move"
REASON_LENGTH = 200


class DayOfThisCenturyField(DayField):
    default_validators = [MinValueValidator(date(2000, 1, 1))]  # an earlier one is a slip


class ReasonField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"class": "vTextField"})
        super().__init__(max_length=REASON_LENGTH, required=False, widget=widget, **kwargs)


class ClosureForm(RefusableForm):
    """Dates and times come as the admin's own fields; the reason in three languages."""

    def clean(self) -> dict[str, Any]:
        wish = dict(self.cleaned_data)
        data = super().clean()
        room = wish.get("room") or (self.instance.room if self.instance.pk else None)
        if room is not None and any(reason.code == "taken" for reason in self.refusals):
            chosen = ClosingForm.query(
                [room],
                wish["starts_at"],
                wish["ends_at"],
                {code: wish.get(f"reason_{code}") or "" for code, _name in settings.LANGUAGES},
                closure=self.instance,
            )
            address = f"{reverse('admin:rooms_closure_assistant')}?{chosen}"
            link = '<a href="{}">{}</a>'
            self.add_error(None, format_html(link, address, _("See where the bookings could go, and close the room")))
        return data


class ClosingForm(forms.Form):
    """Which rooms close, from when until when, and why. It comes by GET, so that the plan has an address."""

    rooms: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        queryset=Room.objects.none(),
        label=gettext_lazy("Rooms"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one room.")},
        help_text=gettext_lazy("The parts of a room close with it."),
    )
    first_day = DayOfThisCenturyField(
        label=gettext_lazy("From"), error_messages={"required": gettext_lazy("Choose the first day.")}
    )
    starts = ClockField(
        label=gettext_lazy("From what time"),
        required=False,
        widget=ClockSelect,
        help_text=gettext_lazy("Empty: from the beginning of the day."),
    )
    last_day = DayOfThisCenturyField(
        label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Empty: on the same day.")
    )
    ends = ClockField(
        label=gettext_lazy("Until what time"),
        required=False,
        widget=ClockSelect,
        help_text=gettext_lazy("Empty: until the end of the day."),
    )
    reason_sv = ReasonField(label=gettext_lazy("Reason in Swedish"))
    reason_fi = ReasonField(label=gettext_lazy("Reason in Finnish"))
    reason_en = ReasonField(label=gettext_lazy("Reason in English"))
    closure: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=Closure.objects.none(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, within: RoomQuerySet, closures: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        rooms = within.select_related("hub", "parent").order_by("hub", "order", "slug")
        fields["rooms"].queryset = rooms
        fields["rooms"].choices = by_hub(rooms)
        fields["closure"].queryset = closures
        fields["starts"].widget.choices = start_choices()
        fields["ends"].widget.choices = end_choices()

    @staticmethod
    def query(
        rooms: Iterable[Room],
        starts_at: datetime,
        ends_at: datetime,
        reason: Mapping[str, str],
        *,
        closure: Closure | None = None,
    ) -> str:
        """Write what would be chosen in the form, for an address."""
        starts, ends = starts_at.astimezone(HELSINKI), ends_at.astimezone(HELSINKI)
        if (ends.hour, ends.minute) == (0, 0):
            last_day, until = ends.date() - timedelta(days=1), "24:00"
        else:
            last_day, until = ends.date(), f"{ends:%H:%M}"
        pairs: list[tuple[str, Any]] = [("rooms", room.pk) for room in rooms]
        pairs += [("first_day", starts.date()), ("starts", f"{starts:%H:%M}"), ("last_day", last_day), ("ends", until)]
        pairs += [(f"reason_{code}", text) for code, text in reason.items() if text]
        return urlencode(pairs + ([("closure", closure.pk)] if closure is not None and closure.pk else []))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not any(self.reason.values()) and not any(
            f"reason_{code}" in self.errors for code, _n in settings.LANGUAGES
        ):
            self.add_error("reason_sv", _("Give a reason that residents can read, in at least one language."))
        starts_at = self._moment("first_day", "starts", 0)
        ends_at = self._moment("last_day" if data.get("last_day") else "first_day", "ends", 24 * 60)
        if starts_at is not None and ends_at is not None:
            now = timezone.now()
            if ends_at <= starts_at:
                self.add_error("ends", _("The closure must end after it starts."))
            elif ends_at <= now:
                self.add_error("last_day", _("That time has already passed. Choose a later time."))
            elif ends_at > now + FARTHEST_START:
                self.add_error("last_day", _("That day is too far away. Choose another day."))
        return {**data, "starts_at": starts_at, "ends_at": ends_at}

    @property
    def reason(self) -> dict[str, str]:
        codes = [code for code, _name in settings.LANGUAGES]
        return {code: self.cleaned_data.get(f"reason_{code}", "").strip() for code in codes}

    @property
    def read_by(self) -> list[tuple[str, str, str]]:
        """Return, for each language, its name, the reason that its readers see, and in which language that is."""
        given, order = self.reason, settings.MODELTRANSLATION_FALLBACK_LANGUAGES
        shown = []
        for code, _name in settings.LANGUAGES:
            codes = (code, *order.get(code, order["default"]))
            language = next((each for each in codes if given[each]), code)
            shown.append((get_language_info(code)["name_translated"], given[language], language))
        return shown

    def _moment(self, day: str, clock_field: str, otherwise: int) -> datetime | None:
        chosen = self.cleaned_data.get(day)
        if chosen is None or clock_field in self.errors:
            return None
        minutes = self.cleaned_data.get(clock_field)
        try:
            return local_moment(chosen, otherwise if minutes is None else minutes)
        except ValidationError as error:
            self.add_error(clock_field, error)
        except OverflowError:
            self.add_error(day, _("Give a day that exists, for example 2026-11-25."))
        return None


class DecisionForm(forms.Form):
    """What happens to one booking in the way: one of the suggested moves, another room or time, or cancelled."""

    choice = forms.ChoiceField(
        label=gettext_lazy("What happens to the booking"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose what happens to this booking."),
            "invalid_choice": gettext_lazy("This suggestion cannot be had any more. Choose again."),
        },
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)
    room = forms.ChoiceField(label=pgettext_lazy("of a booking", "Room"), required=False)
    day = DayOfThisCenturyField(label=gettext_lazy("Date"), required=False)
    starts = ClockField(label=gettext_lazy("Starts"), required=False, widget=ClockSelect)
    ends = ClockField(label=gettext_lazy("Ends"), required=False, widget=ClockSelect)

    def __init__(self, data: Mapping[str, Any] | None, *, hit: Hit, rooms: Mapping[int, Room]) -> None:
        booking = hit.booking
        starts, ends = booking.starts_at.astimezone(HELSINKI), booking.ends_at.astimezone(HELSINKI)
        until = ends.hour * 60 + ends.minute
        initial = {
            "seen": booking.sequence,
            "room": booking.room_id,
            "day": starts.date(),
            "starts": code_of(starts.hour * 60 + starts.minute),
            "ends": code_of(until or 24 * 60),
            "choice": value_of(hit.best) if hit.best else (None if hit.alternatives else CANCEL),
        }
        super().__init__(data, prefix=f"booking-{booking.pk}", initial=initial)
        self.hit, self.booking, self.rooms = hit, booking, rooms
        self.against: list[str] = []
        fields: dict[str, Any] = self.fields
        moves = {value_of(one): move_words(one, booking) for one in hit.alternatives}
        if (chosen := self._chosen_move()) is not None and self["choice"].value() not in moves:
            moves[self["choice"].value()] = move_words(chosen, booking)
        others = [(OTHER, _("Another room or time, as I choose below"))]
        fields["choice"].choices = [*moves.items(), *others, (CANCEL, _("Cancel the booking"))]
        fields["room"].choices = by_hub(rooms.values())
        fields["starts"].widget.choices = start_choices()
        fields["ends"].widget.choices = end_choices()

    @property
    def who(self) -> str:
        return who_words(self.booking)

    @property
    def when(self) -> str:
        return when_words((self.booking.starts_at, self.booking.ends_at))

    @property
    def wants_other(self) -> bool:
        return self["choice"].value() == OTHER

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["decision"] = self._decision(data)
        return data

    @property
    def decision(self) -> Decision | None:
        return self.cleaned_data.get("decision") if self.is_valid() else None

    def _decision(self, data: dict[str, Any]) -> Decision | None:
        choice, seen = data.get("choice"), data.get("seen")
        if choice == CANCEL:
            return Cancel(seen=seen)
        if choice == OTHER:
            return self._other_move(data, seen)
        chosen = self._chosen_move()
        return (
            None
            if chosen is None
            else Move(room=chosen.room, starts_at=chosen.starts_at, ends_at=chosen.ends_at, seen=seen)
        )

    def _chosen_move(self) -> Move | None:
        """Read the chosen move, which somebody may have been offered before the plan looked as it does now."""
        kind, *parts = str(self["choice"].value() if self.is_bound else "").split("/")
        if kind != MOVE or len(parts) != 3:
            return None
        try:
            room = self.rooms[int(parts[0])]
            starts_at, ends_at = (datetime.fromisoformat(part) for part in parts[1:])
            return Move(room=room, starts_at=starts_at.astimezone(UTC), ends_at=ends_at.astimezone(UTC))
        except (KeyError, ValueError, OverflowError):
            return None

    def _other_move(self, data: dict[str, Any], seen: int | None) -> Move | None:
        for name in ("room", "day", "starts", "ends"):
            if data.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, _("Choose the other room and time."))
        if self.errors:
            return None
        try:
            starts_at, ends_at = (local_moment(data["day"], data[name]) for name in ("starts", "ends"))
        except ValidationError as error:
            self.add_error("starts", error)
            return None
        except OverflowError:
            self.add_error("day", _("Give a day that exists, for example 2026-11-25."))
            return None
        if ends_at <= starts_at:
            self.add_error("ends", _("The booking must end after it starts. Choose a later end."))
            return None
        return Move(room=self.rooms[int(data["room"])], starts_at=starts_at, ends_at=ends_at, seen=seen)


def value_of(move: Any) -> str:
    starts, ends = (moment.astimezone(UTC).strftime("%Y%m%dT%H%MZ") for moment in (move.starts_at, move.ends_at))
    return f"{MOVE}/{move.room.pk}/{starts}/{ends}"


def is_lost(choice: str, hit: Hit) -> bool:
    """Say whether the choice is a move that is not suggested any more."""
    return choice.startswith(f"{MOVE}/") and choice not in {value_of(one) for one in hit.alternatives}


def move_words(move: Any, booking: Booking) -> str:
    """Write where and when, and what speaks for it where the move was suggested."""
    hub = "" if move.room.hub_id == booking.room.hub_id else str(move.room.hub)
    place = _("%(room)s, %(hub)s") % {"room": move.room, "hub": hub} if hub else str(move.room)
    values = {"room": place, "when": when_words((move.starts_at, move.ends_at)), "why": getattr(move, "reason", "")}
    if not values["why"]:
        return _("Move to %(room)s, %(when)s") % values
    return _("Move to %(room)s, %(when)s. %(why)s.") % values


def who_words(booking: Booking) -> str:
    """Name the association and the contact person, or what there is of them."""
    names = dict.fromkeys((booking.organisation, booking.name))
    return ", ".join(name for name in names if name)


def by_hub(rooms: Iterable[Room]) -> list[Any]:
    """Return rooms as choices, under the name of the hub where there are several."""
    hubs: dict[str, list[tuple[int, str]]] = {}
    for room in rooms:
        hubs.setdefault(str(room.hub), []).append((room.pk, _room_words(room)))
    return list(hubs.items()) if len(hubs) > 1 else next(iter(hubs.values()), [])


def _room_words(room: Room) -> str:
    """Name a part after its whole, unless its name begins with it."""
    if room.parent is None or str(room).startswith(str(room.parent)):
        return str(room)
    return _("%(part)s (part of %(whole)s)") % {"part": room, "whole": room.parent}
