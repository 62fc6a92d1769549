"""What differs from the usual at a hub or a listing, as a feed (Atom, RFC 4287) and a calendar (RFC 5545).

Made from the hours when read. The bytes change only when what they say changes, or the day; that is what
ETags are made of. An entry is as new as the exceptions and special days it comes from, or as the day on
which the feed first reached so far.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html_join
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Event

from hubs import deviations_in_words as words
from hubs.deviations import Deviation, Kind, all_periods, deviations, only_different
from hubs.enums import Severity
from hubs.models import Hub, Notice, Period, SpecialDay
from hubs.models.timetable import load_schedules
from hubs.opening import HELSINKI, ONE_DAY
from rooms.calendar import host, organiser
from rooms.feeds import new_feed
from rooms.rules import midnight
from services.models import Listing

REACH = timedelta(days=400)

type Place = Hub | Listing
type Found = list[tuple[Place, Deviation]]
type Changed = dict[int | date, datetime]  # when exceptions, by their keys, and special days were last changed


@dataclass(frozen=True, slots=True)
class Entry:
    """A deviation of a place, or a notice about it."""

    place: Place
    of: Deviation | Notice
    updated_at: datetime

    @property
    def key(self) -> str:
        """Name it the same for as long as it is the same."""
        if isinstance(self.of, Notice):
            return f"notice-{self.of.pk}"
        return f"{self.place._meta.model_name}-{self.place.pk}-{self.of.first_day:%Y%m%d}"

    @property
    def title(self) -> str:
        if isinstance(self.of, Notice):
            return place_and_words(self.place, self.of.title)
        return place_and_words(self.place, words.title(self.of, with_year=True))  # the feed has two Decembers

    @property
    def paragraphs(self) -> list[str]:
        if isinstance(self.of, Notice):
            return [line for line in self.of.text.splitlines() if line.strip()]
        lines = [words.when(self.of), words.alike(self.of), words.unlike(self.of), ", ".join(words.reasons(self.of))]
        return [line for line in lines if line]

    @property
    def address(self) -> str:
        return settings.SITE_URL + self.place.get_absolute_url()


class StableAtomFeed(Atom1Feed):
    """Says of an empty feed that it is as new as the day: Django would say that it is as new as the second."""

    def latest_post_date(self) -> datetime:
        moments = [item["updateddate"] for item in self.items]
        return max(moments, default=midnight(timezone.localdate()).astimezone(UTC))


def entries_of_hub(hub: Hub, *, at: datetime) -> list[Entry]:
    """Return what differs at the hub, and at its listings where they differ from the hub. Six queries."""
    listings = list(Listing.objects.published().filter(hub=hub))
    for listing in listings:
        listing.hub = hub
    schedules = load_schedules([hub.timetable_id, *(each.timetable_id for each in listings)])
    first, last = reach(at)
    of_house = deviations(schedules[hub.timetable_id], first, last)
    found: Found = [(hub, each) for each in of_house]
    for listing in listings:
        of_listing = deviations(schedules[listing.timetable_id], first, last)
        found += [(listing, each) for each in only_different(of_listing, of_house)]
    about = Q(is_for_whole_hub=True) | Q(listings__in=listings)
    return entries(found, hub, Notice.objects.shown_at(at).filter(about, hub=hub).distinct())


def entries_of_listing(listing: Listing, *, at: datetime) -> list[Entry]:
    """Return what differs at the listing. Five queries."""
    schedule = load_schedules([listing.timetable_id])[listing.timetable_id]
    found: Found = [(listing, each) for each in deviations(schedule, *reach(at))]
    return entries(found, listing, listing.notices_shown_at(at))


def reach(at: datetime) -> tuple[date, date]:
    today = at.astimezone(HELSINKI).date()
    return today, today + REACH


def entries(found: Found, place: Place, notices: Iterable[Notice]) -> list[Entry]:
    told = [Entry(place, notice, max(notice.starts_at, notice.changed_at)) for notice in notices]
    periods = all_periods(deviation for _place, deviation in found)
    changed_at: Changed = dict(Period.objects.filter(pk__in=periods).values_list("pk", "changed_at"))
    changed_at |= dict(SpecialDay.objects.values_list("date", "changed_at"))
    ordered = sorted(found, key=lambda each: (each[1].first_day, each[1].last_day))
    return [*told, *(Entry(owner, each, updated_at(each, changed_at)) for owner, each in ordered)]


def updated_at(deviation: Deviation, changed_at: Changed) -> datetime:
    """Return when it was last changed, or when the feed first reached it."""
    first_seen_at = midnight(deviation.first_day - REACH).astimezone(UTC)
    causes: list[int | date] = [*all_periods([deviation]), *(day.date for day in deviation.odd_days)]
    return max([first_seen_at, *(changed_at[key] for key in causes if key in changed_at)])


def atom(place: Place, told: Sequence[Entry], *, address: str) -> bytes:
    """Return the feed in the active language; `address` is its own."""
    language = get_language() or settings.LANGUAGE_CODE
    feed = StableAtomFeed(
        title=feed_name(place),
        link=settings.SITE_URL + place.get_absolute_url(),
        description=None,
        language=language,
        feed_url=settings.SITE_URL + address,
        feed_guid=settings.SITE_URL + address,
        author_name=str(settings.SITE_NAME),
    )
    for entry in told:
        feed.add_item(
            title=entry.title,
            link=entry.address,
            description=format_html_join("", "<p>{}</p>", ((each,) for each in entry.paragraphs)),
            unique_id=f"tag:{host()},2026:{language}/{entry.key}",
            pubdate=None,
            updateddate=entry.updated_at,
        )
    return feed.writeString("utf-8").encode()


def calendar(place: Place, told: Sequence[Entry]) -> bytes:
    """Return the calendar in the active language. Notices that change nothing are left to pages and the feed."""
    feed = new_feed(feed_name(place), get_language() or settings.LANGUAGE_CODE)
    for entry in told:
        if not isinstance(entry.of, Notice):
            feed.add_component(deviation_event(entry, entry.of))
        elif entry.of.severity != Severity.NORMAL:
            feed.add_component(notice_event(entry, entry.of))
    return bytes(feed.to_ical())


def place_and_words(place: Place, told: str) -> str:
    # Translators: a place and what is told of it, such as “Library: closed”.
    return _("%(place)s: %(words)s") % {"place": place.name, "words": told}


def feed_name(place: Place) -> str:
    return _("Notices and exceptions, %(place)s") % {"place": place.name}


def deviation_event(entry: Entry, deviation: Deviation) -> Event:
    """Return it as whole days; what has no end yet stands on the day on which it begins."""
    last = deviation.first_day if deviation.is_open_ended else deviation.last_day
    event = new_event(entry, place_and_words(entry.place, words.short(deviation)))
    event.add("dtstart", deviation.first_day)
    event.add("dtend", last + ONE_DAY)
    event.add("description", "\n".join([words.title(deviation), *entry.paragraphs[1:]]))
    event.add("status", "TENTATIVE" if deviation.kind == Kind.UNCONFIRMED else "CONFIRMED")
    return event


def notice_event(entry: Entry, notice: Notice) -> Event:
    event = new_event(entry, entry.title)
    event.add("dtstart", notice.starts_at.astimezone(HELSINKI))
    event.add("dtend", notice.ends_at.astimezone(HELSINKI))
    if entry.paragraphs:
        event.add("description", "\n".join(entry.paragraphs))
    event.add("status", "CONFIRMED")
    return event


def new_event(entry: Entry, summary: str) -> Event:
    hub = entry.place if isinstance(entry.place, Hub) else entry.place.hub
    event = Event()
    event.add("uid", f"{entry.key}@{host()}")
    event.add("dtstamp", entry.updated_at)
    event.add("summary", summary)
    event.add("location", f"{hub.name}, {hub.street}, {hub.postal_code} {hub.locality}")
    event.add("url", entry.address)
    event.add("organizer", organiser())
    event.add("transp", "TRANSPARENT")
    return event
