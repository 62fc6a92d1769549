"""The secret addresses of calendars, on the person's own page."""

import pytest
from django.test import Client

from accounts.calendar_links import Purpose, make_token
from accounts.models import User
from hubs.models import Hub
from tests.pages.client import Fetch

pytestmark = pytest.mark.django_db

DETAILS = "/en/accounts/"
RENEW = "/en/accounts/calendar/renew/"


def test_the_page_shows_the_address_to_subscribe_and_to_copy(page: Fetch, as_resident: Client, resident: User) -> None:
    shown = page(DETAILS, as_=as_resident)
    path = f"/calendar/{make_token(resident, Purpose.OWN)}.ics"
    assert shown.links["Subscribe in your calendar"] == f"webcal://localhost:8000{path}"
    assert shown.all("input", id="calendar-address")[0].attributes["value"] == f"http://localhost:8000{path}"
    assert "Calendars for the staff" not in shown.text


def test_an_editor_finds_the_hubs_they_edit(
    page: Fetch, as_kalajarvi_editor: Client, kalajarvi_editor: User, iso_omena: Hub
) -> None:
    shown = page(DETAILS, as_=as_kalajarvi_editor)
    path = f"/calendar/{make_token(kalajarvi_editor, Purpose.STAFF)}/kalajarvi.ics"
    assert shown.links["Subscribe in your calendar to Kalajärvi Service Centre"] == f"webcal://localhost:8000{path}"
    assert "iso-omena.ics" not in shown.html


def test_a_city_administrator_finds_every_hub(
    page: Fetch, as_city_administrator: Client, kalajarvi: Hub, iso_omena: Hub
) -> None:
    html = page(DETAILS, as_=as_city_administrator).html
    assert "/kalajarvi.ics" in html
    assert "/iso-omena.ics" in html


def test_new_addresses_replace_the_old(page: Fetch, client: Client, as_resident: Client) -> None:
    before = page(DETAILS, as_=as_resident).all("input", id="calendar-address")[0].attributes["value"]
    response = as_resident.post(RENEW)
    assert response.headers["Location"] == "/en/accounts/#calendar"
    shown = page(DETAILS, as_=as_resident)
    after = shown.all("input", id="calendar-address")[0].attributes["value"]
    assert "The calendar has new addresses." in shown.main
    statuses = [client.get(address.removeprefix("http://localhost:8000")).status_code for address in (before, after)]
    assert statuses == [410, 200]


def test_a_look_renews_nothing(as_resident: Client, client: Client, resident: User) -> None:
    assert as_resident.get(RENEW).status_code == 405
    assert client.post(RENEW).headers["Location"].startswith("/en/accounts/login/")
    resident.refresh_from_db()
    assert resident.calendar_version == 0


def test_the_token_stays_out_of_the_log(client: Client, resident: User, caplog: pytest.LogCaptureFixture) -> None:
    token = make_token(resident, Purpose.OWN)
    with caplog.at_level("INFO", logger="servicetorg.requests"):
        client.get(f"/calendar/{token}.ics")
    (line,) = [record for record in caplog.records if record.name == "servicetorg.requests"]
    assert vars(line)["path"] == "/calendar/<token>.ics"
