"""One JSON object a line, with the id of the request and without personal data."""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

request_id: ContextVar[str] = ContextVar("request_id", default="-")

# What a log call may add with `extra=`; anything else stays out, so that nobody's data gets in by accident.
FIELDS = ("method", "path", "status", "milliseconds")
SECRETS_IN_PATHS = ("key", "uidb36", "reference", "token")
EMAIL = re.compile(r"[^\s<>\"'(),;:=]+@[^\s<>\"'(),;:=]+")


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_people(message_of(record)),
            "request_id": getattr(record, "request_id", "-"),
        }
        entry |= {field: getattr(record, field) for field in FIELDS if hasattr(record, field)}
        if record.exc_info and record.exc_info[1]:
            entry["exception"] = exception_words(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=False, default=str)


def message_of(record: logging.LogRecord) -> str:
    """Return the message; Django's own about a request quote its path."""
    message, request = record.getMessage(), getattr(record, "request", None)
    return message.replace(request.path, path_without_secrets(request)) if isinstance(request, HttpRequest) else message


def path_without_secrets(request: HttpRequest) -> str:
    path = request.path
    for name, value in request.resolver_match.kwargs.items() if request.resolver_match else ():
        if name in SECRETS_IN_PATHS:
            path = path.replace(str(value), f"<{name}>")
    return path[:200]


def without_people(text: str) -> str:
    return EMAIL.sub("<e-mail>", text)


def exception_words(error: BaseException) -> list[str]:
    """Return where it happened and what, without values.

    PostgreSQL puts the refused row into the lines after the first ("DETAIL: Key (email)=…").
    """
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    first_line = str(error).partition("\n")[0]
    return [*frames, without_people(f"{type(error).__name__}: {first_line}")]
