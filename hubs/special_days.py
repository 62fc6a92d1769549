"""Finnish public holidays from the `holidays` package, and the eves that it lacks.

`key` names the same day every year; opening hours refer to it. A key, once seeded, must never be renamed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import holidays

from hubs.models import SpecialDay
from hubs.opening import HELSINKI

YEARS_AHEAD = 3

# The package's Swedish is `sv_FI`; asked for plain `sv` it silently answers in English.
PACKAGE_LANGUAGES = {"sv": "sv_FI", "fi": "fi", "en": "en_US"}

KEYS = {
    "New Year's Day": "new_year",
    "Epiphany": "epiphany",
    "Good Friday": "good_friday",
    "Easter Sunday": "easter_sunday",
    "Easter Monday": "easter_monday",
    "May Day": "may_day",
    "Ascension Day": "ascension",
    "Pentecost": "pentecost",
    "Midsummer Eve": "midsummer_eve",
    "Midsummer Day": "midsummer_day",
    "All Saints' Day": "all_saints",
    "Independence Day": "independence_day",
    "Christmas Eve": "christmas_eve",
    "Christmas Day": "christmas_day",
    "Second Day of Christmas": "boxing_day",
}
# Eves in the package that are days off in practice, though not public holidays by law.
EVES_THAT_CLOSE = {"midsummer_eve", "christmas_eve"}
# What people here write, where the package writes something else.
BETTER_NAMES = {
    "epiphany": {"sv": "Trettondagen"},
    "pentecost": {"sv": "Pingstdagen"},
    "boxing_day": {"en": "Boxing Day"},
}


@dataclass(frozen=True)
class Eve:
    """A day that the package lacks: the day before a holiday, or the same date every year."""

    key: str
    names: dict[str, str]
    holiday: str = ""
    month_and_day: tuple[int, int] = (0, 0)


EVES = [
    Eve(
        "epiphany_eve",
        {"sv": "Trettondagsafton", "fi": "Loppiaisaatto", "en": "Epiphany Eve"},
        holiday="epiphany",
    ),
    Eve(
        "maundy_thursday",
        {"sv": "Skärtorsdagen", "fi": "Kiirastorstai", "en": "Maundy Thursday"},
        holiday="good_friday",
    ),
    Eve(
        "may_day_eve",
        {"sv": "Valborgsmässoafton", "fi": "Vapunaatto", "en": "May Day Eve"},
        holiday="may_day",
    ),
    Eve(
        "ascension_eve",
        {"sv": "Dagen före Kristi himmelsfärdsdag", "fi": "Helatorstain aatto", "en": "Ascension Eve"},
        holiday="ascension",
    ),
    Eve(
        "independence_day_eve",
        {
            "sv": "Dagen före självständighetsdagen",
            "fi": "Itsenäisyyspäivän aatto",
            "en": "Independence Day Eve",
        },
        holiday="independence_day",
    ),
    Eve(
        "day_before_christmas_eve",
        {"sv": "Dagen före julafton", "fi": "Jouluaaton aatto", "en": "Day before Christmas Eve"},
        month_and_day=(12, 23),
    ),
    Eve(
        "day_before_new_years_eve",
        {"sv": "Dagen före nyårsafton", "fi": "Uudenvuodenaaton aatto", "en": "Day before New Year's Eve"},
        month_and_day=(12, 30),
    ),
    Eve(
        "new_years_eve",
        {"sv": "Nyårsafton", "fi": "Uudenvuodenaatto", "en": "New Year's Eve"},
        month_and_day=(12, 31),
    ),
]


def seed_special_days(years: Iterable[int]) -> int:
    """Add the special days of these years that are missing; return how many were added.

    Days that exist, whoever made or edited them, are left as they are, so it can be run every year and again.
    """
    wanted = special_days(years)
    existing = set(SpecialDay.objects.filter(date__in=[day.date for day in wanted]).values_list("date", flat=True))
    missing = [day for day in wanted if day.date not in existing]
    SpecialDay.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)


def seed_years_ahead(*, at: datetime) -> int:
    """Add the special days of this year and those to come of which there is none yet; return how many were added.

    A year that has any has been looked through: what staff have deleted from it stays away.
    """
    this = at.astimezone(HELSINKI).year
    known = {day.year for day in SpecialDay.objects.dates("date", "year")}
    years = [year for year in range(this, this + YEARS_AHEAD + 1) if year not in known]
    return seed_special_days(years) if years else 0


def special_days(years: Iterable[int]) -> list[SpecialDay]:
    """Return the special days of these years, unsaved, in order of date.

    One date has one set of hours: where two holidays meet (Ascension Day on May Day in 2008) the day keeps both
    names and the key of May Day, and where an eve meets a holiday the holiday has the date.
    """
    return sorted((day for year in set(years) for day in _of_year(year)), key=lambda day: day.date)


def _of_year(year: int) -> list[SpecialDay]:
    names = {
        language: holidays.country_holidays("FI", years=year, language=package_language)
        for language, package_language in PACKAGE_LANGUAGES.items()
    }
    found: dict[date, SpecialDay] = {}
    dates: dict[str, date] = {}
    for day, english in names["en"].items():
        keys = sorted((KEYS[name] for name in english.split("; ")), key=lambda key: key != "may_day")
        dates |= dict.fromkeys(keys, day)
        better = BETTER_NAMES.get(keys[0], {})
        found[day] = _special_day(
            day,
            keys[0],
            {language: better.get(language, names[language][day].replace("; ", ", ")) for language in names},
            is_public_holiday=keys[0] not in EVES_THAT_CLOSE,
            changes_hours=True,
        )
    for eve in EVES:
        if eve.holiday and eve.holiday not in dates:
            continue  # the package knows no holidays of years far away
        day = dates[eve.holiday] - timedelta(days=1) if eve.holiday else date(year, *eve.month_and_day)
        found.setdefault(day, _special_day(day, eve.key, eve.names))
    return list(found.values())


def _special_day(day: date, key: str, names: dict[str, str], **flags: bool) -> SpecialDay:
    return SpecialDay(date=day, key=key, **{f"name_{language}": name for language, name in names.items()}, **flags)
