import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_my_details_are_shown_and_changed(as_resident: Client, resident: User) -> None:
    assert resident.email in as_resident.get("/sv/accounts/").content.decode()
    response = as_resident.post("/sv/accounts/", {"name": "Minna Möller", "phone": "050 123", "language": "fi"})
    resident.refresh_from_db()
    assert (resident.name, resident.phone, resident.language) == ("Minna Möller", "050 123", "fi")
    assert response.url == "/fi/accounts/"


def test_nothing_else_can_be_changed_there(as_resident: Client, resident: User) -> None:
    forged = {"is_staff": "on", "is_superuser": "on", "is_city_administrator": "on", "email": "other@example.com"}
    as_resident.post("/sv/accounts/", {"name": "M", "phone": "", "language": "sv", **forged})
    resident.refresh_from_db()
    assert (resident.is_staff, resident.is_superuser, resident.is_city_administrator) == (False, False, False)
    assert resident.email == "resident@example.com"


def test_an_error_keeps_what_was_typed(as_resident: Client, resident: User) -> None:
    page = as_resident.post("/en/accounts/", {"name": "n" * 200, "phone": "1", "language": "sv"}).content.decode()
    assert "n" * 200 in page
    assert "<title>Error:" in page


def test_visitors_are_asked_to_sign_in(client: Client) -> None:
    assert client.get("/sv/accounts/").url == "/sv/accounts/login/?next=/sv/accounts/"
