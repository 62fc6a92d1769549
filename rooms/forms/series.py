"""How often, how many times, and which dates. The rules themselves are asked by the verbs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hubs.opening import HELSINKI
from hubs.wording import day_medium, day_short
from rooms.booking.series import Instead, SeriesChoice, SeriesDate
from rooms.forms.fields import local_iso
from rooms.models import Room
from rooms.rules import Reason
from rooms.spans import minutes_between
from rooms.wording import span_words, when_words

FEWEST_TIMES = 2
MOST_INSTEAD = 2  # of the alternatives to a date; one that was chosen stays
QUESTION = "rooms/series_question_field.html"  # whose label is the heading of the page
BY_THE_PATTERN, LEFT_OUT = "yes", "no"
FOLLOWING = "following"

type PriceOf = Callable[[Room, int], int]  # cents, of a room for so many minutes


class RhythmForm(forms.Form):
    """How often the time comes back."""

    every = forms.TypedChoiceField(
        label=gettext_lazy("How often do you want the room?"),
        coerce=int,
        choices=[(1, gettext_lazy("Every week")), (2, gettext_lazy("Every second week"))],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose how often you want the room."),
            "invalid_choice": gettext_lazy("Choose how often from the list."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["every"].template_name = QUESTION


class TimesForm(forms.Form):
    """How many times. Each answer tells the last day, so that it also answers until when."""

    times = forms.TypedChoiceField(
        label=gettext_lazy("How many times do you want the room?"),
        coerce=int,
        error_messages={
            "required": gettext_lazy("Choose how many times you want the room."),
            "invalid_choice": gettext_lazy("Choose how many times from the list."),
        },
    )

    def __init__(self, *args: Any, starts: Sequence[datetime], **kwargs: Any) -> None:
        """`starts` are when the times would begin, the first among them."""
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["times"].template_name = QUESTION
        numbered = list(enumerate(starts, start=1))[FEWEST_TIMES - 1 :]
        fields["times"].choices = [(number, times_words(number, start)) for number, start in numbered]
        fields["times"].initial = numbered[-1][0] if numbered else None


class ScopeField(forms.ChoiceField):
    """Whether something is done to one time of a series, or to all that come after it as well."""

    widget = forms.RadioSelect
    default_error_messages = {
        "required": gettext_lazy("Choose which times you mean."),
        "invalid_choice": gettext_lazy("Choose from the list which times you mean."),
    }

    def __init__(self, *, later: int, **kwargs: Any) -> None:
        """`later` is how many times come after this one."""
        choices = [("this", _("Only this time")), (FOLLOWING, following_words(later))]
        super().__init__(choices=choices, **kwargs)


class ScopeForm(forms.Form):
    def __init__(self, data: Any = None, *, later: int, label: str, initial: str) -> None:
        super().__init__(data)
        self.fields["scope"] = ScopeField(later=later, label=label, initial=initial or "this")


def following_words(later: int) -> str:
    words = ngettext("This time and the one after it", "This time and all %(number)s that come after it", later)
    return words % {"number": later}


def times_words(number: int, last: datetime) -> str:
    # Translators: a number and a day in short, such as “12 times, until Tue 16 Feb”. It stands in a narrow list.
    words = ngettext("%(number)s time, until %(day)s", "%(number)s times, until %(day)s", number)
    return words % {"number": number, "day": day_short(last.astimezone(HELSINKI).date())}


# --- Which dates ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What can be chosen for a date: a time of a room."""

    choice: SeriesChoice
    words: str
    reason: str = ""  # what speaks for it, where it is not the time by the pattern
    price_cents: int = 0

    @property
    def when(self) -> str:
        return when_words((self.choice.starts_at, self.choice.ends_at))

    def __str__(self) -> str:
        return self.words


class TickField(forms.MultipleChoiceField):
    """One box to tick. That a date is left out may also be told by the answer that it had while it was not free."""

    widget = forms.CheckboxSelectMultiple

    def to_python(self, value: Any) -> list[str]:
        return [code for code in super().to_python(value) if code != LEFT_OUT]


class DatesForm(forms.Form):
    """Which dates, and what instead where one is not free: one question a date.

    What is free is ticked and what is not is left out until somebody chooses otherwise. `refused` are
    the reasons, by the date's start, that came up when the dates were to be booked.
    """

    is_filter = True  # a date may be left out, so no field says that it is optional
    fewest = FEWEST_TIMES
    leave_out = gettext_lazy("Leave this date out")
    choose_again = gettext_lazy(
        "The time you chose for %(day)s is not free any more. Choose another time, or leave the date out."
    )

    def __init__(
        self,
        data: Any = None,
        *,
        dates: Sequence[SeriesDate],
        price_of: PriceOf,
        refused: Mapping[datetime, Sequence[Reason]] | None = None,
    ) -> None:
        super().__init__(data, auto_id="date-%s")
        self.dates, self.price_of, self.refused = dates, price_of, refused or {}
        self.options: dict[str, dict[str, Option]] = {}
        for date in dates:
            self.add(date)

    def add(self, date: SeriesDate) -> None:
        name, reasons = name_of(date.series_start), [*date.reasons, *self.refused.get(date.series_start, ())]
        is_free = not reasons
        options = self.options[name] = self.options_of(date, is_free=is_free)
        day = {"day": day_medium(self.moment_of(date))}
        field: Any
        if is_free:
            field = TickField(choices=list(options.items()), initial=list(options), required=False)
            again = _("%(day)s has become free. Choose whether you want it.")
        else:
            field = forms.ChoiceField(
                choices=[(LEFT_OUT, self.leave_out), *options.items()],
                widget=forms.RadioSelect,
                initial=LEFT_OUT,
            )
            again = str(self.choose_again)
        again = capfirst(again % day)
        field.label = capfirst(day["day"])
        field.error_messages |= {"invalid_choice": again, "required": again}
        field.template_name = "rooms/series_date.html"
        field.is_free, field.special_day = is_free, date.special_day
        field.reasons = list(dict.fromkeys(reason.message for reason in reasons))
        field.help_text = " ".join([date.special_day, *field.reasons]).strip()
        self.fields[name] = field

    def moment_of(self, date: SeriesDate) -> datetime:
        """Return when the date is, as its heading names it."""
        return date.series_start

    def options_of(self, date: SeriesDate, *, is_free: bool) -> dict[str, Option]:
        """Return what can be booked for a date, by the code that stands in the address."""
        if is_free:
            choice = SeriesChoice(
                series_start=date.series_start, room=date.room, starts_at=date.starts_at, ends_at=date.ends_at
            )
            return {BY_THE_PATTERN: self.option(choice, date)}
        same_room = [each for each in date.alternatives if each.room.pk == date.room.pk]
        others = [each for each in date.alternatives if each.room.pk != date.room.pk]
        nearest = [*same_room[: max(1, MOST_INSTEAD - len(others))], *others][:MOST_INSTEAD]
        options = {}
        for each in date.alternatives:
            choice = SeriesChoice(
                series_start=date.series_start, room=each.room, starts_at=each.starts_at, ends_at=each.ends_at
            )
            code = code_of(choice)
            if each in nearest or code == self.data.get(name_of(date.series_start)):
                options[code] = self.option(choice, date, each.reason)
        return options

    def option(self, choice: SeriesChoice, date: SeriesDate, reason: str = "") -> Option:
        span = choice.starts_at, choice.ends_at
        is_same_day = day_of(choice.starts_at) == day_of(self.moment_of(date))
        return Option(
            choice=choice,
            words=span_words(span) if is_same_day else capfirst(when_words(span)),
            reason=reason,
            price_cents=self.price_of(choice.room, minutes_between(*span)),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for date in self.dates:
            name = name_of(date.series_start)
            if date.series_start in self.refused and name not in self.errors and cleaned.get(name) != LEFT_OUT:
                self.add_error(name, [reason.message for reason in self.refused[date.series_start]])
        if not self.errors and len(self.chosen) < self.fewest:
            message = _("Choose at least two dates. A single time is booked on the page of the room.")
            self.add_error(None, message)
        return cleaned

    @property
    def chosen(self) -> list[Option]:
        """Return what is chosen as the form stands: by what was sent, else as it is first shown."""
        return [self.options[name][code] for name, code in self._codes() if code in self.options[name]]

    @property
    def total_cents(self) -> int:
        return sum(option.price_cents for option in self.chosen)

    @property
    def free_dates(self) -> int:
        return sum(field.is_free for field in self.fields.values())  # type: ignore[attr-defined]

    def _codes(self) -> Iterator[tuple[str, str]]:
        for name in self.fields:
            value = self[name].value() or []
            for code in [value] if isinstance(value, str) else value:
                yield name, code


class InsteadForm(DatesForm):
    """What becomes of the dates that cannot be moved with the others: something else, or they stay as they are."""

    fewest = 0
    leave_out = gettext_lazy("Keep this date as it is")
    choose_again = gettext_lazy("%(day)s cannot be moved like that. Choose another time, or keep the date as it is.")

    def __init__(self, data: Any = None, *, dates: Sequence[SeriesDate], **refused: Any) -> None:
        super().__init__(data, dates=dates, price_of=lambda _room, _minutes: 0, **refused)

    def moment_of(self, date: SeriesDate) -> datetime:
        return date.now or date.starts_at

    @property
    def instead(self) -> Instead:
        """Return where each date goes, or that it stays."""
        chosen = {option.choice.series_start: option.choice for option in self.chosen}
        return {date.series_start: chosen.get(date.series_start) for date in self.dates}


def name_of(series_start: datetime) -> str:
    """Return the name of a date's question: in the address, and where its answer is read."""
    return f"{series_start.astimezone(HELSINKI):%Y-%m-%d}"


def code_of(choice: SeriesChoice) -> str:
    room = f"{choice.room.hub.slug}/{choice.room.slug}"
    return f"{room}/{local_iso(choice.starts_at)}/{local_iso(choice.ends_at)}"


def day_of(moment: datetime) -> Any:
    return moment.astimezone(HELSINKI).date()
