"""Addresses differ between languages only in their first part, so they are translated as text."""

from urllib.parse import quote

from django.conf import settings

CODES = tuple(code for code, _name in settings.LANGUAGES)


def language_of(path: str) -> str:
    """Return the language a path names, or an empty string."""
    first = path.split("/")[1] if path.startswith("/") else ""
    return first if first in CODES else ""


def without_language(path: str) -> str:
    """Return the path that leads each reader to the page in their own language."""
    language = language_of(path)
    return quote(path.removeprefix(f"/{language}")) or "/" if language else "/"


def in_language(path: str, language: str) -> str:
    return f"/{language}{without_language(path)}"
