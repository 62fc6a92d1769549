from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from hubs.models import Hub
from rooms.models import Room
from services.models import Listing
from servicetorg.reports.models import Report, ReportState
from tests import cast
from tests.conftest import signed_in
from tests.reports.conftest import make_report

pytestmark = pytest.mark.django_db
LIST = "/admin/servicetorg/report/"


def change(report: Report) -> str:
    return reverse("admin:servicetorg_report_change", args=[report.pk])


def reports_in(browser: Client, **query: str) -> list[Report]:
    return list(browser.get(LIST, query).context["cl"].result_list)


def test_editors_see_the_reports_of_their_own(
    library: Listing, iso_omena: Hub, kalajarvi_editor: User, provider_editor: User
) -> None:
    other_provider = cast.make_provider("kela")
    elsewhere = make_report(cast.make_listing(iso_omena, "kela", provider=other_provider))
    of_hub, of_listing = make_report(library.hub), make_report(library)

    assert reports_in(signed_in(kalajarvi_editor)) == [of_listing, of_hub]
    assert reports_in(signed_in(provider_editor)) == [of_listing]
    assert signed_in(provider_editor).get(change(elsewhere)).status_code == 404


def test_the_front_page_counts_what_waits_for_whom(
    as_kalajarvi_editor: Client, library: Listing, iso_omena: Hub
) -> None:
    make_report(library)
    make_report(iso_omena)

    to_do = dict(as_kalajarvi_editor.get("/admin/").context["to_do"])
    assert len(to_do) == 1
    assert reports_in(as_kalajarvi_editor, state="new") == [Report.objects.get(listing=library)]
    assert f"{LIST}?state=new" in to_do


def test_an_answer_in_the_admin_is_mailed_and_final(
    as_kalajarvi_editor: Client, kalajarvi_editor: User, hall: Room, mailoutbox: list[Any]
) -> None:
    report = make_report(hall)
    mailoutbox.clear()
    page = as_kalajarvi_editor.get(change(report)).content.decode()
    assert "finder@example.com" not in page
    assert hall.get_absolute_url() in page
    assert reverse("admin:hubs_timetable_change", args=[hall.timetable_id]) in page

    as_kalajarvi_editor.post(change(report), {"state": "right", "answer": "We looked."})

    report.refresh_from_db()
    assert (report.state, report.answer, report.answered_by) == ("right", "We looked.", kalajarvi_editor)
    assert [message.to for message in mailoutbox] == [["finder@example.com"]]
    assert as_kalajarvi_editor.post(change(report), {"state": "declined", "answer": "No."}).status_code == 403
    report.refresh_from_db()
    assert report.state == ReportState.RIGHT


@pytest.mark.parametrize(
    ("data", "field"),
    [({"state": "", "answer": ""}, "state"), ({"state": "declined", "answer": ""}, "answer")],
    ids=["nothing", "no-reason"],
)
def test_a_bad_answer_in_the_admin_says_what_to_do(
    as_kalajarvi_editor: Client, library: Listing, data: dict[str, str], field: str
) -> None:
    report = make_report(library)

    response = as_kalajarvi_editor.post(change(report), data)

    assert list(response.context["adminform"].form.errors) == [field]
    assert Report.objects.get().is_waiting


def test_nobody_adds_a_report_in_the_admin(as_city_administrator: Client, library: Listing) -> None:
    assert as_city_administrator.get(f"{LIST}add/").status_code == 403


def test_the_list_asks_the_same_number_of_questions_for_one_row_and_for_three(
    as_city_administrator: Client, library: Listing, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_report(library)
    as_city_administrator.get(LIST)
    with CaptureQueriesContext(connection) as few:
        as_city_administrator.get(LIST)
    make_report(hall)
    make_report(library.hub)
    with django_assert_num_queries(len(few)):
        as_city_administrator.get(LIST)
