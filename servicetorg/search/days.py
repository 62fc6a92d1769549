"""Which day a question names: “är biblioteket öppet på lördag”.

The search leaves such words out; the results answer them.
"""

import re
from datetime import date, timedelta
from functools import cache

from servicetorg.search import analyser

WEEKDAYS = {
    "sv": "måndag tisdag onsdag torsdag fredag lördag söndag",
    "fi": "maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai",
    "en": "monday tuesday wednesday thursday friday saturday sunday",
}
TOMORROW = {"imorgon", "huomenna", "tomorrow"}
# Forms of which the stem is another: “lauantaina”, “lauantaisin”, “på lördagar”.
ENDINGS = {"sv": ("", "en", "ar", "arna"), "fi": ("", "na", "sin", "n"), "en": ("", "s")}


def asked_day(query: str, today: date) -> date | None:
    """Return the coming day that the question names, where it names one; today is no day by itself."""
    for word in analyser.words(re.sub(r"\bi morgon\b", "imorgon", query, flags=re.IGNORECASE)):
        if word.plain in TOMORROW:
            return today + timedelta(days=1)
        if (weekday := weekdays().get(word.plain)) is not None:
            return today + timedelta(days=(weekday - today.weekday()) % 7)
    return None


@cache
def weekdays() -> dict[str, int]:
    return {
        name + ending: number
        for language, names in WEEKDAYS.items()
        for number, name in enumerate(names.split())
        for ending in ENDINGS[language]
    }
