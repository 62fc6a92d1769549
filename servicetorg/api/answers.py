"""How an answer is written: JSON or CSV, with its licence, its pages, and 304 where nothing is new."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import override

from servicetorg.addresses import CODES
from servicetorg.api.problems import Problem, problem_response
from servicetorg.api.records import Record, moment

LICENCE = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
TIME_ZONE = "Europe/Helsinki"
A_WHILE = "public, max-age=300"
ALWAYS_ASK = "public, no-cache"
# What a page of another site may send and read.
FOR_OTHER_SITES = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PREFLIGHT = {
    **FOR_OTHER_SITES,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
}

type View = Callable[..., HttpResponseBase]


def open_data(view: View) -> View:
    """Answer GET and HEAD for any site, and say what is wrong as a problem (RFC 9457)."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=PREFLIGHT)
        if request.method not in ("GET", "HEAD"):
            refusal = problem_response(
                request, Problem(HTTPStatus.METHOD_NOT_ALLOWED, "This is open data to read: only GET and HEAD.")
            )
            refusal.headers["Allow"] = "GET, HEAD, OPTIONS"
            return refusal
        try:
            with override("en"):  # whatever the browser prefers: the address alone decides what is answered
                response = view(request, *args, **kwargs)
        except Problem as problem:
            return problem_response(request, problem)
        response.headers["Content-Language"] = languages_of(request)
        return response

    answer.csrf_exempt = True  # type: ignore[attr-defined]  # so that a POST is told that there is nothing to post
    return answer


def languages_of(request: HttpRequest) -> str:
    """Name the languages of the texts: the one asked for, that of HSDS, which is in one at a time, or all."""
    of_all = settings.LANGUAGE_CODE if "/hsds/" in request.path else ", ".join(CODES)
    return request.GET.get("language", of_all)


@dataclass(frozen=True, slots=True)
class Page[T]:
    """One page of a list, and how many there are in all."""

    items: Sequence[T]
    count: int
    number: int
    limit: int

    @property
    def has_next(self) -> bool:
        return self.number * self.limit < self.count

    @property
    def pages(self) -> int:
        return -(-self.count // self.limit)


def page_of[T](things: "QuerySet[T] | Sequence[T]", number: int, limit: int) -> Page[T]:  # type: ignore[type-var]
    count = things.count() if isinstance(things, QuerySet) else len(things)
    first = (number - 1) * limit
    items = list(things[first : first + limit]) if first < count else []
    return Page(items, count, number, limit)


def source() -> str:
    """Name whom to credit, in the language of the data's own names."""
    return f"{settings.MUNICIPALITY_NAME['en']}, {settings.SITE_NAME}"


def head() -> Record:
    return {"licence": LICENCE, "licence_url": LICENCE_URL, "source": source(), "source_url": settings.SITE_URL + "/"}


def next_address(request: HttpRequest, page: Page[Any]) -> str | None:
    if not page.has_next:
        return None
    query = request.GET.copy()
    query["page"] = str(page.number + 1)
    query["limit"] = str(page.limit)
    return f"{settings.SITE_URL}{request.path}?{query.urlencode(safe='/:')}"


def list_response(
    request: HttpRequest,
    page: Page[Any],
    results: Sequence[Record],
    *,
    updated_at: datetime | None,
    cache_control: str = A_WHILE,
    more: Mapping[str, Any] | None = None,
) -> HttpResponseBase:
    following = next_address(request, page)
    body = {
        **head(),
        "updated_at": moment(updated_at) if updated_at is not None else None,
        **(more or {}),
        "count": page.count,
        "next": following,
        "results": results,
    }
    return json_response(request, body, cache_control=cache_control, following=following)


def one_response(request: HttpRequest, record: Record) -> HttpResponseBase:
    return json_response(request, {**head(), "updated_at": record["updated_at"], "result": record})


def json_response(
    request: HttpRequest, body: Mapping[str, Any], *, cache_control: str = A_WHILE, following: str | None = None
) -> HttpResponseBase:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return conditional(request, content, "application/json", cache_control, following)


def csv_response(
    request: HttpRequest,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    page: Page[Any],
    name: str,
    cache_control: str = A_WHILE,
) -> HttpResponseBase:
    """Write a table for spreadsheets as they are set up here: semicolons, and a mark that says UTF-8.

    Each row carries the licence, because a table is passed on without its headers.
    """
    table = io.StringIO()
    writer = csv.writer(table, delimiter=";", lineterminator="\r\n")
    writer.writerow([*columns, "licence", "source"])
    writer.writerows([*(cell(value) for value in row), LICENCE, source()] for row in rows)
    content = table.getvalue().encode("utf-8-sig")
    following = next_address(request, page)
    response = conditional(request, content, "text/csv", cache_control, following)
    if response.status_code == HTTPStatus.OK:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(each, dict) for each in value):
        return ", ".join(map(str, value))
    if isinstance(value, list) and all(isinstance(each, dict) and "id" in each for each in value):
        return ", ".join(each["id"] for each in value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)


def conditional(
    request: HttpRequest, content: bytes, content_type: str, cache_control: str, following: str | None
) -> HttpResponseBase:
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    links = [f'<{LICENCE_URL}>; rel="license"', *([f'<{following}>; rel="next"'] if following else [])]
    headers = {"ETag": etag, "Cache-Control": cache_control, "Link": ", ".join(links), **FOR_OTHER_SITES}
    kind = f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type
    response = HttpResponse(content, content_type=kind, headers=headers)
    answer = get_conditional_response(request, etag=etag, response=response) or response
    for name, value in FOR_OTHER_SITES.items():  # a browser reads no 304 for another site without
        answer.headers[name] = value
    return answer
