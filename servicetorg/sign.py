"""A sign for the door: both national languages side by side on one sheet of paper (A4).

What is on it is true on the day it is printed, so it says which day that was and, by its code, where
one reads what holds now. How much it may say is limited, for there is no second page.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from math import ceil

from django.conf import settings
from django.utils import translation
from django.utils.text import Truncator, capfirst

from hubs import deviations_in_words as words
from hubs import wording
from hubs.deviations import coming
from hubs.models import Hub, Notice
from hubs.models.timetable import load_schedules, translated
from hubs.opening import HELSINKI, Schedule, Text
from hubs.wording import Line
from services.models import Listing
from servicetorg.addresses import without_language

NATIONAL_LANGUAGES = ("sv", "fi")
EXCEPTION_DAYS = 28
MOST_EXCEPTIONS, MOST_NOTICES, MOST_SERVICES = 5, 2, 16
LONGEST_NAME, LONGEST_TITLE, LONGEST_NOTICE, LONGEST_TEXT = 60, 90, 160, 200  # characters
CHARACTERS_A_LINE, CHARACTERS_BESIDE_THE_DAYS = 36, 20
MOST_LINES = 44  # at the smallest letters
# What fits at each size of letters: lines, and letters of the longest word of a name.
SIZES = {"huge": (9, 13), "large": (17, 16), "middle": (27, 19)}

type Place = Hub | Listing


@dataclass(frozen=True, slots=True)
class HoursRow:
    """Days that follow each other and usually have the same hours."""

    days: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class SignNotice:
    title: Text
    text: Text


@dataclass(frozen=True, slots=True)
class Side:
    """All that depends on the time, in one language."""

    language: str
    name: Text
    hours: tuple[HoursRow, ...]
    exceptions: tuple[str, ...]
    has_more_exceptions: bool
    notices: tuple[SignNotice, ...]
    texts: tuple[Text, ...]  # of the way inside: each a paragraph
    services: tuple[tuple[Text, str], ...]  # of a hub: name and floor
    services_left_out: int
    printed_on: str

    @property
    def lines(self) -> int:
        """Estimate how many lines of paper it takes, without names and headings."""
        notices = (words for each in self.notices for words in (each.title, each.text))
        services = (name for name, _floor in self.services)
        hours = (line for row in self.hours for line in row.lines)
        return sum(_lines(line.words, CHARACTERS_BESIDE_THE_DAYS) + bool(line.note) for line in hours) + sum(
            map(_lines, [*self.exceptions, *self.texts, *notices, *services])
        )

    @property
    def in_short(self) -> "Side":
        """Leave out what can be read by the address below: the texts of notices, and of the way inside."""
        return replace(self, texts=(), notices=tuple(replace(each, text=Text()) for each in self.notices))


@dataclass(frozen=True, slots=True)
class Sign:
    place: Place
    sides: tuple[Side, ...]
    address: str

    @property
    def size(self) -> str:
        """Choose the largest letters with which everything fits on the sheet."""
        lines = max(side.lines for side in self.sides)
        letters = max((len(word) for side in self.sides for word in re.split(r"[\s-]", side.name)), default=0)
        return next((size for size, most in SIZES.items() if lines <= most[0] and letters <= most[1]), "small")

    @property
    def short_address(self) -> str:
        """Write the address as one types it."""
        return self.address.partition("://")[2]


def make_sign(place: Place, notices: Sequence[Notice], listings: Sequence[Listing] = (), *, at: datetime) -> Sign:
    """Return the sign of a hub, with its listings, or of a listing. Three queries for each language."""
    sides = []
    for language in NATIONAL_LANGUAGES:
        with translation.override(language):  # the hours are loaded with their notes in this language
            schedule = load_schedules([place.timetable_id]).get(place.timetable_id, Schedule())
            sides.append(_side(language, place, schedule, notices, listings, at))
    if max(side.lines for side in sides) > MOST_LINES:
        sides = [side.in_short for side in sides]
    return Sign(place, tuple(sides), settings.SITE_URL + without_language(place.get_absolute_url()))


def usual_hours(schedule: Schedule, at: datetime) -> tuple[HoursRow, ...]:
    """Return the usual week around `at` in the active language, days that are alike in one row."""
    rows = []
    for lines, group in groupby(schedule.usual_week(at.astimezone(HELSINKI).date()), key=wording.day_lines):
        alike = [day.date for day in group]
        name = wording.weekday_name(alike[0])
        if len(alike) > 1:
            name = f"{wording.weekday_short(alike[0])}{wording.DASH}{wording.weekday_short(alike[-1])}"
        rows.append(HoursRow(capfirst(name), tuple(lines)))
    return tuple(rows)


def coming_exceptions(schedule: Schedule, at: datetime) -> list[str]:
    """Return sentences in the active language: “Closed on Independence Day, Sunday 6 December”."""
    sentences = []
    for each in coming(schedule, at, days=EXCEPTION_DAYS):
        title, hours = words.title(each), words.unlike(each)
        sentences.append(f"{title}: {hours}" if hours else title)
    return sentences


def _side(
    language: str,
    place: Place,
    schedule: Schedule,
    notices: Iterable[Notice],
    listings: Sequence[Listing],
    at: datetime,
) -> Side:
    exceptions = coming_exceptions(schedule, at)
    fields = ("directions", "step_free_way") if isinstance(place, Listing) else ("address_detail", "entrance", "doors")
    texts = (_short(translated(place, field), LONGEST_TEXT) for field in fields)
    return Side(
        language=language,
        name=translated(place, "name"),
        hours=usual_hours(schedule, at),
        exceptions=tuple(exceptions[:MOST_EXCEPTIONS]),
        has_more_exceptions=len(exceptions) > MOST_EXCEPTIONS,
        notices=tuple(
            SignNotice(
                _short(translated(each, "title"), LONGEST_TITLE), _short(translated(each, "text"), LONGEST_NOTICE)
            )
            for each in notices
        ),
        texts=tuple(text for text in texts if text),
        services=tuple(
            (_short(translated(each, "name"), LONGEST_NAME), each.floor) for each in listings[:MOST_SERVICES]
        ),
        services_left_out=max(len(listings) - MOST_SERVICES, 0),
        printed_on=wording.day_and_month(at.astimezone(HELSINKI).date(), with_year=True),
    )


def _short(text: Text, most: int) -> Text:
    return Text(Truncator(" ".join(text.split())).chars(most, truncate="…"), text.language)


def _lines(words: str, width: int = CHARACTERS_A_LINE) -> int:
    return ceil(len(words) / width)
