from django.test import Client

from servicetorg.models import InfoPage
from tests.pages.client import Fetch


def test_a_city_administrator_edits_the_text(as_city_administrator: Client, page: Fetch) -> None:
    privacy = InfoPage.objects.get(slug="privacy")
    texts = {f"{name}_{code}": f"{name} {code}" for name in ("title", "body") for code in ("sv", "fi", "en")}

    as_city_administrator.post(f"/admin/servicetorg/infopage/{privacy.pk}/change/", texts)

    assert page("/fi/about/privacy/").h1 == "title fi"


def test_an_editor_of_one_hub_does_not(as_kalajarvi_editor: Client) -> None:
    privacy = InfoPage.objects.get(slug="privacy")

    assert as_kalajarvi_editor.get(f"/admin/servicetorg/infopage/{privacy.pk}/change/").status_code == 403


def test_the_pages_are_neither_added_nor_taken_away(as_city_administrator: Client) -> None:
    privacy = InfoPage.objects.get(slug="privacy")

    assert as_city_administrator.get("/admin/servicetorg/infopage/add/").status_code == 403
    assert as_city_administrator.post(f"/admin/servicetorg/infopage/{privacy.pk}/delete/").status_code == 403
