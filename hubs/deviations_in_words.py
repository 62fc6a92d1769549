"""Days that differ from the usual, in the reader's words: whole sentences in the active language."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from hubs import wording
from hubs.deviations import Deviation, Kind
from hubs.opening import SpecialDay, Text

ONE_WEEK = 7
MOST_NAMED = 3
KEPT = "Kristi"  # the name in a name has its capital everywhere

# Translators: how each special day stands in a sentence such as “Closed on Christmas Day, Friday 25 December”.
ON_SPECIAL_DAY: Mapping[str, Promise] = {
    "new_year": gettext_lazy("on New Year’s Day"),
    "epiphany_eve": gettext_lazy("on Epiphany Eve"),
    "epiphany": gettext_lazy("on Epiphany"),
    "maundy_thursday": gettext_lazy("on Maundy Thursday"),
    "good_friday": gettext_lazy("on Good Friday"),
    "easter_sunday": gettext_lazy("on Easter Sunday"),
    "easter_monday": gettext_lazy("on Easter Monday"),
    "may_day_eve": gettext_lazy("on May Day Eve"),
    "may_day": gettext_lazy("on May Day"),
    "ascension_eve": gettext_lazy("on the day before Ascension Day"),
    "ascension": gettext_lazy("on Ascension Day"),
    "pentecost": gettext_lazy("on Whit Sunday"),
    "midsummer_eve": gettext_lazy("on Midsummer Eve"),
    "midsummer_day": gettext_lazy("on Midsummer Day"),
    "all_saints": gettext_lazy("on All Saints’ Day"),
    "independence_day_eve": gettext_lazy("on the day before Independence Day"),
    "independence_day": gettext_lazy("on Independence Day"),
    "day_before_christmas_eve": gettext_lazy("on the day before Christmas Eve"),
    "christmas_eve": gettext_lazy("on Christmas Eve"),
    "christmas_day": gettext_lazy("on Christmas Day"),
    "boxing_day": gettext_lazy("on Boxing Day"),
    "day_before_new_years_eve": gettext_lazy("on the day before New Year’s Eve"),
    "new_years_eve": gettext_lazy("on New Year’s Eve"),
}


def title(deviation: Deviation, *, with_year: bool = False) -> str:
    """Write “Closed on Independence Day, Sunday 6 December”, “Changed hours 28–30 December: 8:00–12:00”."""
    hours = alike(deviation)
    if deviation.is_open_ended:
        day = wording.day_and_month(deviation.first_day, with_year=with_year)
        return _open_ended(deviation.kind, hours) % {"day": day, "hours": hours}
    if not deviation.is_one_day:
        dates = wording.days_in_sentence(deviation.first_day, deviation.last_day, with_year=with_year)
        return _several(deviation.kind, hours) % {"days": dates, "hours": hours}
    words = {"day": wording.day_in_sentence(deviation.first_day, with_year=with_year), "hours": hours}
    if occasion := ON_SPECIAL_DAY.get(deviation.special_day):
        return _special(deviation.kind) % {**words, "occasion": occasion}
    return _one(deviation.kind) % words


def short(deviation: Deviation) -> str:
    """Write it for a place where the days are told already: “closed”, “changed hours: 8:00–12:00”."""
    hours = alike(deviation) or week(deviation)
    match deviation.kind:
        case Kind.CLOSED:
            return pgettext("after the name of a place", "closed")
        case Kind.CHANGED:
            return pgettext("after the name of a place", "changed hours: %(hours)s") % {"hours": hours}
        case Kind.OPEN:
            return pgettext("after the name of a place", "open: %(hours)s") % {"hours": hours}
        case Kind.UNCONFIRMED:
            return pgettext("after the name of a place", "hours not yet confirmed")


def alike(deviation: Deviation) -> str:
    """Write the hours that all days have in common: “8:00–12:00”. Else empty."""
    if deviation.kind in (Kind.CLOSED, Kind.UNCONFIRMED) or not deviation.is_even:
        return ""
    return wording.hours_in_sentence(deviation.days[0])


def unlike(deviation: Deviation) -> str:
    """Write the hours of days that differ from each other: “Mon–Thu 9:00–16:00, Fri 9:00–15:00”. Else empty."""
    if deviation.kind in (Kind.CLOSED, Kind.UNCONFIRMED) or deviation.is_even:
        return ""
    return week(deviation)


def week(deviation: Deviation) -> str:
    """Write the hours of its days, at most of its first week."""
    return "; ".join(line.words for line in wording.lines_of_days(list(deviation.days[:ONE_WEEK])))


def reasons(deviation: Deviation) -> tuple[str, ...]:
    """Return what staff have called the days, or the special days that the title does not name, where they are few."""
    if any(period.first_day for period in deviation.periods):
        return tuple(dict.fromkeys(period.title for period in deviation.periods if period.title))
    first = deviation.days[0]
    said = first.special_day.name if first.special_day and deviation.special_day in ON_SPECIAL_DAY else ""
    named = {day.title: day.special_day for day in deviation.days if day.title and day.title != said}
    return in_a_row(named) if len(named) <= MOST_NAMED else ()


def in_a_row(named: Mapping[str, SpecialDay | None]) -> tuple[str, ...]:
    """Return names as they stand with commas between: “Julafton, juldagen, annandag jul”."""
    return tuple(_small(name, day) if number else name for number, (name, day) in enumerate(named.items()))


def _small(name: str, day: SpecialDay | None) -> str:
    """Write the name of a day that the calendar has every year: only in English with a capital inside a sentence."""
    is_of_calendar = day is not None and day.name == name and day.key in ON_SPECIAL_DAY
    language = getattr(name, "language", "") or get_language()
    if not is_of_calendar or language == "en" or name.startswith(KEPT):
        return name
    return Text(name[:1].lower() + name[1:], getattr(name, "language", ""))


def when(deviation: Deviation) -> str:
    """Write the days with their year: “Sunday 6 December 2026”."""
    first, last = wording.day_long(deviation.first_day), wording.day_long(deviation.last_day)
    if deviation.is_open_ended:
        return _("From %(day)s until further notice") % {"day": first}
    return capfirst(first if deviation.is_one_day else f"{first} – {last}")


def _special(kind: Kind) -> str:
    match kind:
        case Kind.CLOSED:
            return _("Closed %(occasion)s, %(day)s")
        case Kind.CHANGED:
            return _("Changed hours %(occasion)s, %(day)s: %(hours)s")
        case Kind.OPEN:
            return _("Open %(occasion)s, %(day)s: %(hours)s")
        case Kind.UNCONFIRMED:
            return _("The hours %(occasion)s, %(day)s, are not yet confirmed")


def _one(kind: Kind) -> str:
    match kind:
        case Kind.CLOSED:
            return _("Closed on %(day)s")
        case Kind.CHANGED:
            return _("Changed hours on %(day)s: %(hours)s")
        case Kind.OPEN:
            return _("Open on %(day)s: %(hours)s")
        case Kind.UNCONFIRMED:
            return _("The hours on %(day)s are not yet confirmed")


def _several(kind: Kind, hours: str) -> str:
    match kind:
        case Kind.CLOSED:
            return _("Closed %(days)s")
        case Kind.CHANGED:
            return _("Changed hours %(days)s: %(hours)s") if hours else _("Changed hours %(days)s")
        case Kind.OPEN:
            return _("Open %(days)s: %(hours)s") if hours else _("Open %(days)s")
        case Kind.UNCONFIRMED:
            return _("The hours %(days)s are not yet confirmed")


def _open_ended(kind: Kind, hours: str) -> str:
    match kind:
        case Kind.CLOSED:
            return _("Closed from %(day)s until further notice")
        case _open:
            if hours:
                return _("Changed hours from %(day)s until further notice: %(hours)s")
            return _("Changed hours from %(day)s until further notice")
