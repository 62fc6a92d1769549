"""What was searched for and not found, so that staff can give it a synonym. Kept without a person, for 90 days."""

import re
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import get_language

from hubs.opening import HELSINKI
from servicetorg.models import ZeroHitQuery
from servicetorg.search.find import Answer

KEPT_FOR = timedelta(days=90)
MOST_KEPT = 2000  # of a flood of nonsense, what comes later is not kept
LONGEST = 60
MOST_WORDS = 5
# An address of mail or web, or figures as in a telephone number, a day of birth or a booking number.
PERSONAL = re.compile(r"@|://|\d(?:\W?\d){3}")


def remember_unmet(query: str, answer: Answer, *, at: datetime) -> None:
    """Count a question in the active language if nothing answers what was typed."""
    if answer.is_guessed or not answer.hits:
        remember(query, language=get_language() or "", guess=answer.guess, at=at)


def remember(query: str, *, language: str, guess: str = "", at: datetime) -> None:
    """Count a question that met nothing, or (`guess`) only what was probably meant."""
    words = normalised(query)
    if not is_worth_keeping(words):
        return
    today = at.astimezone(HELSINKI).date()
    counted = ZeroHitQuery.objects.filter(query=words, language=language)
    if not counted.exists():
        if ZeroHitQuery.objects.count() >= MOST_KEPT:
            return
        new = ZeroHitQuery(query=words, language=language, last_on=today)
        ZeroHitQuery.objects.bulk_create([new], ignore_conflicts=True)
    counted.update(count=F("count") + 1, last_on=today, guess=guess[:160])


def normalised(query: str) -> str:
    return " ".join(query.casefold().split())


def is_worth_keeping(words: str) -> bool:
    """Say no to what may tell of a person, to whole sentences, and to what holds no letter."""
    return (
        2 <= len(words) <= LONGEST  # of one letter no synonym is made
        and len(words.split()) <= MOST_WORDS
        and any(letter.isalpha() for letter in words)
        and words.isprintable()
        and not PERSONAL.search(words)
    )


def forget_old(*, at: datetime) -> int:
    """Delete what has not been asked for in 90 days."""
    last_day = (at - KEPT_FOR).astimezone(HELSINKI).date()
    return ZeroHitQuery.objects.filter(last_on__lt=last_day).delete()[0]
