"""What every page has around it."""

import pytest
from django.test import Client

from hubs.models import Hub
from tests.pages.client import Fetch

pytestmark = pytest.mark.any_database


def test_the_switch_keeps_the_page_and_the_query(page: Fetch, kalajarvi: Hub) -> None:
    links = page("/sv/search/?q=bok&x=1").links

    assert links["Suomi"] == "/fi/search/?q=bok&x=1"
    assert links["English"] == "/en/search/?q=bok&x=1"
    assert "Svenska" not in links


@pytest.mark.parametrize("slash", ["/", "%2F", "%2f"])
def test_whoever_switches_while_signing_in_goes_on_in_the_language_chosen(page: Fetch, db: None, slash: str) -> None:
    links = page(f"/sv/accounts/login/?a=/sv/&next={slash}sv{slash}bookings{slash}%3Fpage%3D2").links

    assert links["Suomi"] == f"/fi/accounts/login/?a=/sv/&next={slash}fi{slash}bookings{slash}%3Fpage%3D2"


def test_the_switch_says_in_which_language_it_speaks(page: Fetch) -> None:
    suomi = next(link for link in page("/sv/").all("a") if link.text == "Suomi")

    assert suomi.attributes["lang"] == suomi.attributes["hreflang"] == "fi"


def test_the_switch_leads_to_an_address_whatever_was_typed_into_this_one(page: Fetch) -> None:
    suomi = next(link for link in page('/sv/search/?q="{a}').all("a") if link.text == "Suomi")

    assert suomi.attributes["href"] == "/fi/search/?q=%22%7Ba%7D"


def test_search_engines_learn_of_the_three_languages(page: Fetch, kalajarvi: Hub) -> None:
    alternates = page("/fi/hubs/kalajarvi/").all("link", rel="alternate")

    in_languages = [each.attributes for each in alternates if "hreflang" in each.attributes]
    assert {each["hreflang"]: each["href"] for each in in_languages} == {
        "sv": "http://localhost:8000/sv/hubs/kalajarvi/",
        "fi": "http://localhost:8000/fi/hubs/kalajarvi/",
        "en": "http://localhost:8000/en/hubs/kalajarvi/",
        "x-default": "http://localhost:8000/hubs/kalajarvi/",
    }


def test_the_current_page_is_marked_in_the_menu(page: Fetch) -> None:
    marked = [link.attributes["href"] for link in page("/sv/services/").all("a", **{"aria-current": "page"})]

    assert marked == ["/sv/services/"]


def test_a_page_within_a_section_marks_the_section(page: Fetch, kalajarvi: Hub) -> None:
    marked = [link.attributes["href"] for link in page("/sv/hubs/kalajarvi/").all("a", **{"aria-current": "true"})]

    assert marked == ["/sv/"]


def test_the_demo_says_on_every_page_that_it_is_one(page: Fetch, kalajarvi: Hub) -> None:
    assert "This is a demo" not in page("/en/").text

    Hub.objects.update(is_example=True)

    assert "This is a demo: times and rooms are examples." in page("/en/about/privacy/").text


def test_somebody_signed_in_can_sign_out(page: Fetch, as_resident: Client) -> None:
    links = page("/en/", as_=as_resident).links
    assert links["Sign out"] == "/en/accounts/logout/"
    assert links["My details"] == "/en/accounts/"
    assert page("/en/").links["Sign in"] == "/en/accounts/login/"


def test_a_visit_leaves_no_cookie(client: Client, db: None) -> None:
    assert client.get("/sv/").cookies == {}


class TestLanguage:
    @pytest.mark.parametrize(
        ("cookie", "accepted", "expected"),
        [
            pytest.param("", "", "/sv/", id="Swedish where nothing speaks"),
            pytest.param("", "fi-FI,fi;q=0.9,en;q=0.8", "/fi/", id="the browser's"),
            pytest.param("", "de,fr;q=0.5", "/sv/", id="Swedish for the rest of the world"),
            pytest.param("", "de,en;q=0.3", "/en/", id="the first we speak"),
            pytest.param("en", "fi", "/en/", id="the cookie before the browser"),
            pytest.param("xx", "fi", "/fi/", id="an unknown cookie is nothing"),
            pytest.param("", "\x80;q=", "/sv/", id="nonsense"),
        ],
    )
    def test_the_first_page(self, client: Client, cookie: str, accepted: str, expected: str) -> None:
        client.cookies["django_language"] = cookie

        response = client.get("/", headers={"Accept-Language": accepted})

        assert response["Location"] == expected
        assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))

    def test_using_the_switch_is_remembered(self, client: Client, db: None) -> None:
        client.get("/fi/", headers={"Referer": "http://testserver/sv/"})

        assert client.get("/")["Location"] == "/fi/"

    @pytest.mark.parametrize(
        "referer",
        ["", "http://testserver/fi/services/", "http://elsewhere.example/sv/", "http://[", "http://testserver/admin/"],
    )
    def test_merely_visiting_is_not(self, client: Client, db: None, referer: str) -> None:
        response = client.get("/fi/", headers={"Referer": referer})

        assert "django_language" not in response.cookies

    def test_an_address_without_a_language_leads_to_ones_own(self, client: Client, kalajarvi: Hub) -> None:
        response = client.get("/hubs/kalajarvi/", headers={"Accept-Language": "fi"})

        assert response["Location"] == "/fi/hubs/kalajarvi/"


class TestColorScheme:
    def test_it_is_remembered_and_leads_back(self, client: Client, page: Fetch) -> None:
        response = client.post("/color-scheme/", {"scheme": "dark", "next": "/fi/services/?q=a"})

        assert response["Location"] == "/fi/services/?q=a"
        assert page("/fi/").all("html")[0].attributes["data-color-scheme"] == "dark"

    def test_automatic_forgets(self, client: Client, page: Fetch) -> None:
        client.post("/color-scheme/", {"scheme": "dark"})
        client.post("/color-scheme/", {"scheme": "auto"})

        assert page("/fi/").all("html")[0].attributes["data-color-scheme"] == "auto"

    @pytest.mark.parametrize(
        "there", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "", "\\\\evil"]
    )
    def test_it_never_leads_elsewhere(self, client: Client, there: str) -> None:
        assert client.post("/color-scheme/", {"scheme": "dark", "next": there})["Location"] == "/"

    def test_a_made_up_scheme_is_nothing(self, client: Client, page: Fetch) -> None:
        client.post("/color-scheme/", {"scheme": "<script>"})
        client.cookies["color_scheme"] = '"><script>'

        assert page("/fi/").all("html")[0].attributes["data-color-scheme"] == "auto"

    def test_only_post_changes_it(self, client: Client) -> None:
        assert client.get("/color-scheme/").status_code == 405
