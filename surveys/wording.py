from datetime import date, datetime, time, timedelta

from django.utils.dateformat import format as date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from hubs.opening import HELSINKI
from hubs.wording import at_clock, day_in_sentence
from surveys.models import Survey


def last_day_words(closes_at: datetime) -> str:
    """Write the last day on which one can answer, to stand after “by”: with the time, unless it is the whole day."""
    local = closes_at.astimezone(HELSINKI)
    if local.time() == time(0):
        return day_in_sentence((local - timedelta(days=1)).date())
    return _("%(day)s at %(time)s") % {"day": day_in_sentence(local.date()), "time": at_clock(local)}


def answer_by(survey: Survey) -> str:
    # Translators: “Svara senast söndag 6 december”, “Vastaa viimeistään sunnuntaina 6. joulukuuta”.
    return _("Answer by %(day)s.") % {"day": last_day_words(survey.closes_at)}


def opens_on(survey: Survey) -> str:
    return _("It can be answered from %(day)s.") % {"day": day_in_sentence(survey.opens_at.astimezone(HELSINKI).date())}


def published_words(survey: Survey) -> str:
    """Say when the results came out; nothing before."""
    if survey.results_published_at is None:
        return ""
    day = day_with_year(survey.results_published_at.astimezone(HELSINKI).date())
    return _("Results of %(day)s, with what the city does about them.") % {"day": day}


def asked_words(survey: Survey, number: int) -> str:
    """Say when the survey could be answered and how many did."""
    last = (survey.closes_at - timedelta(microseconds=1)).astimezone(HELSINKI).date()
    days = {"first": day_with_year(survey.opens_at.astimezone(HELSINKI).date()), "last": day_with_year(last)}
    if not number:
        return _("There are no answers. Open from %(first)s to %(last)s.") % days
    words = ngettext(
        "%(number)s person answered. The survey was open from %(first)s to %(last)s.",
        "%(number)s people answered. The survey was open from %(first)s to %(last)s.",
        number,
    )
    return words % {**days, "number": number}


def day_with_year(day: date) -> str:
    """Write “9.12.2021”, in English “9 December 2021”."""
    return date_format(day, "j F Y" if get_language() == "en" else "j.n.Y")
