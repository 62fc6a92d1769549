from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from services.models import Listing
from servicetorg.models import SynonymGroup, ZeroHitQuery
from servicetorg.search import asked
from tests import cast
from tests.admin.browser import filled_in
from tests.cast import TUESDAY
from tests.pages.client import Fetch

pytestmark = pytest.mark.django_db


def kept() -> list[tuple[str, str, int]]:
    return list(ZeroHitQuery.objects.order_by("query", "language").values_list("query", "language", "count"))


def test_what_finds_nothing_is_counted_by_language(page: Fetch, library: Listing) -> None:
    for path in ("/sv/search/?q=Zebra", "/sv/search/?q=+zebra++", "/fi/search/?q=zebra", "/sv/services/?q=zebra"):
        page(path)

    assert kept() == [("zebra", "fi", 1), ("zebra", "sv", 3)]


def test_what_finds_something_is_not(page: Fetch, library: Listing) -> None:
    page("/en/search/?q=bibliotek")
    page("/en/search/?q=")
    page("/en/search/?q=bibliotek&open=now&day=2026-12-25")

    assert kept() == []


def test_a_guess_is_kept_with_what_was_guessed(page: Fetch, library: Listing) -> None:
    page("/en/search/?q=kirjatso")

    assert ZeroHitQuery.objects.get().guess == "kirjasto"


def test_unfinished_questions_are_not_kept(client: Client, library: Listing) -> None:
    client.get("/sv/search/suggestions/?q=zebr")
    client.head("/sv/search/?q=zebra")

    assert kept() == []


@pytest.mark.parametrize(
    "query",
    [
        "resident@example.com",
        "131052-308T",
        "040 123 4567",
        "050-1234567",
        "https://example.com/x",
        "1.2.1990 kl 8",
        "ring mig hem i kväll om min mamma",
        "zebra " * 20,
        "☃☃",
        "12",
        "a\u202eb",
        "a",
    ],
)
def test_what_may_tell_of_a_person_is_not_kept(query: str) -> None:
    asked.remember(query, language="sv", at=TUESDAY)

    assert kept() == []


def test_a_flood_of_nonsense_fills_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "MOST_KEPT", 2)
    for word in ("en", "två", "tre", "två"):
        asked.remember(word, language="sv", at=TUESDAY)

    assert kept() == [("en", "sv", 1), ("två", "sv", 2)]


def test_it_is_forgotten_after_90_days_without_being_asked_again() -> None:
    asked.remember("zebra", language="sv", at=TUESDAY)
    asked.remember("giraff", language="sv", at=TUESDAY)
    asked.remember("giraff", language="sv", at=TUESDAY + timedelta(days=60))

    assert asked.forget_old(at=TUESDAY + timedelta(days=90)) == 0
    assert asked.forget_old(at=TUESDAY + timedelta(days=91)) == 1
    assert kept() == [("giraff", "sv", 2)]


def test_nobody_is_in_the_table() -> None:
    assert {field.name for field in ZeroHitQuery._meta.get_fields()} == {
        "id", "query", "language", "guess", "count", "last_on",
    }  # fmt: skip


class TestStaff:
    LIST = "/admin/servicetorg/zerohitquery/"

    def test_see_it_and_are_led_to_a_filled_in_synonym(self, as_kalajarvi_editor: Client) -> None:
        asked.remember("gaddare & co", language="sv", at=TUESDAY)

        shown = as_kalajarvi_editor.get(self.LIST).content.decode()

        address = "/admin/servicetorg/synonymgroup/add/?words_sv=gaddare+%26+co"
        assert f'href="{address}"' in shown
        form = as_kalajarvi_editor.get(address).context["adminform"].form
        assert form["words_sv"].value() == "gaddare & co"

    def test_make_the_synonym_and_the_question_is_answered(
        self, as_kalajarvi_editor: Client, page: Fetch, library: Listing
    ) -> None:
        page("/en/search/?q=Boktempel")
        add = reverse("admin:servicetorg_synonymgroup_add")
        form = filled_in(as_kalajarvi_editor.get(f"{add}?words_sv=boktempel"))

        as_kalajarvi_editor.post(add, {**form, "words_sv": "boktempel,bibliotek ,", "words_fi": "kirjasto"})

        assert SynonymGroup.objects.get(words_sv__contains="boktempel").words_sv == "boktempel, bibliotek"
        assert kept() == []
        assert page("/en/search/?q=boktempel").texts("h3") == ["Kalajärvi Library"]

    def test_cannot_group_a_word_with_nothing(self, as_kalajarvi_editor: Client) -> None:
        as_kalajarvi_editor.cookies["django_language"] = "en"
        add = reverse("admin:servicetorg_synonymgroup_add")

        answer = as_kalajarvi_editor.post(add, {"words_sv": "boktempel, boktempel", "words_fi": " ", "words_en": ""})

        assert "two words" in str(answer.context["adminform"].form.errors)

    def test_are_told_on_the_front_page_what_is_asked_again_and_again(self, as_kalajarvi_editor: Client) -> None:
        as_kalajarvi_editor.cookies["django_language"] = "en"
        for word in ("zebra", "zebra", "giraff"):
            asked.remember(word, language="sv", at=TUESDAY)

        assert (self.LIST, "1 search that was made more than once found nothing") in [
            (href, str(words)) for href, words in as_kalajarvi_editor.get("/admin/").context["to_do"]
        ]

    def test_write_no_question_themselves(self, as_city_administrator: Client) -> None:
        assert as_city_administrator.get(f"{self.LIST}add/").status_code == 403

    def test_of_a_provider_do_not_see_it(self, client: Client) -> None:
        editor = cast.make_user("county@example.com", is_staff=True)
        cast.make_provider("county").editors.add(editor)
        client.force_login(editor, backend="accounts.backends.RoleBackend")

        assert client.get(self.LIST).status_code == 403
