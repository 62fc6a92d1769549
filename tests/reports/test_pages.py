from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from hubs.models import Hub
from rooms.models import Room
from services.models import Listing
from servicetorg.reports.links import answer_report_link
from servicetorg.reports.models import Report, ReportState
from servicetorg.reports.verbs import answer_report
from tests import cast
from tests.pages.client import Fetch
from tests.reports.conftest import make_report

pytestmark = pytest.mark.any_database

FORM = "/en/reports/hubs/kalajarvi/library/"
FILLED_IN = {"what": "hours", "text": "It closed at 16.", "email": "", "homepage": ""}


def path_of(link: str) -> str:
    return urlsplit(link).path


# --- Telling it --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/en/hubs/kalajarvi/", "/en/reports/hubs/kalajarvi/"),
        ("/en/hubs/kalajarvi/library/", FORM),
        ("/en/rooms/kalajarvi/hall/", "/en/reports/rooms/kalajarvi/hall/"),
    ],
    ids=["hub", "listing", "room"],
)
def test_every_page_leads_to_the_form_about_it(page: Fetch, library: Listing, hall: Room, path: str, form: str) -> None:
    shown = page(path)

    assert shown.links["Is something wrong here? Tell us"] == form
    assert page(form).links[shown.h1] == path


def test_a_report_leads_to_the_page_that_tells_what_became_of_it(client: Client, page: Fetch, library: Listing) -> None:
    response = client.post(FORM, FILLED_IN)

    report = Report.objects.get()
    assert (report.about, report.what, report.language) == (library, "hours", "en")
    assert response.url == f"/en/reports/{report.reference}/?new="
    outcome = page(response.url)
    assert outcome.h1 == "Thank you, we have got it"
    assert page(response.url.removesuffix("?new=")).texts("h2") == ["The staff have not answered yet."]
    assert "It closed at 16." in outcome.main


def test_reports_about_hubs_and_rooms_do_not_ask_about_appointments(page: Fetch, library: Listing, hall: Room) -> None:
    def choices(path: str) -> list[str]:
        return [radio.attributes["value"] for radio in page(path).all("input", type="radio")]

    assert "appointment" in choices(FORM)
    assert "appointment" not in choices("/en/reports/hubs/kalajarvi/")
    assert "appointment" not in choices("/en/reports/rooms/kalajarvi/hall/")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"what": ""}, "Choose what is wrong."),
        ({"what": "everything"}, "everything is not one of the available choices"),
        ({"text": "  "}, "Tell in a few words what is wrong."),
        ({"text": "a" * 1001}, "at most 1000 characters"),
        ({"text": "a\x00b"}, "Null characters are not allowed."),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"homepage": "https://casino.example"}, "Please send it again."),
    ],
    ids=["no-kind", "unknown-kind", "no-words", "long", "null", "address", "program"],
)
def test_bad_input_says_what_to_do(page: Fetch, library: Listing, changes: dict[str, str], words: str) -> None:
    shown = page(FORM, data={**FILLED_IN, **changes})

    assert words in shown.main
    assert shown.title.startswith("Error:")
    assert not Report.objects.exists()


def test_the_trap_for_programs_is_empty_again_when_the_form_comes_back(page: Fetch, library: Listing) -> None:
    (field,) = page(FORM, data={**FILLED_IN, "homepage": "x"}).all("input", name="homepage")

    assert "value" not in field.attributes
    assert field.attributes["tabindex"] == "-1"


def test_nobody_reports_without_end(client: Client, page: Fetch, library: Listing) -> None:
    for number in range(10):
        assert client.post(FORM, {**FILLED_IN, "text": f"Mistake {number}"}).status_code == 302

    page(FORM, status=429, data=FILLED_IN)
    assert Report.objects.count() == 10


def test_a_form_without_its_token_is_refused(library: Listing) -> None:
    assert Client(enforce_csrf_checks=True).post(FORM, FILLED_IN).status_code == 403


@pytest.mark.parametrize(
    "path", ["hubs/nowhere/", "hubs/kalajarvi/nothing/", "rooms/kalajarvi/nothing/", "ABCDEFGHJK/"]
)
def test_what_is_not_there_is_a_helpful_404(page: Fetch, library: Listing, path: str) -> None:
    page(f"/en/reports/{path}", status=404)


def test_nothing_can_be_reported_about_what_is_not_published(page: Fetch, library: Listing) -> None:
    Hub.objects.update(is_published=False)

    page(FORM, status=404)


# --- What became of it -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ReportState.RIGHT, "The staff checked the opening hours on Tuesday 24 November: they are right."),
        (ReportState.CORRECTED, "The staff corrected the opening hours on Tuesday 24 November."),
        (ReportState.DECLINED, "The staff answered on Tuesday 24 November and left the page as it is."),
    ],
)
def test_the_outcome_is_told(page: Fetch, library: Listing, state: ReportState, words: str) -> None:
    report = make_report(library)
    answer_report(report=report, state=state, answer="See the door.", actor=None, at=cast.TUESDAY)

    shown = page(f"/en/reports/{report.reference}/")

    assert shown.texts("h2") == [words]
    assert "See the door." in shown.main
    assert "finder@example.com" not in shown.html


def test_the_outcome_names_what_is_no_longer_published_without_leading_there(page: Fetch, library: Listing) -> None:
    report = make_report(library)
    Listing.objects.update(is_published=False)

    shown = page(f"/en/reports/{report.reference}/")

    assert "Kalajärvi Library" in shown.main
    assert "Kalajärvi Library" not in shown.links


def test_the_outcome_is_kept_by_nobody_on_the_way_and_found_by_no_search(client: Client, library: Listing) -> None:
    response = client.get(f"/en/reports/{make_report(library).reference}/")

    assert "no-store" in response.headers["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in response.content.decode()


@pytest.mark.parametrize("about", ["library", "hall"])
def test_the_number_of_queries_is_small(
    request: pytest.FixtureRequest, client: Client, about: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    report = make_report(request.getfixturevalue(about))
    with django_assert_num_queries(2):
        client.get(f"/en/reports/{report.reference}/")


# --- Answering by the link in the mail -----------------------------------------------------------------


@pytest.fixture
def link(library: Listing, kalajarvi_editor: User) -> str:
    return path_of(answer_report_link(make_report(library), kalajarvi_editor))


def test_following_the_link_changes_nothing_and_shows_no_address(client: Client, page: Fetch, link: str) -> None:
    shown = page(link.replace("/sv/", "/en/"))
    client.head(link)

    assert shown.texts("button", "button")[1:] == ["I have corrected it", "The page is right", "We leave it as it is"]
    assert "finder@example.com" not in shown.html
    assert shown.links["Correct it in the administration"].startswith("/admin/services/listing/")
    assert shown.links["Correct the opening hours in the administration"].startswith("/admin/hubs/timetable/")
    assert Report.objects.get().is_waiting


def test_a_press_answers_once_and_the_link_then_says_so(
    client: Client, page: Fetch, link: str, kalajarvi_editor: User
) -> None:
    link = link.replace("/sv/", "/en/")
    response = client.post(link, {"state": "corrected", "answer": ""})

    assert page(response.url).h1 == "The report is answered"
    report = Report.objects.get()
    assert (report.state, report.answered_by) == (ReportState.CORRECTED, kalajarvi_editor)
    gone = page(link, status=410)
    assert "The staff corrected the opening hours on Tuesday 24 November." in gone.main
    assert page(link, status=410, data={"state": "right"}).h1 == gone.h1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"state": "", "answer": ""}, "Choose what you answer."),
        ({"state": "new", "answer": ""}, "Choose what you answer."),
        ({"state": "declined", "answer": " "}, "Say why you do not change it."),
        ({"state": "right", "answer": "a" * 501}, "at most 500 characters"),
    ],
    ids=["nothing", "no-answer", "no-reason", "long"],
)
def test_a_bad_answer_says_what_to_do(page: Fetch, link: str, data: dict[str, str], words: str) -> None:
    assert words in page(link.replace("/sv/", "/en/"), data=data).main
    assert Report.objects.get().is_waiting


def test_the_link_of_a_mailbox_answers_in_nobodys_name(client: Client, library: Listing) -> None:
    link = path_of(answer_report_link(make_report(library), None))
    client.post(link, {"state": "right", "answer": ""})

    report = Report.objects.get()
    assert (report.state, report.answered_by) == (ReportState.RIGHT, None)


def test_an_editor_who_has_left_answers_nothing_any_more(page: Fetch, link: str, kalajarvi: Hub) -> None:
    kalajarvi.editors.clear()

    page(link, status=404)
    page(link, status=404, data={"state": "right", "answer": ""})


def test_the_link_of_an_editor_whose_account_is_gone_does_not_become_the_mailboxs(
    page: Fetch, link: str, kalajarvi_editor: User
) -> None:
    kalajarvi_editor.delete()

    page(link, status=404, data={"state": "right", "answer": ""})
    assert Report.objects.get().is_waiting


def test_the_link_is_dead_after_sixty_days(page: Fetch, link: str, clock: Any) -> None:
    clock.shift(timedelta(days=60))

    assert "still waits for an answer" in page(link.replace("/sv/", "/en/"), status=410).main


@pytest.mark.parametrize("token", ["forged", "a" * 401, "WyJBIiwwXQ:x"])
def test_a_forged_link_is_a_helpful_404(page: Fetch, library: Listing, token: str) -> None:
    assert "not complete" in page(f"/en/links/report/{token}/", status=404).main


def test_pages_refuse_other_methods(client: Client, link: str) -> None:
    report = Report.objects.get()
    assert client.post(report.get_absolute_url()).status_code == 405
    assert client.put(FORM).status_code == 405
    assert client.put(link).status_code == 405
