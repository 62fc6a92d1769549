from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.shortcuts import render
from django.test import Client, RequestFactory
from django.utils import translation

from tests.pages.client import Fetch, Page

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(("language", "suomi"), [("sv", "/fi/nix/"), ("en", "/fi/nix/")])
def test_a_lost_visitor_finds_a_way_on(page: Fetch, language: str, suomi: str) -> None:
    lost = page(f"/{language}/nix/", status=404)

    assert lost.links["Suomi"] == suomi
    assert f"/{language}/services/" in lost.links.values()
    assert lost.all("form", role="search")[0].attributes["action"] == f"/{language}/search/"


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429])
@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_every_error_has_a_page(rf: RequestFactory, db: None, status: int, language: str) -> None:
    request = rf.get(f"/{language}/somewhere/")
    request.resolver_match = None
    with translation.override(language):
        error = Page(render(request, f"{status}.html", status=status), request.path)

    assert error.problems() == []
    assert error.main != ""


def test_a_form_without_its_token_is_told_why(db: None) -> None:
    strict = Client(enforce_csrf_checks=True)

    response = strict.post("/en/accounts/login/", {"login": "a@example.com"})

    refused = Page(response, "/en/accounts/login/")
    assert response.status_code == 403
    assert refused.h1 == "The form could not be sent"
    assert refused.problems() == []


@pytest.mark.parametrize(
    ("error", "status", "heading"),
    [
        (ValueError("broken"), 500, "Something went wrong"),
        (OperationalError("the database is away"), 503, "The site is away for a moment"),
    ],
)
def test_a_fault_of_ours_says_so_without_the_database(error: Exception, status: int, heading: str) -> None:
    """No `db` fixture: a query here would fail the test."""
    client = Client(raise_request_exception=False)

    with patch("servicetorg.views.home.get_language_from_request", side_effect=error):
        response = client.get("/")

    assert response.status_code == status
    with translation.override("en"), patch("servicetorg.views.errors.language_of", return_value="en"):
        english = in_english(client, error)
    assert english.h1 == heading
    assert english.problems() == []


def in_english(client: Client, error: Exception) -> Page:
    with patch("servicetorg.views.home.get_language_from_request", side_effect=error):
        return Page(client.get("/"), "/en/")


def test_the_database_being_away_asks_to_come_back(client: Client) -> None:
    client.raise_request_exception = False
    with patch("servicetorg.views.home.get_language_from_request", side_effect=OperationalError):
        response = client.get("/")

    assert response["Retry-After"] == "60"


def test_an_address_nobody_can_read_is_a_400(page: Fetch) -> None:
    refused = page("/en/services/?q=%00", status=400)

    assert "cannot be read" in refused.main
    assert refused.response.headers["Content-Language"] == "en"
