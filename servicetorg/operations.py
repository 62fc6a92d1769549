"""What machines ask the site: is it up, is it ready, what may be indexed, whom to warn."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from hubs.models import Hub
from rooms.models import Room
from services.models import Listing
from servicetorg.addresses import CODES, in_language
from servicetorg.api.moments import dated_hubs, dated_listings, dated_rooms, hours_changed, newest
from surveys.models import Survey

PLAIN = "text/plain; charset=utf-8"


def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up. Asks nothing of the database: restarting us would not mend it."""
    return HttpResponse("ok\n", content_type=PLAIN)


def readyz(request: HttpRequest) -> HttpResponse:
    reason = why_not_ready()
    return HttpResponse(f"{reason or 'ok'}\n", status=503 if reason else 200, content_type=PLAIN)


def why_not_ready() -> str:
    """Return the reason in words, or an empty string. Queries the database."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "The database does not answer."
    if missing:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in missing)
        return f"Migrations are missing: {names}."
    return ""


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /*/accounts/",
        "Disallow: /*/bookings/",
        "Disallow: /*/rooms/*/book/",
        "Disallow: /*/rooms/*?",  # every week for ever, every search one could make
        "Disallow: /*/search/",
        "",
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116. The end is reckoned when asked: a forgotten date would make the file void."""
    expires_at = (timezone.now() + timedelta(days=90)).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires_at:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: sv, fi, en",
        f"Canonical: {settings.SITE_URL}{reverse('security_txt')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN)


class Pages(Sitemap):
    """Addresses in the three languages, each naming the others."""

    i18n = True
    alternates = True
    x_default = True

    @cached_property
    def known(self) -> list[Any]:
        """The items, read once; Django asks for them again and again."""
        return list(self.items())

    @cached_property
    def paths(self) -> dict[int, str]:
        """The address of each item, worked out once: languages differ only in its first part."""
        return {id(item): self.location(item) for item in self.known}

    def _items(self) -> list[tuple[Any, str]]:
        return [(item, code) for code in CODES for item in self.known]

    def _location(self, item: tuple[Any, str], force_lang_code: str | None = None) -> str:
        thing, code = item
        return in_language(self.paths[id(thing)], force_lang_code or code)

    def get_latest_lastmod(self) -> datetime | None:
        return max(map(self.lastmod, self.known), default=None) if hasattr(self, "lastmod") else None

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class FixedPages(Pages):
    def items(self) -> list[str]:
        return [
            "home",
            "compare",
            "services:services",
            "rooms:find",
            "about_accessibility",
            "about_privacy",
            "about_open_data",
        ]

    def location(self, item: str) -> str:
        return reverse(item)


class DatedPages(Pages):
    """Pages of what is in the open data too, as new as it is there."""

    def lastmod(self, item: Any) -> datetime:
        return newest(item, self.hours_changed)

    @cached_property
    def hours_changed(self) -> dict[int, datetime]:
        return hours_changed()


class HubPages(DatedPages):
    def items(self) -> list[Hub]:
        return list(dated_hubs().order_by("pk"))


class MoreOfHubs(Pages):
    """What a hub has besides its own page."""

    def items(self) -> list[tuple[str, str]]:
        hubs = Hub.objects.published().order_by("pk").values_list("slug", flat=True)
        return [(page, slug) for slug in hubs for page in ("hub_year", "planner")]

    def location(self, item: tuple[str, str]) -> str:
        page, slug = item
        return reverse(page, args=[slug])


class ListingPages(DatedPages):
    def items(self) -> list[Listing]:
        return list(dated_listings().order_by("pk"))


class RoomPages(DatedPages):
    def items(self) -> list[Room]:
        return list(dated_rooms().order_by("pk"))


class SurveyPages(Pages):
    """What came out of surveys. The surveys themselves are there for some weeks only."""

    def items(self) -> list[Survey]:
        return list(Survey.objects.with_results().select_related("hub").order_by("pk"))

    def location(self, item: Survey) -> str:
        return item.get_results_url()


SITEMAPS = {
    "pages": FixedPages,
    "hubs": HubPages,
    "more": MoreOfHubs,
    "listings": ListingPages,
    "rooms": RoomPages,
    "surveys": SurveyPages,
}
