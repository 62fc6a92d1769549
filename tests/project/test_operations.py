import re
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone, translation
from django.utils.translation import gettext

from hubs.models import Hub, Timetable
from services.models import Category, Listing, Provider, Service
from tests.cast import TUESDAY, make_listing, make_room

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def test_the_process_is_up_without_asking_the_database(client):
    response = client.get("/healthz")  # no database mark: a query would fail this test
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_with_a_database_that_is_up_to_date(client):
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_not_ready_while_migrations_are_missing(client):
    MigrationRecorder(connection).migration_qs.filter(app="servicetorg").delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content.decode().startswith("Migrations are missing: servicetorg.0001_")


@pytest.mark.django_db
def test_not_ready_while_the_database_is_away(client, monkeypatch):
    def refuse(*args):
        raise OperationalError("connection refused: db.internal")

    monkeypatch.setattr("servicetorg.operations.MigrationExecutor", refuse)
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"The database does not answer.\n")


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_probes_need_neither_https_nor_a_known_host(client, settings, address):
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["servicetorg.example.fi"]
    assert client.get(address, headers={"host": "10.0.0.7:8000"}).status_code == 200


def test_robots_are_sent_to_the_sitemap_and_away_from_endless_calendars(client, settings):
    settings.SITE_URL = "https://servicetorg.example.fi"
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    assert "Disallow: /*/rooms/*?" in lines
    assert lines[-1] == "Sitemap: https://servicetorg.example.fi/sitemap.xml"


def test_security_txt_says_whom_to_write_and_never_expires_unnoticed(client, settings):
    settings.SECURITY_CONTACT = "mailto:security@example.fi"
    settings.SITE_URL = "https://servicetorg.example.fi"
    fields = dict(line.split(": ", 1) for line in client.get("/.well-known/security.txt").content.decode().splitlines())
    expires_at = datetime.fromisoformat(fields.pop("Expires"))
    assert timedelta(days=80) < expires_at - timezone.now() < timedelta(days=366)
    assert fields == {
        "Contact": "mailto:security@example.fi",
        "Preferred-Languages": "sv, fi, en",
        "Canonical": "https://servicetorg.example.fi/.well-known/security.txt",
    }


def addresses_in_sitemap(client):
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    return {
        url.findtext("s:loc", namespaces=names): {
            link.get("hreflang"): link.get("href") for link in url.findall("x:link", names)
        }
        for url in tree.findall("s:url", names)
    }


def test_the_sitemap_has_every_published_page_in_three_languages(client, settings, kalajarvi, hall, library):
    settings.SITE_URL = "https://servicetorg.example.fi"
    make_room(kalajarvi, "cellar", is_published=False)
    make_listing(kalajarvi, "closed-down", is_published=False)
    addresses = addresses_in_sitemap(client)
    assert sorted(address for address in addresses if "/fi/" in address) == [
        f"https://servicetorg.example.fi/fi/{path}"
        for path in (
            "",
            "about/accessibility/",
            "about/open-data/",
            "about/privacy/",
            "hubs/compare/",
            "hubs/kalajarvi/",
            "hubs/kalajarvi/library/",
            "hubs/kalajarvi/planner/",
            "hubs/kalajarvi/year/",
            "rooms/",
            "rooms/kalajarvi/hall/",
            "services/",
        )
    ]
    assert addresses["https://servicetorg.example.fi/sv/hubs/kalajarvi/"] == {
        "sv": "https://servicetorg.example.fi/sv/hubs/kalajarvi/",
        "fi": "https://servicetorg.example.fi/fi/hubs/kalajarvi/",
        "en": "https://servicetorg.example.fi/en/hubs/kalajarvi/",
        "x-default": "https://servicetorg.example.fi/hubs/kalajarvi/",
    }


def test_the_sitemap_says_when_a_page_was_last_changed(client, kalajarvi, library):
    for model in (Category, Hub, Listing, Provider, Service, Timetable):
        model.objects.update(changed_at=TUESDAY)
    Timetable.objects.filter(pk=kalajarvi.timetable_id).update(changed_at=TUESDAY + timedelta(days=1))
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    changed = {url.findtext("s:loc", None, names): url.findtext("s:lastmod", None, names) for url in tree}
    # The library follows the hours of its house.
    assert changed["http://localhost:8000/sv/hubs/kalajarvi/library/"] == "2026-11-25"
    assert changed["http://localhost:8000/sv/"] is None


@pytest.mark.parametrize("address", ["/sv/", "/admin/login/", "/robots.txt", "/sv/nowhere/", "/sv/?q=%00"])
@pytest.mark.django_db
def test_every_answer_carries_the_same_safety_headers(client, address):
    headers = client.get(address).headers
    assert headers["Content-Security-Policy"] == CSP
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=a%00b&x=1", "q=%ff", "q=%c3", "%00=1", "q=" + "a" * 5000],
    ids=["nul", "nul inside", "no text", "half a letter", "nul in a name", "too long"],
)
@pytest.mark.parametrize("language", ["sv", "fi", "en"])
@pytest.mark.django_db
def test_a_query_that_cannot_be_read_is_explained_in_the_readers_language(client, query, language):
    response = client.get(f"/{language}/services/?{query}")
    assert response.status_code == 400
    assert re.search(rf'<html[^>]* lang="{language}"', response.content.decode())
    with translation.override(language):
        assert (
            gettext("The address contains characters that cannot be read, or is too long.") in response.content.decode()
        )


@pytest.mark.django_db
def test_a_nul_in_the_path_is_refused(client):
    assert client.get("/sv/hubs/a%00b/").status_code == 400


@pytest.mark.django_db
def test_text_of_every_alphabet_is_let_through(client):
    assert client.get("/sv/", {"q": "bröllop ümläüt 🎉 зал"}).status_code == 200


@pytest.mark.django_db
def test_a_nul_hidden_in_a_cookie_is_forgotten(client):
    response = client.get("/sv/", headers={"cookie": 'sessionid="\\000aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"'})
    assert response.status_code == 200


@pytest.mark.django_db
def test_pages_travel_compressed(client, kalajarvi):
    plain = client.get("/sv/").content

    answer = client.get("/sv/", headers={"accept-encoding": "gzip"})

    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < len(plain) / 2
