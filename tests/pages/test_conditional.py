"""Who may keep a page, and that no kept page tells what is no longer so."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from hubs.models import Hub
from rooms.booking import hold
from rooms.models import Room
from services.models import Listing
from servicetorg import conditional
from servicetorg.conditional import FREE, MAY_BE_PUBLIC, PUBLIC, can_be_kept
from servicetorg.demo.load import load
from tests import cast
from tests.browser.pages import RESIDENT, find_places, page_types

HUB = "/en/hubs/kalajarvi/"
NOBODY = "private, no-store"
SAID_TOO = ("ETag", "Vary", "Content-Language")
PAGES = [
    "/en/", HUB, "/en/hubs/compare/", "/en/hubs/kalajarvi/planner/", "/en/hubs/kalajarvi/year/",
    "/en/hubs/kalajarvi/library/", "/en/services/", "/en/services/?q=library", "/en/search/?q=library",
    "/en/about/privacy/", "/en/about/accessibility/", "/en/about/open-data/",
]  # fmt: skip
PERSONAL = [
    "/en/bookings/", "/en/accounts/data/", "/en/accounts/login/", "/en/rooms/",
    "/en/reports/hubs/kalajarvi/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(cast.TUESDAY + timedelta(seconds=10), tick=False) as traveller:
        yield traveller


@pytest.fixture
def town(library: Listing, hall: Room) -> Hub:
    return library.hub


def may_keep(response: HttpResponse) -> str:
    return response.headers.get("Cache-Control", "")


# --- Who may keep a page ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_whoever_is_nobody_may_keep_a_page_until_the_minute_ends(client: Client, town: Hub, path: str) -> None:
    response = client.get(path)

    assert may_keep(response) == "public, max-age=49"
    assert "Cookie" in response.headers["Vary"]
    assert not response.cookies


ROOM = "/en/rooms/kalajarvi/hall/"


def test_what_is_free_is_asked_for_anew_each_time(client: Client, town: Hub) -> None:
    response = client.get(ROOM)

    assert may_keep(response) == "public, no-cache"
    assert client.get(ROOM, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    assert client.get(ROOM, headers={"HX-Request": "true"}).headers["ETag"] != response.headers["ETag"]


@pytest.mark.parametrize("path", [*PAGES, *PERSONAL, ROOM])
def test_nobody_may_keep_what_is_shown_to_whoever_is_signed_in(as_resident: Client, town: Hub, path: str) -> None:
    assert {"private", "no-store"} <= set(may_keep(as_resident.get(path)).split(", "))


@pytest.mark.parametrize("path", PAGES)
def test_nobody_may_keep_a_page_with_a_message(client: Client, town: Hub, path: str) -> None:
    storage = CookieStorage(RequestFactory().get("/"))
    client.cookies["messages"] = storage._encode([Message(25, "The time is yours.")])

    response = client.get(path)

    assert "The time is yours." in response.text
    assert may_keep(response) == NOBODY


@pytest.mark.parametrize("path", PERSONAL)
def test_nobody_may_keep_a_page_with_the_token_of_a_form(client: Client, town: Hub, path: str) -> None:
    for _ in range(2):  # without its cookie, and with it
        response = client.get(path)
        assert response.status_code == 302 or {"private", "no-store"} <= set(may_keep(response).split(", "))
        assert "ETag" not in response.headers


def test_whoever_has_chosen_dark_gets_a_page_of_their_own(client: Client, town: Hub) -> None:
    light = client.get(HUB).headers["ETag"]

    client.cookies["color_scheme"] = "dark"

    assert may_keep(client.get(HUB)).startswith("public")
    assert client.get(HUB).headers["ETag"] != light


def test_a_held_page_is_answered_in_a_line(client: Client, town: Hub) -> None:
    etag = client.get(HUB).headers["ETag"]

    held = client.get(HUB, headers={"If-None-Match": etag})

    assert (held.status_code, held.content) == (304, b"")
    assert held.headers["ETag"] == etag
    assert may_keep(held).startswith("public")


def test_a_held_page_that_is_no_longer_so_is_sent_anew(client: Client, town: Hub, library: Listing) -> None:
    etag = client.get(HUB).headers["ETag"]
    Listing.objects.update(name_en="Reading room")

    assert "Reading room" in client.get(HUB, headers={"If-None-Match": etag}).text


@pytest.mark.parametrize("path", ["/en/hubs/nowhere/", "/en/nowhere/", "/"])
def test_what_is_no_page_is_not_kept(client: Client, town: Hub, path: str) -> None:
    assert "public" not in may_keep(client.get(path))


def test_every_public_page_is_one_that_may_be_looked_for(town: Hub) -> None:
    places = {"hub": "a", "listing": "b", "survey": "c", "room": "d"}
    wanted = {
        "rooms:room": ["hub", "room"],
        "hub": ["hub"], "planner": ["hub"], "hub_year": ["hub"], "services:listing": ["hub", "listing"],
        "surveys:results": ["hub", "survey"],
    }  # fmt: skip

    for name in PUBLIC | FREE:
        assert MAY_BE_PUBLIC.fullmatch(reverse(name, kwargs={each: places[each] for each in wanted.get(name, [])}))


@pytest.mark.any_database
def test_nobody_may_keep_any_page_of_whoever_is_signed_in(db: None) -> None:
    load(at=cast.TUESDAY, days=2)
    browser = Client()
    browser.force_login(User.objects.get(email=RESIDENT), backend="accounts.backends.RoleBackend")

    answers = {page.name: may_keep(browser.get(page.path)) for page in page_types(find_places(cast.TUESDAY))}

    # An address that cannot be read is answered before anybody asks who sends it, and names nobody.
    assert [name for name, words in answers.items() if not {"private", "no-store"} <= set(words.split(", "))] == [
        "bad-request"
    ]


# --- What the process keeps ---------------------------------------------------------------------------


@pytest.fixture
def committed(transactional_db: None) -> Hub:
    """A town that everybody sees: inside a transaction nothing is kept."""
    hub = cast.make_hub()
    cast.make_listing(hub)
    return hub


def queries(client: Client, path: str = HUB, **headers: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(path, headers=headers)
    return len([query for query in captured if "pg_current_snapshot" not in query["sql"]])


@pytest.mark.parametrize("gzip", ["", "gzip"])
def test_a_page_is_made_once_in_a_minute(client: Client, committed: Hub, gzip: str) -> None:
    headers = {"accept-encoding": gzip}
    first = client.get(HUB, headers=headers)

    assert queries(client, **headers) == 0
    again = client.get(HUB, headers=headers)
    assert again.content == first.content
    assert dict(again.items()) == {**dict(first.items()), "X-Request-ID": again.headers["X-Request-ID"]}


def test_a_held_page_needs_no_query(client: Client, committed: Hub) -> None:
    etag = client.get(HUB).headers["ETag"]

    assert queries(client, if_none_match=etag) == 0
    page, held = client.get(HUB), client.get(HUB, headers={"If-None-Match": etag})
    assert [held.headers[name] for name in SAID_TOO] == [page.headers[name] for name in SAID_TOO]
    assert client.get(HUB, headers={"If-None-Match": f'"another", W/{etag}'}).status_code == 304
    assert client.get(HUB, headers={"If-None-Match": '"another"'}).status_code == 200


def test_a_page_that_is_too_large_is_made_each_time(
    client: Client, committed: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditional, "LARGEST_KEPT", 100)

    assert queries(client) == queries(client) > 0


def test_who_held_a_page_first_does_not_keep_it_from_the_next(client: Client, committed: Hub, traveller) -> None:
    etag = client.get("/en/about/privacy/").headers["ETag"]
    traveller.shift(60)

    assert client.get("/en/about/privacy/", headers={"If-None-Match": etag}).status_code == 304
    assert queries(client, "/en/about/privacy/", if_none_match=etag) == 0
    assert client.get("/en/about/privacy/").status_code == 200


def test_a_change_is_told_at_once(client: Client, committed: Hub) -> None:
    etag = client.get(HUB).headers["ETag"]
    for name in ("Reading room", "Library of books"):
        Listing.objects.update(name_en=name)

        assert name in client.get(HUB, headers={"If-None-Match": etag}).text


def test_a_time_that_is_taken_is_told_at_once(client: Client, committed: Hub) -> None:
    hall = cast.make_room(committed)
    etag = client.get(ROOM).headers["ETag"]
    assert queries(client, ROOM) == 0
    starts_at = cast.TUESDAY + timedelta(hours=3)

    hold(room=hall, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), language="en", at=cast.TUESDAY)

    assert client.get(ROOM, headers={"If-None-Match": etag}).status_code == 200


def test_what_is_not_yet_committed_is_kept_from_nobody_and_for_nobody(client: Client, committed: Hub) -> None:
    client.get(HUB)
    try:
        with transaction.atomic():
            Listing.objects.update(name_en="Reading room")
            assert "Reading room" in client.get(HUB).text
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass

    assert "Reading room" not in client.get(HUB).text


def test_a_house_is_not_open_longer_than_it_is(client: Client, committed: Hub, traveller) -> None:
    traveller.move_to(cast.helsinki(2026, 11, 24, 19, 59) + timedelta(seconds=59))
    assert "Open now" in client.get(HUB).text
    assert may_keep(client.get(HUB)) == "public, max-age=0"

    traveller.move_to(cast.helsinki(2026, 11, 24, 20))
    assert "Open now" not in client.get(HUB).text


def test_a_kept_page_is_nobody_elses(client: Client, committed: Hub) -> None:
    resident = cast.make_user("resident@example.com")
    signed_in = Client()
    signed_in.force_login(resident, backend="accounts.backends.RoleBackend")
    anonymous = client.get(HUB)

    mine = signed_in.get(HUB)

    assert "Sign out" in mine.text
    assert may_keep(mine) == NOBODY
    assert client.get(HUB).content == anonymous.content
    assert "Sign out" not in client.get(HUB).text


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/sv/hubs/kalajarvi/"},
        {"path": f"{HUB}?at=2026-12-24T10:00"},
        {"color_scheme": "dark"},
        {"HTTP_ACCEPT_ENCODING": "gzip"},
    ],
)
def test_another_question_is_another_page(client: Client, committed: Hub, other: dict[str, str]) -> None:
    kept = client.get(HUB)
    if "color_scheme" in other:
        client.cookies["color_scheme"] = other.pop("color_scheme")

    assert client.get(**{"path": HUB, **other}).content != kept.content


def test_the_switch_of_languages_is_remembered_on_a_kept_page(client: Client, committed: Hub) -> None:
    client.get(HUB)

    switched = client.get(HUB, headers={"Referer": "http://testserver/sv/hubs/kalajarvi/"})

    assert switched.cookies["django_language"].value == "en"
    assert may_keep(switched) == NOBODY


HELD_FOR_YOU = "is held for you"


# --- Attempts to be told what is another's, or what is no longer so ---------------------------------


@pytest.mark.parametrize("name", ["sessionid", "messages", "survey-1", "of_tomorrow"])
def test_whoever_brings_an_unknown_cookie_is_told_nothing_kept(client: Client, committed: Hub, name: str) -> None:
    client.get(HUB)
    client.cookies[name] = "nonsense"

    assert queries(client) > 0
    assert may_keep(client.get(HUB)) == NOBODY
    assert "ETag" not in client.get(HUB).headers


@pytest.mark.parametrize("is_partial", ["", "true"])
def test_the_room_of_whoever_holds_a_time_is_nobody_elses(committed: Hub, is_partial: str) -> None:
    cast.make_room(committed)
    holder, other, headers = Client(), Client(), {"HX-Request": is_partial}
    other.get(ROOM, headers=headers)
    holder.post(f"{ROOM}book/?start=2026-11-25T14:00&end=2026-11-25T16:00", {"do": "hold"})

    assert may_keep(holder.head(ROOM, headers=headers)) == may_keep(holder.get(ROOM, headers=headers)) == NOBODY
    assert may_keep(other.get(ROOM, headers=headers)) == "public, no-cache"
    assert HELD_FOR_YOU in holder.get(ROOM).text
    assert HELD_FOR_YOU not in other.get(ROOM).text


def test_the_head_of_a_page_says_what_the_page_says(client: Client, committed: Hub) -> None:
    head = client.head(HUB)

    assert may_keep(head) == "public, max-age=49"
    assert head.headers["ETag"] == client.get(HUB).headers["ETag"] == client.head(HUB).headers["ETag"]
    assert client.head(HUB, headers={"If-None-Match": head.headers["ETag"]}).status_code == 304


def test_what_is_written_while_a_page_is_made_makes_it_old_at_once(
    client: Client, committed: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_first(request: HttpRequest, response: HttpResponse) -> str:
        Listing.objects.update(name_en="Reading room")
        return can_be_kept(request, response)

    with monkeypatch.context() as patches:
        patches.setattr(conditional, "can_be_kept", write_first)
        assert "Reading room" not in client.get(HUB).text

    assert "Reading room" in client.get(HUB).text


def test_what_another_connection_commits_is_told_from_then_on(client: Client, committed: Hub) -> None:
    has_written, may_commit = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            Listing.objects.update(name_en="Reading room")
            has_written.set()
            may_commit.wait(10)
        connection.close()

    with ThreadPoolExecutor() as pool:
        writing = pool.submit(write)
        has_written.wait(10)
        assert "Reading room" not in client.get(HUB).text
        assert queries(client) == 0  # nobody else sees it yet
        may_commit.set()
        writing.result()

    assert "Reading room" in client.get(HUB).text


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_page_that_a_minute_has_ended_upon_is_kept_by_no_browser(
    client: Client, committed: Hub, traveller, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    traveller.move_to(cast.helsinki(2026, 11, 24, 19, 59) + timedelta(seconds=59))
    if is_kept:
        client.get(HUB)
    step = "told_again" if is_kept else "public_page"  # what comes between the reckoning and the answer
    real = getattr(conditional, step)

    def close_first(*args: Any) -> Any:
        traveller.move_to(cast.helsinki(2026, 11, 24, 20))
        return real(*args)

    monkeypatch.setattr(conditional, step, close_first)

    late = client.get(HUB)
    assert "Open now" in late.text
    assert may_keep(late) == "public, max-age=0"
    assert "Open now" not in client.get(HUB).text


def test_whoever_writes_templates_sees_them_at_once(client: Client, committed: Hub, settings) -> None:
    settings.DEBUG = True
    client.get(HUB)

    assert queries(client) > 0
