"""What machines ask the site: is it up, is it ready, what may be indexed, whom to warn."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from hubs.models import Hub
from hubs.opening import HELSINKI
from rooms.models import Room
from services.models import Listing
from servicetorg.addresses import CODES, in_language, without_language
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


def root_of_site() -> str:
    site = urlsplit(settings.SITE_URL)
    return f"{site.scheme}://{site.netloc}"


class Pages(Sitemap):
    """Addresses in the three languages, each naming the others."""

    @cached_property
    def known(self) -> list[Any]:
        """The items, read once; Django asks for them again and again."""
        return list(self.items())

    def _items(self) -> list[tuple[Any, str]]:
        return [(item, code) for code in CODES for item in self.known]

    def get_urls(self, page: int | str = 1, site: object = None, protocol: str | None = None) -> list[dict[str, Any]]:
        """Return the addresses of a part of the sitemap, as its template has them.

        The `rest`, which is the same in all languages, is worked out once.
        """
        known = {id(item): self.everywhere(item) for item in self.known}
        return [
            {"location": locations[code], "rest": rest}
            for item, code in self.paginator.page(page).object_list
            for locations, rest in (known[id(item)],)
        ]

    def everywhere(self, item: Any) -> tuple[dict[str, str], SafeString]:
        """Return where the item is, by language, and what else is told of each of these addresses."""
        root, path = root_of_site(), self.location(item)
        locations = {code: root + in_language(path, code) for code in CODES}
        links = format_html_join(
            "",
            '<xhtml:link rel="alternate" hreflang="{}" href="{}"/>',
            [*locations.items(), ("x-default", root + without_language(path))],
        )
        changed_at = self.changed_at(item)
        if changed_at is None:
            return locations, links
        return locations, format_html("<lastmod>{}</lastmod>{}", f"{changed_at.astimezone(HELSINKI):%Y-%m-%d}", links)

    def changed_at(self, item: Any) -> datetime | None:
        return None


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


class Dated(NamedTuple):
    """What the sitemap needs to know of a thing: making objects of thousands takes longer than all the rest."""

    slugs: tuple[str, ...]
    timetable_id: int
    told_at: datetime


class DatedPages(Pages):
    """Pages of what is in the open data too, as new as it is there."""

    page: str
    slugs: tuple[str, ...] = ("hub__slug", "slug")

    def things(self) -> QuerySet[Any]:
        raise NotImplementedError

    def items(self) -> list[Dated]:
        things = self.things().prefetch_related(None).order_by("pk")
        # Past django-modeltranslation, which would look for texts in each row.
        rows = QuerySet.values_list(things, *self.slugs, "timetable_id", "told_at")
        return [Dated(tuple(slugs), timetable_id, told_at) for *slugs, timetable_id, told_at in rows]

    def location(self, item: Dated) -> str:
        return reverse(self.page, args=item.slugs)

    def changed_at(self, item: Dated) -> datetime:
        return newest(item, self.hours_changed)

    @cached_property
    def hours_changed(self) -> dict[int, datetime]:
        return hours_changed()


class HubPages(DatedPages):
    page = "hub"
    slugs = ("slug",)

    def things(self) -> QuerySet[Hub]:
        return dated_hubs()


class MoreOfHubs(Pages):
    """What a hub has besides its own page."""

    def items(self) -> list[tuple[str, str]]:
        hubs = Hub.objects.published().order_by("pk").values_list("slug", flat=True)
        return [(page, slug) for slug in hubs for page in ("hub_year", "planner")]

    def location(self, item: tuple[str, str]) -> str:
        page, slug = item
        return reverse(page, args=[slug])


class ListingPages(DatedPages):
    page = "services:listing"

    def things(self) -> QuerySet[Listing]:
        return dated_listings()


class RoomPages(DatedPages):
    page = "rooms:room"

    def things(self) -> QuerySet[Room]:
        return dated_rooms()


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
