"""The feeds and calendars of what differs from the usual: read back by other eyes than those that wrote them."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from xml.etree import ElementTree

import icalendar
import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub, Notice, Period, SpecialDay
from services.models import Listing
from tests import cast
from tests.pages.client import Fetch

pytestmark = pytest.mark.any_database

HUB, LISTING = "/en/hubs/kalajarvi/changes", "/en/hubs/kalajarvi/library/changes"
ATOM = "{http://www.w3.org/2005/Atom}"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
SUNDAY = date(2026, 12, 6)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(cast.TUESDAY, tick=False) as traveller:
        yield traveller


def close(place: Hub | Listing, first_day: date = SUNDAY, last_day: date | None = SUNDAY, **fields: str) -> Period:
    return Period.objects.create(
        timetable=place.timetable, kind="exception", first_day=first_day, last_day=last_day, **fields
    )


def notice(hub: Hub, title: str = "The lift is out of order", **fields: Any) -> Notice:
    times = {"starts_at": cast.TUESDAY - timedelta(hours=1), "ends_at": cast.TUESDAY + timedelta(days=3)}
    return Notice.objects.create(hub=hub, title_en=title, **{**times, **fields})


def feed_at(client: Client, path: str) -> ElementTree.Element:
    """Read an Atom feed and judge it by what RFC 4287 asks of it."""
    response = client.get(f"{path}.atom")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.content)
    assert feed.tag == f"{ATOM}feed"
    for element in [feed, *feed.iter(f"{ATOM}entry")]:
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
        assert re.fullmatch(r"[a-z]+:\S+", element.findtext(f"{ATOM}id", ""))
        assert RFC_3339.fullmatch(element.findtext(f"{ATOM}updated", ""))
        assert [each.get("rel") for each in element.findall(f"{ATOM}link")].count("alternate") == 1
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == f"http://localhost:8000{path}.atom"
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    return feed


def titles(client: Client, path: str = HUB) -> list[str]:
    found = [entry.findtext(f"{ATOM}title", "") for entry in feed_at(client, path).iter(f"{ATOM}entry")]
    return [title.replace("\u2060", "") for title in found]


def events_at(client: Client, path: str = HUB) -> list[icalendar.Event]:
    """Read a calendar and judge it by what RFC 5545 asks of it."""
    response = client.get(f"{path}.ics")
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    lines = response.content.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(len(line) for line in lines) <= 75
    assert_well_formed(response.content.decode())
    calendar = icalendar.Calendar.from_ical(response.content)
    assert (str(calendar["version"]), str(calendar["method"])) == ("2.0", "PUBLISH")
    events = [each for each in calendar.subcomponents if isinstance(each, icalendar.Event)]
    assert not [each.errors for each in events if each.errors]
    assert all({"UID", "DTSTAMP", "DTSTART", "DTEND", "ORGANIZER"} <= each.keys() for each in events)
    uids = [str(each["uid"]) for each in events]
    assert len(set(uids)) == len(uids)
    return events


def assert_well_formed(content: str) -> None:
    """Read the lines as RFC 5545 has them, without the package that wrote them."""
    open_parts: list[str] = []
    for line in content.replace("\r\n ", "").removesuffix("\r\n").split("\r\n"):
        name, value = re.fullmatch(r'([A-Z-]+)(?:;[A-Z-]+=(?:"[^"]*"|[^";:,]+))*:(.*)', line).groups()
        if name == "BEGIN":
            open_parts.append(value)
        elif name == "END":
            assert open_parts.pop() == value
        elif name in {"SUMMARY", "DESCRIPTION", "LOCATION"}:
            assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,nN])*", value), line
    assert open_parts == []


def test_a_closed_day_is_told_in_both(client: Client, kalajarvi: Hub) -> None:
    close(kalajarvi, title_en="Power cut")

    (entry,) = feed_at(client, HUB).iter(f"{ATOM}entry")
    (event,) = events_at(client)

    assert entry.findtext(f"{ATOM}title") == "Kalajärvi Service Centre: Closed on Sunday 6 December 2026"
    assert entry.findtext(f"{ATOM}summary") == "<p>Sunday 6 December 2026</p><p>Power cut</p>"
    assert event["summary"] == "Kalajärvi Service Centre: closed"
    assert event["description"] == "Closed on Sunday 6 December\nPower cut"
    assert (event["dtstart"].dt, event["dtend"].dt) == (SUNDAY, date(2026, 12, 7))
    assert event["transp"] == "TRANSPARENT"


def test_what_staff_write_is_text_and_no_html(client: Client, kalajarvi: Hub) -> None:
    close(kalajarvi, title_en="<b>Fire</b> & water")

    (entry,) = feed_at(client, HUB).iter(f"{ATOM}entry")

    assert "<b>" not in entry.findtext(f"{ATOM}summary", "")
    assert "<b>Fire</b> & water" in unescape(entry.findtext(f"{ATOM}summary", ""))


def test_the_hubs_feed_tells_of_a_service_only_what_the_house_does_not(client: Client, library: Listing) -> None:
    cast.set_hours(library.timetable, {"mon tue wed thu fri sat sun": ("6:00", "22:00")})
    close(library.hub)
    close(library)
    close(library, date(2026, 12, 10), date(2026, 12, 11))

    assert titles(client) == [
        "Kalajärvi Service Centre: Closed on Sunday 6 December 2026",
        "Kalajärvi Library: Closed 10–11 December 2026",
    ]
    assert titles(client, LISTING) == [
        "Kalajärvi Library: Closed on Sunday 6 December 2026",
        "Kalajärvi Library: Closed 10–11 December 2026",
    ]


def test_a_service_that_is_not_published_is_left_out(client: Client, library: Listing) -> None:
    close(library)
    Listing.objects.update(is_published=False)

    assert titles(client) == []
    assert client.get(f"{LISTING}.atom").status_code == 404


def test_it_reaches_four_hundred_days(client: Client, kalajarvi: Hub) -> None:
    last = cast.TUESDAY.date() + timedelta(days=400)
    close(kalajarvi, last, last)
    close(kalajarvi, last + timedelta(days=2), last + timedelta(days=2))

    assert [event["dtstart"].dt for event in events_at(client)] == [last]


def test_what_has_no_end_yet_stands_on_its_first_day(client: Client, kalajarvi: Hub) -> None:
    close(kalajarvi, date(2026, 11, 2), None)

    (event,) = events_at(client)

    assert titles(client) == ["Kalajärvi Service Centre: Closed from 2 November 2026 until further notice"]
    assert (event["dtstart"].dt, event["dtend"].dt) == (date(2026, 11, 2), date(2026, 11, 3))


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Changed hours 30 December 2026–1 January 2027: 8:00–12:00"),
        ("sv", "Ändrade öppettider 30 december 2026–1 januari 2027: kl. 8–12"),
        ("fi", "Poikkeavat aukioloajat 30. joulukuuta 2026–1. tammikuuta 2027: klo 8–12"),
    ],
)
def test_days_over_new_year_say_both_years(client: Client, kalajarvi: Hub, language: str, told: str) -> None:
    hours = {"mon tue wed thu fri sat sun": ("8:00", "12:00")}
    days = {"first_day": date(2026, 12, 30), "last_day": date(2027, 1, 1)}
    cast.set_hours(kalajarvi.timetable, hours, kind="exception", **days)

    assert [told] == [title.partition(": ")[2] for title in titles(client, HUB.replace("/en/", f"/{language}/"))]


def test_a_notice_is_in_the_feed_and_in_the_calendar_where_it_changes_something(client: Client, kalajarvi: Hub) -> None:
    notice(kalajarvi, "Flea market", text_en="Welcome.")
    closed = notice(kalajarvi, "The lift is out of order", severity="closed")
    notice(kalajarvi, "Later", starts_at=cast.TUESDAY + timedelta(days=1))

    (event,) = events_at(client)

    assert titles(client) == [
        "Kalajärvi Service Centre: The lift is out of order",
        "Kalajärvi Service Centre: Flea market",
    ]
    assert (event["dtstart"].dt, event["dtend"].dt) == (closed.starts_at, closed.ends_at)


def test_a_notice_that_was_written_before_is_as_new_as_its_first_moment(
    client: Client, kalajarvi: Hub, clock: Any
) -> None:
    begins = cast.TUESDAY + timedelta(days=1)
    notice(kalajarvi, starts_at=begins)
    clock.move_to(begins + timedelta(hours=1))

    (entry,) = feed_at(client, HUB).iter(f"{ATOM}entry")

    assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated", "")) == begins


def test_the_house_and_its_services_are_told_day_by_day(client: Client, library: Listing) -> None:
    close(library.hub, date(2026, 12, 20), date(2026, 12, 20))
    close(library, date(2026, 12, 9), date(2026, 12, 9))

    assert titles(client) == [
        "Kalajärvi Library: Closed on Wednesday 9 December 2026",
        "Kalajärvi Service Centre: Closed on Sunday 20 December 2026",
    ]


def test_a_day_about_which_nobody_has_decided_is_tentative(client: Client, kalajarvi: Hub) -> None:
    SpecialDay.objects.create(date=SUNDAY, key="independence_day", name_en="Independence Day", changes_hours=True)
    kalajarvi.timetable.holiday_rule = "must_be_decided"
    kalajarvi.timetable.save()
    close(kalajarvi, date(2026, 12, 7), date(2026, 12, 7))

    assert [event["status"] for event in events_at(client)] == ["TENTATIVE", "CONFIRMED"]


def test_a_notice_about_another_service_stays_away(client: Client, library: Listing) -> None:
    clinic = cast.make_listing(library.hub, "clinic")
    clinic.notices.add(notice(library.hub, is_for_whole_hub=False))

    assert titles(client, LISTING) == []
    assert len(titles(client)) == 1


def test_an_entry_keeps_its_id_and_is_newer_after_a_change(client: Client, kalajarvi: Hub, clock: Any) -> None:
    period = close(kalajarvi)
    before = next(feed_at(client, HUB).iter(f"{ATOM}entry"))
    clock.move_to(cast.TUESDAY + timedelta(hours=1))
    period.title_en = "Power cut"
    period.save()
    after = next(feed_at(client, HUB).iter(f"{ATOM}entry"))

    assert after.findtext(f"{ATOM}id") == before.findtext(f"{ATOM}id")
    assert datetime.fromisoformat(before.findtext(f"{ATOM}updated", "")) == cast.TUESDAY
    assert datetime.fromisoformat(after.findtext(f"{ATOM}updated", "")) == cast.TUESDAY + timedelta(hours=1)


def test_a_holiday_is_as_new_as_the_day_on_which_the_feed_reached_it(client: Client, kalajarvi: Hub) -> None:
    SpecialDay.objects.create(date=SUNDAY, key="independence_day", name_en="Independence Day", changes_hours=True)
    SpecialDay.objects.update(changed_at=cast.helsinki(2024, 1, 1))  # three years at a time

    (entry,) = feed_at(client, HUB).iter(f"{ATOM}entry")

    assert entry.findtext(f"{ATOM}title", "").endswith("Closed on Independence Day, Sunday 6 December 2026")
    assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated", "")) == datetime(2025, 10, 31, 22, tzinfo=UTC)


def test_a_holiday_that_is_changed_makes_its_entry_new_though_it_lie_in_the_next_year(
    client: Client, kalajarvi: Hub, clock: Any
) -> None:
    for day, key in ((date(2026, 12, 31), "new_years_eve"), (date(2027, 1, 1), "new_year")):
        SpecialDay.objects.create(date=day, key=key, name_en=key, changes_hours=True)
    clock.move_to(cast.TUESDAY + timedelta(hours=1))
    SpecialDay.objects.get(key="new_year").save()

    (entry,) = feed_at(client, HUB).iter(f"{ATOM}entry")

    assert "Closed 31 December 2026–1 January 2027" in entry.findtext(f"{ATOM}title", "").replace("\u2060", "")
    assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated", "")) == cast.TUESDAY + timedelta(hours=1)


@pytest.mark.parametrize("path", [f"{HUB}.atom", f"{HUB}.ics", f"{LISTING}.atom", f"{LISTING}.ics"])
def test_it_may_be_cached_a_little_and_answers_304(client: Client, library: Listing, clock: Any, path: str) -> None:
    close(library)
    headers = client.get(path).headers
    assert headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in headers

    clock.move_to(cast.TUESDAY + timedelta(hours=3))
    assert client.get(path, headers={"If-None-Match": headers["ETag"]}).status_code == 304

    Period.objects.filter(kind="exception").delete()
    assert client.get(path, headers={"If-None-Match": headers["ETag"]}).status_code == 200
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_each_language_has_its_own(client: Client, library: Listing, language: str) -> None:
    close(library)

    feed = feed_at(client, LISTING.replace("/en/", f"/{language}/"))

    (entry,) = feed.iter(f"{ATOM}entry")
    names = {"sv": "Kalajärvi bibliotek", "fi": "Kalajärven kirjasto", "en": "Kalajärvi Library"}
    assert entry.findtext(f"{ATOM}title", "").startswith(names[language])
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == language
    assert f":{language}/" in entry.findtext(f"{ATOM}id", "")


@pytest.mark.parametrize("path", ["/en/hubs/nowhere/changes.ics", "/en/hubs/kalajarvi/nothing/changes.atom"])
def test_what_is_not_there_is_404(client: Client, kalajarvi: Hub, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_number_of_queries_does_not_grow(
    client: Client, library: Listing, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    close(library)
    with django_assert_num_queries(7):
        client.get(f"{HUB}.atom")
    for number in range(3):
        close(cast.make_listing(library.hub, f"listing-{number}"), title_en="Repairs")
    with django_assert_num_queries(7):
        client.get(f"{HUB}.atom")
    with django_assert_num_queries(6):
        client.get(f"{LISTING}.ics")


@pytest.mark.parametrize(("path", "feed"), [("/en/hubs/kalajarvi/", HUB), ("/en/hubs/kalajarvi/library/", LISTING)])
def test_pages_lead_to_them(page: Fetch, library: Listing, path: str, feed: str) -> None:
    shown = page(path)

    assert f"webcal://localhost:8000{feed}.ics" in shown.links.values()
    assert shown.links["Follow notices and exceptions as a feed"] == f"{feed}.atom"
    assert [link.attributes["href"] for link in shown.all("link", type="application/atom+xml")] == [f"{feed}.atom"]
