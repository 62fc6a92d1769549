"""The admin as a whole: signing in, language, look, lists, people."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from hubs.models import Hub, Notice, Timetable
from rooms import booking as verbs
from rooms.models import Equipment, Room
from rooms.rules import BookingDetails
from services.models import Listing
from tests import cast
from tests.admin.browser import filled_in
from tests.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
LOGIN = "/admin/login/?next=/admin/"


def enter(client: Client, user: User, password: str = cast.PASSWORD) -> Any:
    return client.post(LOGIN, {"username": user.email, "password": password})


def test_staff_sign_in_with_a_password(client: Client, city_administrator: User) -> None:
    assert enter(client, city_administrator).url == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_guessing_passwords_is_stopped(client: Client, city_administrator: User) -> None:
    statuses = [enter(client, city_administrator, f"guess {n}").status_code for n in range(11)]
    assert statuses == [200] * 10 + [429]
    assert enter(client, city_administrator).status_code == 429
    assert client.get(LOGIN).status_code == 200


def test_signing_in_often_is_no_guessing(client: Client, city_administrator: User) -> None:
    for _ in range(12):
        assert enter(client, city_administrator).status_code == 302
        client.post("/admin/logout/")


def test_a_residents_code_does_not_open_the_admin(client: Client, city_administrator: User, mailoutbox: Any) -> None:
    client.post("/sv/accounts/login/", {"email": city_administrator.email})
    code = next(line for line in mailoutbox[0].body.splitlines() if line.isdigit())
    client.post("/sv/accounts/login/code/", {"code": code, "next": "/sv/about/privacy/"})
    assert client.session["_auth_user_id"] == str(city_administrator.pk)
    assert client.get("/admin/rooms/booking/").status_code == 302
    assert enter(client, city_administrator).status_code == 302
    assert client.get("/admin/rooms/booking/").status_code == 200


@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_the_admin_speaks_the_staff_members_language(
    as_city_administrator: Client, city_administrator: User, language: str
) -> None:
    User.objects.filter(pk=city_administrator.pk).update(language=language)
    response = as_city_administrator.get("/admin/", headers={"accept-language": "de"})
    assert f'<html lang="{language}"' in response.content.decode()


def test_the_switch_in_the_header_changes_the_language(as_city_administrator: Client) -> None:
    page = as_city_administrator.get("/admin/").content.decode()
    assert 'action="/i18n/setlang/"' in page
    response = as_city_administrator.post("/i18n/setlang/", {"language": "fi", "next": "/admin/rooms/room/"})
    assert response.url == "/admin/rooms/room/"
    assert '<html lang="fi"' in as_city_administrator.get("/admin/rooms/room/").content.decode()


PAGES = [
    "",
    "services/listing/",
    "services/listing/add/",
    "rooms/booking/add/",
    "rooms/closure/add/",
    "rooms/closure/assistant/",
    "rooms/room/add/",
]


@pytest.mark.parametrize("page", PAGES)
def test_pages_hold_no_inline_script_or_style(as_city_administrator: Client, library: Listing, page: str) -> None:
    html = as_city_administrator.get(f"/admin/{page}").content.decode()
    assert "style=" not in html
    assert "<style" not in html
    assert "<script>" not in html
    assert "onclick=" not in html


def bookings(room: Room, number: int) -> None:
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    for day in range(1, number + 1):
        person = cast.make_user(f"person{room.slug}{day}@example.com")
        verbs.book_room(
            room=room,
            starts_at=noon + timedelta(days=day),
            ends_at=noon + timedelta(days=day, hours=1),
            resident=person,
            details=BookingDetails(people=2, name="Name"),
            actor=person,
            at=timezone.now(),
        )


@pytest.mark.parametrize(
    "model",
    [
        "services_listing",
        "services_service",
        "services_provider",
        "rooms_room",
        "rooms_booking",
        "rooms_closure",
        "accounts_user",
    ],
)
def test_a_list_asks_the_same_number_of_questions_for_one_row_and_for_three(
    as_city_administrator: Client, kalajarvi: Hub, django_assert_num_queries: DjangoAssertNumQueries, model: str
) -> None:
    def more(n: int) -> None:
        room = cast.make_room(kalajarvi, f"room-{n}")
        service = cast.make_service(f"service-{n}")
        provider = cast.make_provider(f"provider-{n}")
        cast.make_listing(kalajarvi, f"listing-{n}", service=service, provider=provider)
        bookings(room, 1)
        later = timezone.now() + timedelta(days=5)
        ends = later + timedelta(hours=1)
        verbs.close_room(room=room, starts_at=later, ends_at=ends, reason={"sv": "x"}, actor=None, at=timezone.now())

    address = reverse(f"admin:{model}_changelist")
    more(1)
    as_city_administrator.get(address)
    with CaptureQueriesContext(connection) as few:
        as_city_administrator.get(address)
    more(2)
    more(3)
    with django_assert_num_queries(len(few)):
        as_city_administrator.get(address)


def test_a_listings_languages_are_ticked(as_city_administrator: Client, library: Listing) -> None:
    where = reverse("admin:services_listing_change", args=[library.pk])
    data = filled_in(as_city_administrator.get(where))
    assert as_city_administrator.post(where, {**data, "languages": ["sv", "fse"]}).status_code == 302
    library.refresh_from_db()
    assert library.languages == ["sv", "fse"]
    response = as_city_administrator.post(where, {**data, "languages": ["klingon"]})
    assert response.context["adminform"].form.errors.keys() == {"languages"}


def test_a_listing_shows_no_notice_of_another_hub(
    as_city_administrator: Client, library: Listing, iso_omena: Hub
) -> None:
    span = {"starts_at": cast.TUESDAY, "ends_at": cast.helsinki(2026, 12, 1)}
    there = Notice.objects.create(hub=iso_omena, title_sv="Hissen står", **span)
    where = reverse("admin:services_listing_change", args=[library.pk])

    response = as_city_administrator.post(where, {**filled_in(as_city_administrator.get(where)), "notices": [there.pk]})

    assert "notices" in response.context["adminform"].form.errors
    assert not library.notices.exists()


def test_a_language_is_ticked_for_some_weekdays(as_city_administrator: Client, library: Listing) -> None:
    where = reverse("admin:services_listing_change", args=[library.pk])
    data = filled_in(as_city_administrator.get(where))
    every_day = [f"en-{day}" for day in range(1, 8)]
    posted = {**data, "languages": ["fi"], "language_days": ["sv-4", "sv-2", *every_day]}
    assert as_city_administrator.post(where, posted).status_code == 302
    library.refresh_from_db()
    assert (library.languages, library.language_days) == (["sv", "fi"], {"sv": [2, 4]})
    assert filled_in(as_city_administrator.get(where))["language_days"] == ["sv-2", "sv-4"]


@pytest.mark.parametrize("who", ["as_kalajarvi_editor", "as_city_administrator"])
def test_one_press_confirms_the_hours_of_a_listing(
    request: pytest.FixtureRequest, kalajarvi_editor: User, library: Listing, who: str
) -> None:
    browser = request.getfixturevalue(who)
    where = reverse("admin:services_listing_change", args=[library.pk])
    data = filled_in(browser.get(where))
    assert browser.post(where, {**data, "_confirm": "1"}).url == where
    library.timetable.refresh_from_db()
    assert timezone.localdate(library.timetable.confirmed_at) == timezone.localdate()


def test_the_hours_of_several_listings_are_confirmed_in_the_list(
    as_city_administrator: Client, kalajarvi: Hub, library: Listing
) -> None:
    other = cast.make_listing(kalajarvi, "other")
    chosen = {"action": "confirm_hours_today", "_selected_action": [library.pk, other.pk]}
    as_city_administrator.post(reverse("admin:services_listing_changelist"), chosen)
    for listing in (library, other):
        listing.timetable.refresh_from_db()
        assert listing.timetable.confirmed_at is not None
    kalajarvi.timetable.refresh_from_db()
    assert kalajarvi.timetable.confirmed_at is None


def test_services_that_are_deleted_together_take_their_hours_along(
    as_city_administrator: Client, kalajarvi: Hub, library: Listing
) -> None:
    chosen = [library.pk, cast.make_listing(kalajarvi, "clinic").pk]
    data = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    as_city_administrator.post(reverse("admin:services_listing_changelist"), data)
    assert not Listing.objects.exists()
    assert list(Timetable.objects.all()) == [kalajarvi.timetable]


def test_missing_texts_are_seen_and_found(as_city_administrator: Client, kalajarvi: Hub, library: Listing) -> None:
    Listing.objects.filter(pk=library.pk).update(summary_sv="S", summary_fi="S", summary_en="")
    whole = cast.make_listing(kalajarvi, "whole", **cast.three_languages("summary", "S", "S", "S"))
    address = reverse("admin:services_listing_changelist")
    assert list(as_city_administrator.get(address, {"missing": "en"}).context["cl"].result_list) == [library]
    assert list(as_city_administrator.get(address, {"missing": "fi"}).context["cl"].result_list) == []
    assert whole in as_city_administrator.get(address, {"missing": "xx"}).context["cl"].result_list


def test_a_listing_leads_to_its_opening_hours(as_city_administrator: Client, library: Listing) -> None:
    page = as_city_administrator.get(reverse("admin:services_listing_change", args=[library.pk])).content.decode()
    assert reverse("admin:hubs_timetable_change", args=[library.timetable_id]) in page


def test_a_new_room_and_listing_get_their_hours(
    as_city_administrator: Client, kalajarvi: Hub, library: Listing
) -> None:
    where = reverse("admin:rooms_room_add")
    data = filled_in(as_city_administrator.get(where))
    data |= {"hub": kalajarvi.pk, "slug": "stage", "name_sv": "Scenen", "kind": "stage", "capacity": 30}
    response = as_city_administrator.post(where, data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert Room.objects.get(slug="stage").timetable.fallback == kalajarvi.timetable


def test_a_text_in_swedish_is_required(as_city_administrator: Client) -> None:
    response = as_city_administrator.post(reverse("admin:rooms_equipment_add"), {"slug": "piano", "order": 0})
    assert response.context["adminform"].form.errors.keys() == {"name_sv"}
    as_city_administrator.post(reverse("admin:rooms_equipment_add"), {"slug": "piano", "order": 0, "name_sv": "Piano"})
    assert Equipment.objects.get().name_sv == "Piano"


def test_deleting_a_listing_takes_its_hours_along(as_city_administrator: Client, library: Listing) -> None:
    timetable = library.timetable
    as_city_administrator.post(reverse("admin:services_listing_delete", args=[library.pk]), {"post": "yes"})
    assert not Listing.objects.exists()
    assert not type(timetable).objects.filter(pk=timetable.pk).exists()


def test_somebody_is_made_staff_and_given_a_password(as_city_administrator: Client, resident: User) -> None:
    where = reverse("admin:accounts_user_change", args=[resident.pk])
    data = {"email": "Resident@Example.com", "name": "Eva", "phone": "", "language": "fi", "is_active": "on"}
    assert as_city_administrator.post(where, {**data, "is_staff": "on"}).status_code == 302
    password = {"usable_password": "true", "password1": "long enough phrase 9", "password2": "long enough phrase 9"}
    as_city_administrator.post(reverse("admin:auth_user_password_change", args=[resident.pk]), password)
    resident.refresh_from_db()
    assert (resident.email, resident.is_staff, resident.language) == ("resident@example.com", True, "fi")
    assert resident.check_password("long enough phrase 9")


def test_a_person_is_added_without_a_password(as_city_administrator: Client) -> None:
    data = {"email": "New@Example.com", "name": "Nils", "language": "sv", "usable_password": "false"}
    response = as_city_administrator.post(reverse("admin:accounts_user_add"), data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    person = User.objects.get(email="new@example.com")
    assert not person.has_usable_password()


def test_no_address_belongs_to_two_people(as_city_administrator: Client, resident: User) -> None:
    data = {"email": "RESIDENT@example.com", "language": "sv", "usable_password": "false"}
    response = as_city_administrator.post(reverse("admin:accounts_user_add"), data)
    assert response.context["adminform"].form.errors.keys() == {"email"}


def test_a_city_administrator_does_not_become_a_superuser(
    as_city_administrator: Client, city_administrator: User
) -> None:
    where = reverse("admin:accounts_user_change", args=[city_administrator.pk])
    data = {"email": city_administrator.email, "language": "sv", "is_active": "on", "is_staff": "on"}
    as_city_administrator.post(where, {**data, "is_city_administrator": "on", "is_superuser": "on"})
    city_administrator.refresh_from_db()
    assert (city_administrator.is_city_administrator, city_administrator.is_superuser) == (True, False)


def test_a_superuser_is_out_of_reach_for_everybody_else(as_city_administrator: Client) -> None:
    technician = User.objects.create_superuser("root@example.com", cast.PASSWORD)
    for page in ("admin:accounts_user_change", "admin:auth_user_password_change"):
        assert as_city_administrator.get(reverse(page, args=[technician.pk])).status_code in (403, 404)
    assert "root@example.com" not in as_city_administrator.get("/admin/accounts/user/").content.decode()
    assert signed_in(technician).get("/admin/accounts/user/").content.decode().count("root@example.com") > 0
