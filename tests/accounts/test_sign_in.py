import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from tests import cast

pytestmark = pytest.mark.django_db
NEXT = "/sv/about/privacy/"


def ask_for_code(client: Client, email: str, language: str = "sv", **data: str) -> str:
    """Ask for a code as a visitor does and return the one that was mailed."""
    response = client.post(f"/{language}/accounts/login/", {"email": email, **data})
    assert response.status_code == 302, response.content.decode()
    return code_in(mail.outbox[-1].body)


def code_in(text: str) -> str:
    (code,) = re.findall(r"^\d{6}$", text, re.MULTILINE)
    return code


def fill_in(client: Client, code: str, language: str = "sv", **data: str):
    return client.post(f"/{language}/accounts/login/code/", {"code": code, **data})


def who(client: Client) -> str | None:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key).email if key else None


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "111111"


def test_a_resident_signs_in_with_the_code_from_the_mail(client: Client, resident: User) -> None:
    code = ask_for_code(client, resident.email)
    assert who(client) is None
    fill_in(client, code, next=NEXT)
    assert who(client) == resident.email
    assert mail.outbox[-1].to == [resident.email]


def test_the_first_code_makes_the_account_in_the_language_of_the_page(client: Client) -> None:
    code = ask_for_code(client, "New.Person@Example.com", "fi")
    assert not User.objects.exists()
    fill_in(client, code, "fi", next=NEXT)
    person = User.objects.get()
    assert (person.email, person.language, person.is_staff) == ("new.person@example.com", "fi", False)
    assert not person.has_usable_password()
    assert who(client) == person.email


def test_known_and_unknown_addresses_get_the_same_page_and_the_same_mail(client: Client, resident: User) -> None:
    pages, mails = [], []
    for email in (resident.email, "nobody@example.com"):
        code = ask_for_code(client, email)
        page = client.get(reverse("account_confirm_login_code")).content.decode()
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page).replace(email, "…"))
        mails.append((mail.outbox[-1].subject + mail.outbox[-1].body).replace(code, "…"))
    assert pages[0] == pages[1]
    assert mails[0] == mails[1]


def test_an_address_is_the_same_in_any_case(client: Client, resident: User) -> None:
    assert User.objects.join(resident.email.upper(), language="fi") == resident
    fill_in(client, ask_for_code(client, resident.email.upper()), next=NEXT)
    assert who(client) == resident.email
    assert User.objects.count() == 1


def test_a_letter_that_only_looks_alike_is_another_address(client: Client) -> None:
    cast.make_user("staff@example.com")
    ask_for_code(client, "ſtaff@example.com")
    assert mail.outbox[-1].to == ["ſtaff@example.com"]
    fill_in(client, code_in(mail.outbox[-1].body), next=NEXT)
    assert who(client) == "ſtaff@example.com"


def test_what_the_session_holds_survives_signing_in(client: Client, resident: User) -> None:
    client.get("/sv/accounts/login/")
    session = client.session
    session["held"] = "ABCDEFGH23"
    session.save()
    before = session.session_key
    fill_in(client, ask_for_code(client, resident.email), next=NEXT)
    assert client.session["held"] == "ABCDEFGH23"
    assert client.session.session_key != before


@pytest.mark.parametrize(
    ("target", "lands"),
    [(NEXT, NEXT), ("https://elsewhere.example/", "/sv/bookings/"), ("//elsewhere.example/", "/sv/bookings/")],
    ids=["our own page", "another site", "another site without a scheme"],
)
def test_the_visitor_returns_to_where_they_were_and_never_elsewhere(
    client: Client, resident: User, target: str, lands: str
) -> None:
    page = client.get("/sv/accounts/login/", {"next": target}).content.decode()
    assert (f'name="next" value="{target}"' in page) == (target == NEXT)
    code = ask_for_code(client, resident.email, next=target)
    assert fill_in(client, code, next=target).url == lands


@pytest.mark.parametrize(
    ("target", "lands"), [(NEXT, NEXT), ("abc", "abc"), ("home", "home"), ("//elsewhere.example/", "/sv/bookings/")]
)
def test_who_is_signed_in_already_is_led_on(as_resident: Client, target: str, lands: str) -> None:
    for step in ("", "code/"):
        assert as_resident.get(f"/sv/accounts/login/{step}", {"next": target}).headers["Location"] == lands


def test_the_address_to_return_to_is_kept_through_every_step(client: Client, resident: User) -> None:
    sent = client.post("/sv/accounts/login/", {"email": resident.email, "next": NEXT})
    page = client.get(sent.url).content.decode()
    assert sent.url == f"/sv/accounts/login/code/?next={NEXT.replace('/', '%2F')}"
    assert page.count(f'name="next" value="{NEXT}"') == 2  # sign in, and send a new code
    again = client.post("/sv/accounts/login/code/again/", {"next": NEXT})
    assert again.url == sent.url


@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_the_mail_is_in_the_language_of_the_page(client: Client, resident: User, language: str) -> None:
    code = ask_for_code(client, resident.email, language)
    with translation.override(language):
        hello = translation.gettext("Hello,")
    assert mail.outbox[-1].body.startswith(hello)
    assert code in mail.outbox[-1].subject
    assert "10" in mail.outbox[-1].body


def test_a_wrong_code_says_what_to_do_and_may_be_corrected(client: Client, resident: User) -> None:
    code = ask_for_code(client, resident.email)
    with translation.override("en"):
        response = fill_in(client, wrong(code), "en")
    assert "not the code we sent last" in response.content.decode()
    assert who(client) is None
    fill_in(client, code, next=NEXT)
    assert who(client) == resident.email


def test_five_wrong_codes_end_the_attempt(client: Client, resident: User) -> None:
    code = ask_for_code(client, resident.email)
    responses = [fill_in(client, wrong(code)) for _ in range(5)]
    assert [response.status_code for response in responses] == [200, 200, 200, 200, 302]
    fill_in(client, code)
    assert who(client) is None


def test_a_code_that_has_expired_says_so_and_offers_a_new_one(client: Client, resident: User) -> None:
    with time_machine.travel(cast.TUESDAY, tick=False):
        code = ask_for_code(client, resident.email, "en")
    with time_machine.travel(cast.TUESDAY + timedelta(minutes=10, seconds=1), tick=False):
        response = client.post("/en/accounts/login/code/", {"code": code, "next": NEXT}, follow=True)
    assert who(client) is None
    assert "The code has expired" in response.content.decode()
    assert response.redirect_chain == [(f"/en/accounts/login/?next={NEXT.replace('/', '%2F')}", 302)]


def test_a_code_is_good_for_ten_minutes(client: Client, resident: User) -> None:
    with time_machine.travel(cast.TUESDAY, tick=False):
        code = ask_for_code(client, resident.email)
    with time_machine.travel(cast.TUESDAY + timedelta(minutes=9, seconds=59), tick=False):
        fill_in(client, code, next=NEXT)
    assert who(client) == resident.email


def test_a_code_works_once_and_in_its_own_browser_only(client: Client, resident: User) -> None:
    code = ask_for_code(client, resident.email)
    other = Client()
    fill_in(other, code)
    assert who(other) is None
    fill_in(client, code, next=NEXT)
    client.post("/sv/accounts/logout/")
    fill_in(client, code)
    assert who(client) is None


def test_a_new_code_replaces_the_earlier_one(client: Client, resident: User) -> None:
    first = ask_for_code(client, resident.email)
    client.post("/sv/accounts/login/code/again/")
    second = code_in(mail.outbox[-1].body)
    assert len(mail.outbox) == 2
    if first != second:
        fill_in(client, first)
        assert who(client) is None
    fill_in(client, second, next=NEXT)
    assert who(client) == resident.email


def test_a_mistyped_address_can_be_put_right(client: Client, resident: User) -> None:
    ask_for_code(client, "residnet@example.com")
    assert client.get("/sv/accounts/login/").status_code == 200
    fill_in(client, ask_for_code(client, resident.email), next=NEXT)
    assert who(client) == resident.email


def test_a_closed_account_learns_so_only_after_the_right_code(client: Client) -> None:
    closed = cast.make_user("closed@example.com", is_active=False)
    response = fill_in(client, ask_for_code(client, closed.email), next=NEXT)
    assert response.url == reverse("account_inactive")
    assert who(client) is None
    assert client.get(response.url).status_code == 403


def test_too_many_codes_for_one_address_are_refused(resident: User) -> None:
    statuses = [Client().post("/sv/accounts/login/", {"email": resident.email}).status_code for _ in range(4)]
    assert statuses == [302, 302, 302, 429]
    assert len(mail.outbox) == 3
    assert Client().post("/sv/accounts/login/", {"email": "other@example.com"}).status_code == 302


@pytest.mark.parametrize("page", ["login/code/again/", "login/"])
def test_who_asks_too_often_is_led_to_the_field_for_the_last_code(client: Client, resident: User, page: str) -> None:
    codes = [ask_for_code(client, resident.email) for _ in range(3)]
    response = client.post(f"/sv/accounts/{page}", {"email": resident.email, "next": NEXT}, follow=True)
    assert response.redirect_chain[-1][0].startswith("/sv/accounts/login/code/?next=")
    assert [message.level_tag for message in response.context["messages"]] == ["warning"]
    assert len(mail.outbox) == 3
    fill_in(client, codes[-1], next=NEXT)
    assert who(client) == resident.email


def test_asking_again_counts_against_the_same_limit(client: Client, resident: User) -> None:
    ask_for_code(client, resident.email)
    for _ in range(3):
        client.post("/sv/accounts/login/code/again/")
    assert len(mail.outbox) == 3
    assert Client().post("/sv/accounts/login/", {"email": resident.email}).status_code == 429


@pytest.mark.parametrize(
    "email",
    [
        "",
        "no address",
        "a@b",
        "x" * 10_000 + "@example.com",
        "nul\x00@example.com",
        "😀@example.com",
        "a@example.com\nBcc: b@example.com",
    ],
    ids=["empty", "no at sign", "no domain", "far too long", "NUL", "emoji", "another header"],
)
def test_what_is_no_address_is_asked_for_again(client: Client, email: str) -> None:
    response = client.post("/sv/accounts/login/", {"email": email})
    assert response.status_code in (200, 400)
    assert mail.outbox == []


@pytest.mark.parametrize("code", ["", "x" * 10_000, "12345\x00", "😀"], ids=["empty", "far too long", "NUL", "emoji"])
def test_what_is_no_code_is_asked_for_again(client: Client, resident: User, code: str) -> None:
    ask_for_code(client, resident.email)
    assert fill_in(client, code).status_code in (200, 400)
    assert who(client) is None


def test_a_mail_server_that_is_away_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("accounts.adapter.AccountAdapter.send_mail", away)
    response = client.post("/en/accounts/login/", {"email": "resident@example.com"})
    assert response.status_code == 503
    assert "could not be sent just now" in response.content.decode()
    assert "resident@example.com" in response.content.decode()


def test_signing_out_needs_a_post(as_resident: Client, resident: User) -> None:
    assert as_resident.get("/sv/accounts/logout/").status_code == 200
    assert who(as_resident) == resident.email
    as_resident.post("/sv/accounts/logout/")
    assert who(as_resident) is None


def test_whoever_is_signed_in_is_sent_on(as_resident: Client) -> None:
    assert as_resident.get("/sv/accounts/login/", {"next": NEXT}).url == NEXT
    assert as_resident.get("/sv/accounts/login/code/", {"next": NEXT}).url == NEXT


@pytest.mark.parametrize(
    "path", ["signup", "password/reset", "password/change", "email", "confirm-email", "reauthenticate"]
)
def test_pages_that_are_not_offered_do_not_exist(client: Client, path: str) -> None:
    assert client.get(f"/sv/accounts/{path}/").status_code == 404


def test_two_windows_at_once_make_one_account() -> None:
    first = User.objects.join("Same@example.com", language="sv")
    second = User.objects.join("same@example.com", language="fi")
    assert first == second
    assert second.language == "sv"
