"""Answers that may be kept for the rest of a minute: by browsers, by proxies, and by this process.

A page that shows nothing personal may be kept until the clock's minute ends: opening hours change
at whole minutes, so it never says “open” of what has closed. It has an ETag, and whoever holds it
already is told so in a line. Everything that is for one person alone says that nobody may keep it.

The process keeps such answers too, as they travel. One is told again only while the database is
as it was before the page was made, which the database itself says (see `version`), and in the same
minute. So nobody has to remember to forget, and nothing that is written is shown late. What ends by
itself between two minutes, a hold or a notice, is seen to have ended when the minute is over.
"""

import hashlib
import os
import re
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import re_accepts_gzip
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags

from servicetorg.addresses import language_of
from servicetorg.language import was_switched
from servicetorg.middleware import View

# The pages on which, for whoever is not signed in, nothing is personal and no form has a token.
PUBLIC = frozenset({
    "home", "hub", "compare", "planner", "hub_year", "services:services", "services:listing", "search",
    "search_suggestions", "about_accessibility", "about_privacy", "about_open_data", "surveys:results",
})  # fmt: skip
# What is free is asked for anew each time: it may be kept, and must not be shown without asking.
FREE = frozenset({"rooms:room"})
MAY_BE_PUBLIC = re.compile(  # spares the others a query
    r"/[a-z]{2}/(?:(?:hubs|services|search|about)/(?:.+/)?|rooms/[^/]+/[^/]+/)?"
)
MOST_KEPT = 500  # answers; they are some ten kilobytes each
LARGEST_KEPT = 200_000  # bytes
SEEN_IN = "HTTP_HOST", "PATH_INFO", "QUERY_STRING", "HTTP_HX_REQUEST"
COLOR_SCHEME = "color_scheme"
# Cookies with which a page is nobody's own. A page that uses the token of forms sets its cookie anew.
HARMLESS = {COLOR_SCHEME, settings.LANGUAGE_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
DEPENDS_ON = {"cookie", "accept-encoding", "hx-request"}  # what `key_of` knows of a request


# --- Who may keep an answer ----------------------------------------------------------------------


def PublicPagesMiddleware(get_response: View) -> View:  # noqa: N802 - a class to whoever lists it in settings
    """Say of each answer who may keep it, and answer 304 to whoever holds it already.

    Stands above the sessions, so that it sees every cookie that is set, and below the compression,
    whose padding differs each time.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        made_in = minute()
        response = get_response(request)
        if response.streaming or response.has_header("Cache-Control"):
            return response
        if is_personal(request) or response.cookies:
            patch_cache_control(response, private=True, no_store=True)
            return response
        if not (page := public_page(request, response)):
            return response
        response.headers["Cache-Control"] = for_how_long(page, made_in)
        patch_vary_headers(response, ["Cookie"])
        etag = f'"{hashlib.blake2b(response.content, digest_size=12).hexdigest()}"'
        response.headers["ETag"] = etag
        return get_conditional_response(request, etag=etag, response=response) or response

    return middleware


def is_personal(request: HttpRequest) -> bool:
    """Tell whether it may come from somebody who is signed in, holds a time, is told something, has answered …"""
    return not HARMLESS.issuperset(request.COOKIES)


def public_page(request: HttpRequest, response: HttpResponse) -> str:
    """Return the name of the public page that the answer is, or nothing."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    is_whole = request.method in {"GET", "HEAD"} and response.status_code == 200
    return page if is_whole and page in PUBLIC | FREE and not len(get_messages(request)) else ""


def for_how_long(page: str, made_in: int) -> str:
    return "public, no-cache" if page in FREE else f"public, max-age={seconds_left(made_in)}"


def minute() -> int:
    return int(timezone.now().timestamp() // 60)


def seconds_left(made_in: int) -> int:
    """Return the whole seconds until that minute ends: none if it has ended while the page was made."""
    return max(0, 60 * (made_in + 1) - int(timezone.now().timestamp()) - 1)


# --- What this process keeps ---------------------------------------------------------------------

type Key = tuple[str, ...]
type Version = tuple[str, int]  # of the database, and the minute


@dataclass(frozen=True, slots=True)
class Kept:
    page: str
    version: Version
    headers: Mapping[str, str]
    content: bytes | None  # None: only the ETag is known, because whoever asked held the page
    etags: tuple[str, str]


class Answers:
    """So many answers, the least asked for are dropped. Threads share it."""

    def __init__(self) -> None:
        self.kept: OrderedDict[Key, Kept] = OrderedDict()
        self.lock = threading.Lock()

    def get(self, key: Key, version: Version) -> Kept | None:
        with self.lock:
            found = self.kept.get(key)
            if found is None:
                return None
            if found.version != version:
                del self.kept[key]
                return None
            self.kept.move_to_end(key)
            return found

    def keep(self, key: Key, answer: Kept) -> None:
        with self.lock:
            self.kept[key] = answer
            self.kept.move_to_end(key)
            while len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)


def KeptPagesMiddleware(get_response: View) -> View:  # noqa: N802
    """Tell a public answer again as long as nothing has changed. Stands above the compression."""
    if settings.DEBUG:
        raise MiddlewareNotUsed  # templates change, and no database knows
    answers = Answers()

    def middleware(request: HttpRequest) -> HttpResponse:
        is_asked = request.method == "GET" and MAY_BE_PUBLIC.fullmatch(request.path_info)
        if not is_asked or is_personal(request) or switches_language(request):
            return get_response(request)
        key = key_of(request)
        database = version()  # before the page is made: what is written meanwhile makes it old at once
        if database is None:
            return get_response(request)
        now = database, minute()
        if (kept := answers.get(key, now)) and (response := told_again(request, kept)):
            return response
        response = get_response(request)
        if page := can_be_kept(request, response):
            etag = response.headers["ETag"].removeprefix("W/")
            content = response.content if response.status_code == 200 else None
            answers.keep(key, Kept(page, now, dict(response.items()), content, (etag, f"W/{etag}")))
        return response

    return middleware


def told_again(request: HttpRequest, kept: Kept) -> HttpResponse | None:
    asked = request.META.get("HTTP_IF_NONE_MATCH", "")
    if asked and not set(parse_etags(asked)).isdisjoint(kept.etags):
        response = HttpResponse(status=304)
        del response.headers["Content-Type"]
        headers = {name: value for name, value in kept.headers.items() if name in {"ETag", "Vary", "Content-Language"}}
    elif kept.content is not None:
        response, headers = HttpResponse(kept.content), dict(kept.headers)
    else:
        return None
    for name, value in headers.items():
        response.headers[name] = value
    response.headers["Cache-Control"] = for_how_long(kept.page, kept.version[1])
    return response


def can_be_kept(request: HttpRequest, response: HttpResponse) -> str:
    """Return the name of the page if `PublicPagesMiddleware` made its answer public, and we know all it varies by."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    varies = {name.strip().lower() for name in response.headers.get("Vary", "").split(",")}
    is_ours = page in PUBLIC | FREE and response.status_code in {200, 304} and "ETag" in response.headers
    can_be = (
        is_ours
        and response.headers.get("Cache-Control", "").startswith("public, ")
        and varies <= DEPENDS_ON
        and len(response.content) <= LARGEST_KEPT
    )
    return page if can_be else ""


def key_of(request: HttpRequest) -> Key:
    """Return all that an answer which may be kept depends on: the address says the language."""
    seen = [str(request.META.get(name, "")) for name in SEEN_IN]
    takes_gzip = bool(re_accepts_gzip.search(request.META.get("HTTP_ACCEPT_ENCODING", "")))
    return (*seen, request.COOKIES.get(COLOR_SCHEME, ""), str(takes_gzip))


def switches_language(request: HttpRequest) -> bool:
    """Tell whether the answer must set the cookie that remembers a chosen language."""
    if "HTTP_REFERER" not in request.META:
        return False
    chosen = language_of(request.path)
    return bool(chosen) and was_switched(request, chosen)


# --- As what the database is now -----------------------------------------------------------------


def version() -> str | None:
    """Return what differs whenever the database may tell something else; None where that cannot be said.

    PostgreSQL: which transactions have ended. Two equal snapshots see exactly the same rows.
    SQLite: a counter of commits as one connection sees it, which each process therefore keeps open.
    Inside a transaction we see what nobody else does, so nothing can be said.
    """
    if connection.in_atomic_block:
        return None
    try:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_current_snapshot()::text")
                return str(cursor.fetchone()[0])
        return watcher.commits(str(connection.settings_dict["NAME"]))
    except (DatabaseError, sqlite3.Error):
        return None  # the page itself will say what is wrong


class Watcher:
    """A connection to SQLite's file that does nothing but see whether others have written."""

    def __init__(self) -> None:
        self.connection: sqlite3.Connection | None = None
        self.file: tuple[int, ...] = ()  # which file it is open on, and in which process
        self.opened = 0
        self.lock = threading.Lock()

    def commits(self, name: str) -> str | None:
        if not Path(name).is_file():  # in memory
            return None
        about = Path(name).stat()
        file = about.st_dev, about.st_ino, os.getpid()  # a backup that is put back is another file
        with self.lock:
            if self.connection is None or self.file != file:
                address = f"file:{quote(name)}?mode=ro"
                self.connection = sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)
                self.file, self.opened = file, self.opened + 1
            counted: Any = self.connection.execute("PRAGMA data_version").fetchone()[0]
            return f"{self.opened}:{counted}"


watcher = Watcher()
