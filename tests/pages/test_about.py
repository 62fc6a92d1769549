import pytest
from django.test import Client
from pytest_django import Settings

from servicetorg.models import InfoPage
from tests.pages.client import Fetch

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/sv/about/accessibility/", "Tillgänglighetsutlåtande"),
        ("/fi/about/accessibility/", "Saavutettavuusseloste"),
        ("/en/about/accessibility/", "Accessibility statement"),
        ("/sv/about/privacy/", "Dataskydd"),
        ("/fi/about/privacy/", "Tietosuoja"),
        ("/en/about/privacy/", "Privacy"),
        ("/sv/about/open-data/", "Öppna data"),
        ("/fi/about/open-data/", "Avoin data"),
        ("/en/about/open-data/", "Open data"),
    ],
)
def test_each_has_a_text_to_begin_with(page: Fetch, path: str, heading: str) -> None:
    InfoPage.objects.all().delete()

    assert page(path).h1 == heading


@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_the_statement_names_the_authority(page: Fetch, language: str) -> None:
    assert "Traficom" in page(f"/{language}/about/accessibility/").main


def test_the_text_of_the_staff_is_shown_instead(page: Fetch) -> None:
    InfoPage.objects.update_or_create(
        slug="privacy", defaults={"title_en": "Your data", "body_en": "## Short\n\n- little"}
    )

    privacy = page("/en/about/privacy/")

    assert privacy.h1 == "Your data"
    assert privacy.texts("h2") == ["Short"]


def test_markdown_never_becomes_a_script(page: Fetch) -> None:
    body = "<script>alert(1)</script>\n\n[press](javascript:alert(1))"
    InfoPage.objects.update_or_create(slug="privacy", defaults={"title_en": "Data", "body_en": body})

    privacy = page("/en/about/privacy/")

    assert [script for script in privacy.all("script") if "src" not in script.attributes] == []
    assert "press" not in privacy.links


def test_a_text_in_another_language_says_so(page: Fetch) -> None:
    InfoPage.objects.all().delete()
    InfoPage.objects.create(slug="privacy", title_fi="Tietosuoja", body_fi="Lyhyesti.")

    privacy = page("/sv/about/privacy/")

    assert [each.text for each in privacy.all("div", lang="fi")] == ["Lyhyesti."]


def test_they_can_only_be_read(client: Client, db: None) -> None:
    assert client.post("/sv/about/privacy/").status_code == 405


@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_the_privacy_notice_tells_the_days_that_are_set_and_leads_to_ones_own_data(
    page: Fetch, settings: Settings, language: str
) -> None:
    settings.RETENTION_DAYS = 123
    privacy = page(f"/{language}/about/privacy/")
    assert privacy.main.count("123") == 4
    assert "{" not in privacy.main
    assert f"/{language}/accounts/data/" in privacy.links.values()
