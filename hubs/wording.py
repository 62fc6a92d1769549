"""Times, days and opening hours in the reader's words. Everything follows the active language.

The custom of each language (“kl. 8.30”, “klo 8.30”, “8:30”) is code; sentences are translated messages.
Times given as aware moments are shown on the wall clock in Helsinki.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby

from django.utils import dateformat
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from hubs.enums import Mode
from hubs.opening import HELSINKI, MIDNIGHT, ONE_DAY, SEARCH_DAYS, Day, DayStatus, Part, Schedule, State, Text

# U+2060 keeps browsers, phones above all, from breaking the line beside the dash.
DASH = "\u2060–\u2060"

DAY_LONG = {"sv": "l j F Y", "fi": "l j. E Y", "en": "l j F Y"}
DAY_MEDIUM = {"sv": "l j F", "fi": "l j. E", "en": "l j F"}
DAY_SHORT = {"sv": "D j.n.", "fi": "D j.n.", "en": "D j M"}
DAY_AND_MONTH = {"sv": "j F", "fi": "j. E", "en": "j F"}
DAY_ALONE = {"sv": "j", "fi": "j.", "en": "j"}
AT_CLOCK = {"sv": "kl. {}", "fi": "klo {}", "en": "{}"}

# When it opens: today, tomorrow, within a week, later.
OPENINGS: Mapping[Mode, tuple[Promise, ...]] = {
    Mode.SELF_SERVICE: (
        gettext_lazy("self-service from %(time)s"),
        gettext_lazy("self-service tomorrow from %(time)s"),
        gettext_lazy("self-service %(weekday)s from %(time)s"),
        gettext_lazy("self-service %(day)s from %(time)s"),
    ),
    Mode.PHONE: (
        gettext_lazy("by phone from %(time)s"),
        gettext_lazy("by phone tomorrow from %(time)s"),
        gettext_lazy("by phone %(weekday)s from %(time)s"),
        gettext_lazy("by phone %(day)s from %(time)s"),
    ),
    Mode.STAFFED: (
        gettext_lazy("opens at %(time)s"),
        gettext_lazy("opens tomorrow at %(time)s"),
        gettext_lazy("opens %(weekday)s at %(time)s"),
        gettext_lazy("opens %(day)s at %(time)s"),
    ),
}
# As it stands in “opens on Monday at 8:00”.
ON_WEEKDAY = (
    gettext_lazy("on Monday"),
    gettext_lazy("on Tuesday"),
    gettext_lazy("on Wednesday"),
    gettext_lazy("on Thursday"),
    gettext_lazy("on Friday"),
    gettext_lazy("on Saturday"),
    gettext_lazy("on Sunday"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One manner of service on a day: its hours in words and what staff have noted."""

    words: str
    mode: Mode | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A day, or several alike, as a row of a table."""

    name: str
    first_day: date
    last_day: date
    status: DayStatus
    lines: tuple[Line, ...]
    title: str = ""
    is_today: bool = False
    is_exception: bool = False

    @property
    def is_closed(self) -> bool:
        return self.status == DayStatus.CLOSED

    @property
    def css(self) -> str:
        """Name the row's classes."""
        marks = {"today": self.is_today, "closed": self.is_closed, "exception": self.is_exception}
        return " ".join(name for name, holds in marks.items() if holds)


def clock(moment: time | datetime) -> str:
    """Write “8”, “8.30”, in English “8:00”."""
    local = _wall_clock(moment)
    if _language() == "en":
        return f"{local.hour}:{local.minute:02}"
    return f"{local.hour}.{local.minute:02}" if local.minute else str(local.hour)


def closing_clock(moment: time | datetime) -> str:
    """Write a time at which something ends: midnight is 24, not 0."""
    if _wall_clock(moment) == MIDNIGHT:
        return "24:00" if _language() == "en" else "24"
    return clock(moment)


def clock_range(start: time | datetime, end: time | datetime) -> str:
    """Write “8–12.30”, in English “8:00–12:30”."""
    return f"{clock(start)}{DASH}{closing_clock(end)}"


def at_clock(moment: time | datetime) -> str:
    """Write “kl. 8”, “klo 8”, “8:00”."""
    return AT_CLOCK[_language()].format(clock(moment))


def at_clock_range(start: time | datetime, end: time | datetime) -> str:
    """Write “kl. 8–18”, “klo 8–18”, “8:00–18:00”."""
    return AT_CLOCK[_language()].format(clock_range(start, end))


def day_long(day: date) -> str:
    """Write “onsdag 25 november 2026”."""
    return _written(_wall_day(day), DAY_LONG[_language()], get_language())


def day_medium(day: date) -> str:
    """Write “onsdag 25 november”."""
    return _written(_wall_day(day), DAY_MEDIUM[_language()], get_language())


def day_short(day: date) -> str:
    """Write “ons 25.11.”."""
    return _written(_wall_day(day), DAY_SHORT[_language()], get_language())


@lru_cache(maxsize=2048)
def _written(day: date, pattern: str, language: str | None) -> str:
    """Write the day in the active language, which is given so that it is remembered by it: cards name the same days."""
    return dateformat.format(day, pattern)


def day_range(first_day: date, last_day: date) -> str:
    """Write “söndag 6 december”, or “tis 22.12.–ons 6.1.” for more than a day."""
    if first_day == last_day:
        return day_medium(first_day)
    return f"{day_short(first_day)}{DASH}{day_short(last_day)}"


def day_and_month(day: date, *, with_year: bool = False) -> str:
    """Write “6 december”, “6. joulukuuta”, “6 December”, if asked for with the year behind it."""
    words = dateformat.format(day, DAY_AND_MONTH[_language()])
    return f"{words} {day.year}" if with_year else words


def day_in_sentence(day: date, *, with_year: bool = False) -> str:
    """Write “söndag 6 december”, “sunnuntaina 6. joulukuuta”, “Sunday 6 December”, to stand after “closed on”."""
    if _language() == "fi":
        return f"{weekday_name(day)}na {day_and_month(day, with_year=with_year)}"
    return day_long(day) if with_year else day_medium(day)


def days_in_sentence(first_day: date, last_day: date, *, with_year: bool = False) -> str:
    """Write “24–26 december”, “24.–26. joulukuuta”, “31 December–1 January”; a year that both share only once."""
    last = day_and_month(last_day, with_year=with_year)
    if (first_day.year, first_day.month) == (last_day.year, last_day.month):
        return f"{dateformat.format(first_day, DAY_ALONE[_language()])}{DASH}{last}"
    return f"{day_and_month(first_day, with_year=with_year and first_day.year != last_day.year)}{DASH}{last}"


def weekday_name(day: date) -> str:
    """Write “onsdag”."""
    return _written(_wall_day(day), "l", get_language())


def weekday_short(day: date) -> str:
    """Write “ons”."""
    return _written(_wall_day(day), "D", get_language())


def every_weekday(days: Iterable[int]) -> str:
    """Write “Tuesdays and Thursdays”, to stand after “on”; 1 is Monday."""
    names = (
        pgettext("every week, after “on”", "Mondays"),
        pgettext("every week, after “on”", "Tuesdays"),
        pgettext("every week, after “on”", "Wednesdays"),
        pgettext("every week, after “on”", "Thursdays"),
        pgettext("every week, after “on”", "Fridays"),
        pgettext("every week, after “on”", "Saturdays"),
        pgettext("every week, after “on”", "Sundays"),
    )
    return listed([names[day - 1] for day in sorted(set(days))])


def listed(things: Iterable[object]) -> str:
    """Join words as a person would say them: “a, b and c”."""
    words = [str(thing) for thing in things]
    if len(words) < 2:
        return "".join(words)
    return pgettext("the last two of a list", "%(first)s and %(last)s") % {
        "first": ", ".join(words[:-1]),
        "last": words[-1],
    }


def state_words(state: State, at: datetime) -> str:
    """Write “Open now, closes at 20:00”, “Self-service now, staff from 11:00”, “Closed, opens tomorrow at 8:00”."""
    label, detail = state_label(state), state_detail(state, at)
    if not detail:
        return label
    # Translators: such as “Open now, closes at 20:00” or “Closed, opens tomorrow at 8:00”.
    return _("%(state)s, %(detail)s") % {"state": label, "detail": detail}


def state_label(state: State) -> str:
    """Write the state alone: “Open now”, “Self-service now”, “Closed”, “Opening hours not known” …"""
    if not state.is_open:
        return _unopened(state.status)
    match state.mode:
        case Mode.APPOINTMENT:
            return _("Open now by appointment")
        case Mode.PHONE:
            return _("Phone service now")
        case Mode.SELF_SERVICE:
            return _("Self-service now")
        case _staffed:
            return _("Open now")


def state_detail(state: State, at: datetime) -> str:
    """Write what happens next, to stand after the state: “closes at 20:00”. Empty if there is nothing to say."""
    if state.is_open:
        return _next_change(state, at)
    if state.status == DayStatus.CLOSED and state.opens_at is not None:
        return _next_opening(state.opens_at, state.next_mode, at)
    return ""


def day_words(day: Day) -> str:
    """Write a day's hours: “8–20”, “staff 11–18; self-service 6–11, 18–20”, “Closed”."""
    return "; ".join(f"{line.words} ({line.note})" if line.note else line.words for line in day_lines(day))


def day_lines(day: Day) -> tuple[Line, ...]:
    """Return a day's hours in words, one line for each manner of service, the strongest first."""
    if day.status != DayStatus.OPEN:
        return (Line(_unopened(day.status)),)
    modes = {part.mode for part in day.parts}
    return tuple(
        Line(_with_mode(mode, hours, is_plain=modes == {Mode.STAFFED}), mode, note)
        for mode, note, hours in (
            (mode, note, ", ".join(_part_words(part) for part in parts)) for mode, note, parts in _by_mode(day.parts)
        )
    )


def hours_in_sentence(day: Day) -> str:
    """Write an open day's hours as a sentence has them: “kl. 8–12”; without what staff have noted."""
    modes = sorted({part.mode for part in day.parts}, key=list(Mode).index)
    return "; ".join(
        _with_mode(
            mode,
            AT_CLOCK[_language()].format(", ".join(_part_words(part) for part in day.parts if part.mode == mode)),
            is_plain=modes == [Mode.STAFFED],
        )
        for mode in modes
    )


def week(schedule: Schedule, first_day: date, today: date | None = None) -> list[Row]:
    """Return seven rows from `first_day`; the one that is `today` is marked."""
    return [
        Row(
            name=capfirst(weekday_name(day.date)),
            first_day=day.date,
            last_day=day.date,
            status=day.status,
            lines=day_lines(day),
            title=_why(day),
            is_today=day.date == today,
            is_exception=day.is_exception,
        )
        for day in schedule.days(first_day, first_day + 6 * ONE_DAY)
    ]


def coming_exceptions(schedule: Schedule, day: date, days: int = 28) -> list[Row]:
    """Return the special days and exceptions that begin within `days`.

    Days that follow each other and are alike become one row, told to its true end even when that is later.
    """
    limit = day + days * ONE_DAY
    rows: list[Row] = []
    for each in (schedule.day(day + n * ONE_DAY) for n in range(SEARCH_DAYS)):
        title, lines = _why(each), day_lines(each)
        if not (each.is_exception or title):
            if each.date >= limit:
                break
            continue
        last = rows[-1] if rows else None
        if last and last.last_day + ONE_DAY == each.date and (last.title, last.lines) == (title, lines):
            rows[-1] = _row_of_days(last.first_day, each, title, lines)
        elif each.date < limit:
            rows.append(_row_of_days(each.date, each, title, lines))
        else:
            break
    return rows


def weekly_words(schedule: Schedule, day: date) -> str:
    """Write the usual week around `day` in a line: “mån–fre kl. 8–18, lör kl. 10–16”."""
    return "; ".join(line.words for line in weekly_lines(schedule, day))


def weekly_lines(schedule: Schedule, day: date) -> list[Line]:
    """Return the usual week around `day` in words, one line for each manner of service, the strongest first."""
    return lines_of_days(schedule.usual_week(day))


def lines_of_days(days: list[Day]) -> list[Line]:
    """Return the hours of at most a week in words, one line for each manner of service, the strongest first."""
    modes = sorted({part.mode for each in days for part in each.parts}, key=list(Mode).index)
    if not modes:
        return [Line(_unopened(DayStatus.UNKNOWN if days[0].status == DayStatus.UNKNOWN else DayStatus.CLOSED))]
    is_plain = modes == [Mode.STAFFED]
    return [Line(_with_mode(mode, ", ".join(_weekday_groups(days, mode)), is_plain=is_plain), mode) for mode in modes]


def _weekday_groups(days: list[Day], mode: Mode) -> Iterator[str]:
    def hours_of(day: Day) -> str:
        return ", ".join(_part_words(part) for part in day.parts if part.mode == mode)

    for hours, group in groupby(days, key=hours_of):
        if not hours:
            continue
        alike = list(group)
        names = weekday_short(alike[0].date)
        if len(alike) > 1:
            names = f"{names}{DASH}{weekday_short(alike[-1].date)}"
        yield f"{names} {AT_CLOCK[_language()].format(hours)}"


def _next_change(state: State, at: datetime) -> str:
    if state.next_mode is not None and state.next_mode_at is not None and state.next_mode_at - at < ONE_DAY:
        at_time = {"time": clock(state.next_mode_at)}
        match state.next_mode:
            case Mode.APPOINTMENT:
                return _("by appointment from %(time)s") % at_time
            case Mode.PHONE:
                return _("by phone from %(time)s") % at_time
            case Mode.SELF_SERVICE:
                return _("self-service from %(time)s") % at_time
            case _staffed:
                return _("staff from %(time)s") % at_time
    if state.closes_at is None:
        return ""
    if state.closes_at - at < ONE_DAY:
        return _("closes at %(time)s") % {"time": closing_clock(state.closes_at)}
    # The day on which it closes, said for midnight as the evening that ends then.
    closing_day = (state.closes_at.astimezone(HELSINKI) - timedelta(microseconds=1)).date()
    return _("closes %(day)s at %(time)s") % {"day": day_short(closing_day), "time": closing_clock(state.closes_at)}


def _next_opening(opens_at: datetime, mode: Mode | None, at: datetime) -> str:
    day = opens_at.astimezone(HELSINKI).date()
    days_ahead = (day - at.astimezone(HELSINKI).date()).days
    sentences = OPENINGS.get(mode or Mode.STAFFED, OPENINGS[Mode.STAFFED])
    words = {"time": clock(opens_at)}
    if days_ahead < 2:
        return str(sentences[days_ahead]) % words
    if days_ahead < 7:
        return str(sentences[2]) % {**words, "weekday": ON_WEEKDAY[day.weekday()]}
    return str(sentences[3]) % {**words, "day": day_short(day)}


def _unopened(status: DayStatus) -> str:
    match status:
        case DayStatus.UNKNOWN:
            return _("Opening hours not known")
        case DayStatus.UNCONFIRMED:
            return _("Hours not confirmed")
        case _closed:
            return _("Closed")


def _with_mode(mode: Mode, hours: str, *, is_plain: bool) -> str:
    if is_plain:
        return hours
    match mode:
        case Mode.APPOINTMENT:
            return _("by appointment %(hours)s") % {"hours": hours}
        case Mode.PHONE:
            return _("by phone %(hours)s") % {"hours": hours}
        case Mode.SELF_SERVICE:
            return _("self-service %(hours)s") % {"hours": hours}
        case _staffed:
            return _("staff %(hours)s") % {"hours": hours}


def _part_words(part: Part) -> str:
    return clock_range(part.opens, part.closes)


def _by_mode(parts: Iterable[Part]) -> Iterator[tuple[Mode, Text, list[Part]]]:
    groups: dict[tuple[Mode, str], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.mode, part.note), []).append(part)
    for (mode, note), group in sorted(groups.items(), key=lambda item: list(Mode).index(item[0][0])):
        yield mode, Text(note, getattr(note, "language", "")), group


def _why(day: Day) -> str:
    """Return the name of what makes the day special, if anything; the title of a regular period is nothing special."""
    if day.is_exception:
        return day.title
    return day.special_day.name if day.special_day is not None and day.special_day.changes_hours else ""


def _row_of_days(first_day: date, last: Day, title: str, lines: tuple[Line, ...]) -> Row:
    return Row(
        name=capfirst(day_range(first_day, last.date)),
        first_day=first_day,
        last_day=last.date,
        status=last.status,
        lines=lines,
        title=title,
        is_exception=last.is_exception,
    )


def _language() -> str:
    language = (get_language() or "en").split("-")[0]
    return language if language in AT_CLOCK else "en"


def _wall_clock(moment: time | datetime) -> time:
    if isinstance(moment, datetime):
        return (moment.astimezone(HELSINKI) if moment.tzinfo else moment).time().replace(tzinfo=None)
    return moment


def _wall_day(day: date) -> date:
    if isinstance(day, datetime):
        return (day.astimezone(HELSINKI) if day.tzinfo else day).date()
    return day
