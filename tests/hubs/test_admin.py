"""What staff do with hubs, hours and notices in the admin."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from hubs.enums import HolidayRule
from hubs.models import Hub, Notice, Period, RegularGroup, SpecialDay, Timetable
from hubs.special_days import seed_special_days
from hubs.wording import DASH
from rooms.models import Room
from services.models import Listing
from tests import cast
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


@pytest.fixture
def staff() -> Client:
    # Which permissions a role gives is tested with the accounts.
    return signed_in(User.objects.create_superuser("staff@example.com", cast.PASSWORD, language="sv"))


def hours_page(timetable: Timetable) -> str:
    return reverse("admin:hubs_timetable_change", args=[timetable.pk])


def period_post(timetable: Timetable, **fields: object) -> dict[str, object]:
    span = {
        "spans-TOTAL_FORMS": 1,
        "spans-INITIAL_FORMS": 0,
        "spans-0-weekdays": ["0", "4"],
        "spans-0-opens": "10:00",
        "spans-0-closes": "14:00",
        "spans-0-mode": "staffed",
    }
    period = {
        "timetable": timetable.pk,
        "kind": "season",
        "first_day": "2026-12-01",
        "last_day": "2026-12-31",
        "special_day": "",
        "week_parity": "every",
    }
    return {**period, **span, **fields}


def test_the_list_names_the_owner_of_each_timetable(staff: Client, hall: Room, library: Listing) -> None:
    html = staff.get(reverse("admin:hubs_timetable_changelist")).text

    assert all(str(owner) in html for owner in (hall.hub, hall, library))


def test_the_list_asks_as_often_for_many_as_for_one(staff: Client, kalajarvi: Hub) -> None:
    url = reverse("admin:hubs_timetable_changelist")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            staff.get(url)
        return len(captured)

    alone = queries()
    for number in range(3):
        cast.make_room(kalajarvi, f"room-{number}")
        cast.make_listing(kalajarvi, f"listing-{number}")

    assert queries() == alone


def test_the_hours_page_shows_periods_and_four_weeks(staff: Client, kalajarvi: Hub) -> None:
    html = staff.get(hours_page(kalajarvi.timetable)).text

    assert re.findall(r"<caption>\s*(?:Week|Vecka) (\d+)", html) == ["48", "49", "50", "51"]
    assert f"mån{DASH}sön kl. 8{DASH}20" in html


def test_the_hours_page_warns_of_special_days_that_must_be_decided(staff: Client, kalajarvi: Hub) -> None:
    SpecialDay.objects.create(date=date(2026, 12, 24), key="christmas_eve", name="Julafton", changes_hours=True)
    timetable = kalajarvi.timetable
    timetable.holiday_rule = HolidayRule.MUST_BE_DECIDED
    timetable.save()

    page = staff.get(hours_page(timetable))
    found = staff.get(reverse("admin:hubs_timetable_changelist"), {"undecided": "yes"})

    assert "torsdag 24 december 2026" in page.text
    assert list(found.context["cl"].queryset) == [timetable]


def test_the_list_of_undecided_timetables_leaves_out_the_decided(staff: Client, kalajarvi: Hub) -> None:
    found = staff.get(reverse("admin:hubs_timetable_changelist"), {"undecided": "yes"})

    assert list(found.context["cl"].queryset) == []


@pytest.mark.parametrize("owner", ["kalajarvi", "hall", "library"])
def test_a_timetable_cannot_be_deleted_or_added_by_itself(
    staff: Client, owner: str, request: pytest.FixtureRequest
) -> None:
    timetable = request.getfixturevalue(owner).timetable

    assert staff.get(reverse("admin:hubs_timetable_delete", args=[timetable.pk])).status_code == 403
    assert staff.get(reverse("admin:hubs_timetable_add")).status_code == 403


def test_a_period_is_added_with_weekday_boxes_and_leads_back_to_the_hours(staff: Client, kalajarvi: Hub) -> None:
    response = staff.post(reverse("admin:hubs_period_add"), period_post(kalajarvi.timetable))

    period = Period.objects.get(kind="season")
    [span] = period.spans.all()
    assert response.url == hours_page(kalajarvi.timetable)
    assert (span.weekdays, span.opens, span.closes) == (0b0010001, time(10), time(14))


def test_a_deleted_period_leads_back_to_the_hours(staff: Client, kalajarvi: Hub) -> None:
    period = kalajarvi.timetable.periods.get()

    response = staff.post(reverse("admin:hubs_period_delete", args=[period.pk]), {"post": "yes"})

    assert response.url == hours_page(kalajarvi.timetable)
    assert not kalajarvi.timetable.periods.exists()


def test_the_form_of_a_period_shows_its_weekdays_checked(staff: Client, kalajarvi: Hub) -> None:
    period = cast.set_hours(
        kalajarvi.timetable, {"tue sun": ("8:00", "16:00")}, kind="season", first_day=date(2026, 6, 1)
    )

    html = staff.get(reverse("admin:hubs_period_change", args=[period.pk])).text

    boxes = re.findall(r'<input type="checkbox" name="spans-0-weekdays" value="(\d)"[^>]*checked', html)
    assert boxes == ["1", "6"]


def test_a_period_without_weekdays_says_what_to_do(staff: Client, kalajarvi: Hub) -> None:
    with translation.override("en"):
        staff.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        response = staff.post(
            reverse("admin:hubs_period_add"), period_post(kalajarvi.timetable, **{"spans-0-weekdays": []})
        )

    assert "Choose at least one weekday." in response.text
    assert not Period.objects.filter(kind="season").exists()


def test_a_period_that_overlaps_is_refused_with_the_name_of_the_other(staff: Client, kalajarvi: Hub) -> None:
    cast.set_hours(kalajarvi.timetable, {}, kind="season", first_day=date(2026, 12, 24))
    staff.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    response = staff.post(reverse("admin:hubs_period_add"), period_post(kalajarvi.timetable))

    assert "These days overlap the period “season 2026-12-24–” of the same kind." in response.text
    assert Period.objects.filter(kind="season").count() == 1


def test_a_period_added_to_hours_that_are_there_is_an_exception_unless_one_says_otherwise(
    staff: Client, kalajarvi: Hub
) -> None:
    hours = reverse("admin:hubs_timetable_change", args=[kalajarvi.timetable_id])
    link = re.search(r'href="([^"]*period/add/[^"]*)"', staff.get(hours).text)
    assert link is not None

    form = staff.get(link[1].replace("&amp;", "&")).context["adminform"].form

    assert (form["kind"].value(), form["timetable"].value()) == ("exception", str(kalajarvi.timetable_id))


def test_a_special_day_is_chosen_by_its_name(staff: Client, kalajarvi: Hub) -> None:
    seed_special_days([2026, 2027])
    page = staff.get(reverse("admin:hubs_period_add"), {"timetable": kalajarvi.timetable_id}).text
    fields = {"kind": "exception", "first_day": "", "last_day": "", "special_day": "may_day_eve"}

    staff.post(reverse("admin:hubs_period_add"), period_post(kalajarvi.timetable, **fields))

    assert page.count(">Valborgsmässoafton</option>") == 1
    assert Period.objects.get(special_day="may_day_eve").spans.count() == 1


def test_hours_outside_the_house_are_saved_with_a_warning(staff: Client, library: Listing) -> None:
    staff.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    early = period_post(library.timetable, **{"spans-0-opens": "06:45"})

    response = staff.post(reverse("admin:hubs_period_add"), early)

    [warning, _success] = [str(message) for message in get_messages(response.wsgi_request)]
    assert "outside the hub's own hours, the first time on Friday 4 December" in warning
    assert library.timetable.periods.count() == 1


def test_hours_inside_the_house_give_no_warning(staff: Client, library: Listing) -> None:
    response = staff.post(reverse("admin:hubs_period_add"), period_post(library.timetable))

    assert len(list(get_messages(response.wsgi_request))) == 1


def test_the_button_confirms_the_hours_today(staff: Client, kalajarvi: Hub) -> None:
    timetable = kalajarvi.timetable

    response = staff.post(hours_page(timetable), {"fallback": "", "holiday_rule": "as_usual", "_confirm": "1"})

    timetable.refresh_from_db()
    assert response.url == hours_page(timetable)
    assert timetable.confirmed_at == cast.TUESDAY
    assert timetable.confirmed_by.email == "staff@example.com"
    assert timetable.holiday_rule == HolidayRule.AS_USUAL


def test_the_action_confirms_those_chosen(staff: Client, hall: Room, library: Listing) -> None:
    chosen = {"action": "confirm_hours_today", "_selected_action": [hall.timetable_id]}

    staff.post(reverse("admin:hubs_timetable_changelist"), chosen)

    assert list(Timetable.objects.filter(confirmed_at=cast.TUESDAY)) == [hall.timetable]


def test_a_circle_of_fallbacks_is_refused(staff: Client, kalajarvi: Hub, hall: Room) -> None:
    staff.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    circle = {"fallback": hall.timetable_id, "holiday_rule": "closed"}

    response = staff.post(hours_page(kalajarvi.timetable), circle)

    assert "These hours would follow themselves in a circle." in response.text


def test_the_hubs_page_leads_to_its_hours_and_shows_three_languages(staff: Client, kalajarvi: Hub) -> None:
    html = staff.get(reverse("admin:hubs_hub_change", args=[kalajarvi.pk])).text

    assert f'href="{hours_page(kalajarvi.timetable)}"' in html
    assert all(f'name="name_{language}"' in html for language in ("sv", "fi", "en"))


def test_a_hub_is_changed_with_answers_about_accessibility_and_keeps_its_history(staff: Client, kalajarvi: Hub) -> None:
    url = reverse("admin:hubs_hub_change", args=[kalajarvi.pk])
    form = staff.get(url).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    values = {name: "" if value is None else value for name, value in values.items()}

    answers = {"accessibility_lift": "yes", "accessibility_hearing_loop": "no", "accessibility_door_width": "90"}
    response = staff.post(url, {**values, **answers, "editors": []})

    kalajarvi.refresh_from_db()
    assert response.status_code == 302
    assert kalajarvi.accessibility == {"lift": True, "hearing_loop": False, "door_width": 90}
    assert kalajarvi.history.first().history_user.email == "staff@example.com"


def test_a_hub_is_added_with_hours_that_can_be_given_afterwards(staff: Client) -> None:
    html = staff.get(reverse("admin:hubs_hub_add")).text

    assert 'name="slug"' in html


# --- Roles ------------------------------------------------------------------------------------


def test_a_hub_editor_reaches_the_hours_of_the_own_hub_only(
    as_kalajarvi_editor: Client, hall: Room, library: Listing, iso_omena: Hub
) -> None:
    own = [hall.hub.timetable, hall.timetable, library.timetable]
    period = cast.set_hours(iso_omena.timetable, {}, kind="season")

    listed = as_kalajarvi_editor.get(reverse("admin:hubs_timetable_changelist")).context["cl"].queryset

    assert set(listed) == set(own)
    assert [as_kalajarvi_editor.get(hours_page(timetable)).status_code for timetable in own] == [200, 200, 200]
    assert as_kalajarvi_editor.get(hours_page(iso_omena.timetable)).status_code == 404
    assert as_kalajarvi_editor.get(reverse("admin:hubs_period_change", args=[period.pk])).status_code == 404


def test_a_hub_editor_cannot_add_hours_to_another_hub(as_kalajarvi_editor: Client, iso_omena: Hub) -> None:
    response = as_kalajarvi_editor.post(reverse("admin:hubs_period_add"), period_post(iso_omena.timetable))

    assert "timetable" in response.context["adminform"].form.errors
    assert not iso_omena.timetable.periods.filter(kind="season").exists()


def test_a_provider_editor_cannot_lose_the_house_that_a_listing_follows(library: Listing) -> None:
    editor = cast.make_user("provider@example.com", is_staff=True)
    library.provider.editors.add(editor)

    response = signed_in(editor).post(hours_page(library.timetable), {"fallback": "", "holiday_rule": "as_usual"})

    library.timetable.refresh_from_db()
    assert response.status_code == 302
    assert library.timetable.fallback == library.hub.timetable
    assert library.timetable.holiday_rule == HolidayRule.AS_USUAL


def test_a_hub_editor_edits_the_hub_but_not_its_address_or_editors(as_kalajarvi_editor: Client, kalajarvi: Hub) -> None:
    fields = as_kalajarvi_editor.get(reverse("admin:hubs_hub_change", args=[kalajarvi.pk])).context["adminform"].form

    assert "name_sv" in fields.fields
    assert not {"slug", "editors"} & set(fields.fields)


# --- Notices and special days -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "expected"), [("now", ["now"]), ("later", ["later"]), ("past", ["past"]), ("", ["later", "now", "past"])]
)
def test_notices_are_filtered_by_when_they_are_shown(
    staff: Client, kalajarvi: Hub, shown: str, expected: list[str]
) -> None:
    for title, days in (("past", -3), ("now", 0), ("later", 3)):
        starts_at = cast.TUESDAY + timedelta(days=days)
        Notice.objects.create(hub=kalajarvi, title=title, starts_at=starts_at, ends_at=starts_at + timedelta(days=1))

    found = staff.get(reverse("admin:hubs_notice_changelist"), {"shown": shown} if shown else {})

    assert sorted(notice.title for notice in found.context["cl"].queryset) == expected


def test_special_days_are_filtered_by_year(staff: Client) -> None:
    seed_special_days([2026, 2027])

    found = staff.get(reverse("admin:hubs_specialday_changelist"), {"year": "2027"})

    assert {day.date.year for day in found.context["cl"].queryset} == {2027}


@pytest.mark.parametrize("page", ["hub_add", "notice_add", "period_add", "specialday_add", "hub_changelist"])
def test_no_page_needs_what_the_security_policy_forbids(staff: Client, page: str) -> None:
    html = staff.get(reverse(f"admin:hubs_{page}")).text

    assert not re.search(r' (style|on[a-z]+)=|<script(?![^>]* src="/)|(src|href)="(https?:)?//', html)


# --- Regular groups ---------------------------------------------------------------------------


def test_a_hub_editor_writes_down_a_group_that_has_agreed(staff: Client, kalajarvi: Hub) -> None:
    group = {"name_sv": "Språkkafé", "weekdays": ["1", "3"], "week_parity": "every", "starts": "17:30", "ends": "19:00"}
    days = {"first_day": "2026-09-01", "last_day": "2026-12-18", "agreed_on": "2026-08-20"}

    response = staff.post(reverse("admin:hubs_regulargroup_add"), {"hub": kalajarvi.pk, **group, **days})

    assert response.status_code == 302
    found = RegularGroup.objects.get()
    assert (found.weekdays, found.meets_on(date(2026, 11, 24)), found.meets_on(date(2026, 11, 25))) == (10, True, False)


@pytest.mark.parametrize(
    "wrong",
    [{"weekdays": []}, {"ends": "17:00"}, {"last_day": "2026-08-01"}, {"last_day": ""}, {"agreed_on": ""}],
    ids=["no weekday", "ends before it starts", "over before it begins", "no end", "has not agreed"],
)
def test_a_group_that_makes_no_sense_is_refused(staff: Client, kalajarvi: Hub, wrong: dict[str, Any]) -> None:
    group = {"name_sv": "Språkkafé", "weekdays": ["1"], "week_parity": "every", "starts": "17:30", "ends": "19:00"}
    days = {"first_day": "2026-09-01", "last_day": "2026-12-18", "agreed_on": "2026-08-20"}

    response = staff.post(reverse("admin:hubs_regulargroup_add"), {"hub": kalajarvi.pk, **group, **days, **wrong})

    assert response.status_code == 200
    assert not RegularGroup.objects.exists()
