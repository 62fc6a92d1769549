import re
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.encoding import iri_to_uri
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hubs.models import Hub
from servicetorg.addresses import CODES, in_language, without_language

# Each part of the site: its first page, its name, and the pages that belong to it.
SECTIONS = (
    ("home", _("Service centres"), {"home", "hub", "compare"}),
    ("services:services", _("Services"), {"services:services", "services:listing"}),
    ("rooms:find", _("Book a room"), {"rooms:find", "rooms:room", "rooms:book"}),
    ("search", pgettext_lazy("noun", "Search"), {"search"}),
    ("rooms:my_bookings", _("My bookings"), {"rooms:my_bookings", "rooms:booking", "rooms:give_back"}),
)
# Pages of one person, or of one moment: nobody should find them by searching.
PERSONAL = re.compile(r"/(?:accounts|bookings|links|reports)/|/rooms/[^/]+/[^/]+/(?:book|series|check-in|now)/$")
# The page that a query leads on to after signing in, which is to be in the language chosen meanwhile.
ONWARDS = re.compile(rf"(?<=[?&])({REDIRECT_FIELD_NAME}=(?:/|%2F))(?:{'|'.join(CODES)})(?=/|%2F)", re.IGNORECASE)
LOCALES = {"sv": "sv_FI", "fi": "fi_FI", "en": "en_GB"}
SHARE_IMAGE = "img/share.png"  # 1200 × 630, as those who show a link want it
HAVE_A_SEARCH_BOX = {"home", "search", "services:services"}  # of their own; elsewhere it is in the head of the page
COLOR_SCHEMES = {"auto": _("Automatic"), "light": _("Light"), "dark": _("Dark")}


class Section(NamedTuple):
    url_name: str
    title: str
    current: str  # the value of aria-current; empty elsewhere


class Language(NamedTuple):
    code: str
    href: str
    alternate: str
    is_current: bool
    locale: str  # as Open Graph has it


def sections(request: HttpRequest) -> list[Section]:
    page = request.resolver_match.view_name if request.resolver_match else ""
    return [
        Section(first, str(title), "page" if page == first else "true" if page in pages else "")
        for first, title, pages in SECTIONS
    ]


def languages(request: HttpRequest) -> list[Language]:
    query = iri_to_uri(f"?{request.META['QUERY_STRING']}") if request.META.get("QUERY_STRING") else ""
    return [
        Language(
            code,
            in_language(request.path, code) + ONWARDS.sub(rf"\g<1>{code}", query),
            settings.SITE_URL + in_language(request.path, code),
            code == get_language(),
            LOCALES[code],
        )
        for code, _name in settings.LANGUAGES
    ]


def shows_examples() -> bool:
    return Hub.objects.published().filter(is_example=True).exists()


def site(request: HttpRequest) -> dict[str, Any]:
    """Give every page its frame. What needs the database is asked only when a page shows it."""
    scheme = request.COOKIES.get("color_scheme", "auto")
    demo: Callable[[], bool] = shows_examples
    return {
        "site_name": settings.SITE_NAME,
        "municipality_name": settings.MUNICIPALITY_NAME[get_language() or settings.LANGUAGE_CODE],
        "sections": sections(request),
        "shows_search": not (request.resolver_match and request.resolver_match.view_name in HAVE_A_SEARCH_BOX),
        "languages": languages(request),
        "canonical": settings.SITE_URL + request.path,
        "any_language": settings.SITE_URL + without_language(request.path),
        "is_personal": bool(PERSONAL.match(without_language(request.path))),
        "share_image": settings.SITE_URL + static(SHARE_IMAGE),
        "color_scheme": scheme if scheme in COLOR_SCHEMES else "auto",
        "color_schemes": COLOR_SCHEMES,
        "shows_examples": demo,
    }
