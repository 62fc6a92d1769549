"""What every request passes on its way in, before Django's own middleware or between it."""

import logging
import re
import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from servicetorg import operations
from servicetorg.api.problems import Problem, is_for_programs, problem_response
from servicetorg.logs import path_without_secrets, request_id
from servicetorg.search.index import refresh

type View = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger("servicetorg.requests")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
LONGEST_QUERY = 4096  # characters; the longest a page makes itself is about 300
LONGEST_VALUE, MOST_FIELDS = 100, 10  # of a search
PROBES = {"/healthz": operations.healthz, "/readyz": operations.readyz}
SEARCH = re.compile(r"/[a-z]{2}/search/")
# Whatever staff change of these can be searched for.
SEARCHED = ("hubs_hub_", "services_", "rooms_room_", "rooms_equipment_")
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def RequestIdMiddleware(get_response: View) -> View:  # noqa: N802 - a class to whoever lists it in settings
    """Give the request an id, the log a line, and the response the id to quote."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        # Stays set when we are through: Django logs failures further out. The next request brings its own.
        request_id.set(given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8))
        started = time.perf_counter()
        response = get_response(request)
        response.headers["X-Request-ID"] = request_id.get()
        if request.path_info not in PROBES or response.status_code != 200:
            logger.info("request", extra=line(request, response, time.perf_counter() - started))
        return response

    return middleware


def line(request: HttpRequest, response: HttpResponse, seconds: float) -> dict[str, str | int | None]:
    return {
        "method": request.method,
        "path": path_without_secrets(request),
        "status": response.status_code,
        "milliseconds": round(seconds * 1000),
    }


def ProbeMiddleware(get_response: View) -> View:  # noqa: N802
    """Answer health checks before anything asks for a host name or HTTPS: probes call an address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        return probe(request) if probe else get_response(request)

    return middleware


def PermissionsPolicyMiddleware(get_response: View) -> View:  # noqa: N802
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    return middleware


def CleanQueryMiddleware(get_response: View) -> View:  # noqa: N802
    """Answer 400, in the reader's language, to what no page of ours would send.

    A NUL character breaks PostgreSQL and file names, and bytes that are no text become
    replacement characters that nobody typed.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        # A cookie may hide a NUL in an escape. Forgotten rather than refused: nobody can mend their cookies.
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if "\0" not in value}
        if SEARCH.match(request.path_info):
            request.META["QUERY_STRING"] = cleaned(request.META.get("QUERY_STRING", ""))
        if is_clean(request.META.get("QUERY_STRING", "")) and "\0" not in request.path_info:
            return get_response(request)
        if is_for_programs(request):
            return problem_response(request, Problem(400, "The address cannot be read, or is too long."))
        language = translation.get_language_from_request(request, check_path=True)
        with translation.override(language):
            reason = _("The address contains characters that cannot be read, or is too long.")
            response = render(request, "400.html", {"reason": reason}, status=400)
            response.headers["Content-Language"] = language  # as LocaleMiddleware does, which is not reached
            return response

    return middleware


def is_clean(query: str) -> bool:
    if len(query) > LONGEST_QUERY:
        return False
    decoded = unquote_to_bytes(query.replace("+", " "))
    try:
        return "\0" not in decoded.decode()
    except UnicodeDecodeError:
        return False


def cleaned(query: str) -> str:
    """Leave of a question what can be read: in a search box people paste anything, and nothing is wrong there."""
    if is_clean(query):
        return query
    fields = parse_qsl(query[: 4 * LONGEST_QUERY], keep_blank_values=True, errors="ignore")
    readable = [(name.replace("\0", ""), value.replace("\0", "")[:LONGEST_VALUE]) for name, value in fields]
    return urlencode(readable[:MOST_FIELDS])


def SearchIndexMiddleware(get_response: View) -> View:  # noqa: N802
    """Index for the search what staff have just changed, whichever page of the admin it was changed on.

    Where it fails the change is kept all the same, and `tend` indexes it within the minute.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method == "POST" and response.status_code < 400 and can_be_searched_for(request):
            try:
                refresh()
            except DatabaseError:
                logger.exception("What was changed could not be indexed for the search")
        return response

    return middleware


def can_be_searched_for(request: HttpRequest) -> bool:
    page = request.resolver_match
    return page is not None and page.namespace == "admin" and (page.url_name or "").startswith(SEARCHED)
