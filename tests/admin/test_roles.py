"""Each role against each model: what it sees in lists, opens, chooses and forges."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import roles
from accounts.models import User
from hubs.models import Hub, Notice, Period
from rooms import booking as verbs
from rooms.models import Booking, Room
from rooms.rules import BookingDetails
from services.models import Listing, Provider
from tests import cast
from tests.admin.browser import choices_of, filled_in
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def county(db: None) -> Provider:
    return cast.make_provider("county", kind="county", **cast.three_languages("name", "Landskapet", "Alue", "County"))


@pytest.fixture
def county_editor(county: Provider) -> User:
    editor = cast.make_user("county@example.com", is_staff=True)
    county.editors.add(editor)
    return editor


@pytest.fixture
def own(kalajarvi: Hub, hall: Room, library: Listing, resident: User) -> dict[str, Any]:
    return things_of(kalajarvi, hall, library, resident)


@pytest.fixture
def foreign(iso_omena: Hub, another_resident: User) -> dict[str, Any]:
    return things_of(iso_omena, cast.make_room(iso_omena), cast.make_listing(iso_omena), another_resident)


def things_of(hub: Hub, room: Room, listing: Listing, person: User) -> dict[str, Any]:
    now = timezone.now()
    noon = timezone.localtime(now).replace(hour=12, minute=0, second=0, microsecond=0)
    tomorrow, later = noon + timedelta(days=1), noon + timedelta(days=2)
    booking = verbs.book_room(
        room=room,
        starts_at=tomorrow,
        ends_at=tomorrow + timedelta(hours=1),
        resident=person,
        details=BookingDetails(people=4, name=f"Name of {person.email}"),
        actor=person,
        at=now,
    )
    closure = verbs.close_room(
        room=room, starts_at=later, ends_at=later + timedelta(hours=2), reason={"sv": "Städning"}, actor=None, at=now
    )
    notice = Notice.objects.create(hub=hub, title_sv="Hissen", starts_at=now, ends_at=later)
    watch = verbs.start_watch(
        resident=person,
        people=4,
        minutes=60,
        weekdays="2",
        from_time=time(17),
        until_time=time(20),
        last_day=timezone.localdate(later),
        language="sv",
        room=room,
        at=now,
    )
    return {
        "hubs.hub": hub,
        "hubs.notice": notice,
        "hubs.timetable": listing.timetable,
        "hubs.period": cast.set_hours(listing.timetable, {"mon": ("8:00", "16:00")}),
        "services.listing": listing,
        "services.provider": listing.provider,
        "services.service": listing.service,
        "services.category": listing.service.category,
        "rooms.room": room,
        "rooms.booking": booking,
        "rooms.closure": closure,
        "rooms.watch": watch,
        "accounts.user": person,
    }


def address(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_{page}", args=args)


MODELS = [
    "hubs.hub",
    "hubs.notice",
    "hubs.timetable",
    "hubs.period",
    "services.listing",
    "services.provider",
    "services.service",
    "services.category",
    "rooms.room",
    "rooms.booking",
    "rooms.closure",
    "rooms.watch",
    "accounts.user",
]
OF_A_PROVIDER = {"hubs.timetable", "hubs.period", "services.listing"}
OF_A_HUB = OF_A_PROVIDER | {"hubs.hub", "hubs.notice", "rooms.room", "rooms.booking", "rooms.closure", "rooms.watch"}


def opened(browser: Client, things: dict[str, Any], page: str = "change") -> set[str]:
    """Return the models whose page of this thing is shown; every other one must be refused."""
    statuses = {model: browser.get(address(model, page, thing.pk)).status_code for model, thing in things.items()}
    assert set(statuses.values()) <= {200, 302, 403, 404}
    return {model for model, status in statuses.items() if status == 200}


def listed(browser: Client) -> set[str]:
    return {model for model in MODELS if browser.get(address(model, "changelist")).status_code == 200}


def test_a_city_administrator_opens_everything(
    as_city_administrator: Client, own: dict[str, Any], foreign: dict[str, Any]
) -> None:
    assert listed(as_city_administrator) == set(MODELS)
    assert opened(as_city_administrator, own) == set(MODELS)
    assert opened(as_city_administrator, foreign) == set(MODELS)


def test_a_hub_editor_opens_what_belongs_to_the_hub(as_kalajarvi_editor: Client, own: dict[str, Any]) -> None:
    assert listed(as_kalajarvi_editor) == OF_A_HUB
    assert opened(as_kalajarvi_editor, own) == OF_A_HUB


@pytest.mark.parametrize("page", ["change", "history", "delete"])
def test_a_hub_editor_never_opens_what_belongs_to_another_hub(
    as_kalajarvi_editor: Client, own: dict[str, Any], foreign: dict[str, Any], page: str
) -> None:
    assert opened(as_kalajarvi_editor, foreign, page) == set()


def test_lists_of_a_hub_editor_hold_the_own_hub_only(
    as_kalajarvi_editor: Client, own: dict[str, Any], foreign: dict[str, Any]
) -> None:
    lists = {m: as_kalajarvi_editor.get(address(m, "changelist")).context["cl"].queryset for m in OF_A_HUB}
    assert {model for model, rows in lists.items() if own[model] in rows} == OF_A_HUB
    assert {model for model, rows in lists.items() if foreign[model] in rows} == set()


def test_a_provider_editor_opens_the_providers_listings_with_their_hours(
    county_editor: User, county: Provider, own: dict[str, Any], foreign: dict[str, Any]
) -> None:
    Listing.objects.filter(pk=own["services.listing"].pk).update(provider=county)
    browser = signed_in(county_editor)
    assert listed(browser) == OF_A_PROVIDER
    assert opened(browser, own) == OF_A_PROVIDER
    assert opened(browser, foreign) == set()


@pytest.mark.parametrize("who", ["resident", "staff without a role", "editor who left", "visitor"])
def test_nobody_else_gets_in(
    who: str, kalajarvi: Hub, own: dict[str, Any], kalajarvi_editor: User, resident: User
) -> None:
    browser = Client()
    if who == "resident":
        kalajarvi.editors.add(resident)  # a slip of the hand: without is_staff it gives nothing
        browser = signed_in(resident)
    elif who == "staff without a role":
        browser = signed_in(cast.make_user("staff@example.com", is_staff=True))
    elif who == "editor who left":
        browser = signed_in(kalajarvi_editor)
        User.objects.filter(pk=kalajarvi_editor.pk).update(is_staff=False)
    assert listed(browser) == set()
    assert opened(browser, own) == set()


def test_a_forged_form_moves_nothing_to_another_hub(
    as_kalajarvi_editor: Client, own: dict[str, Any], foreign: dict[str, Any], iso_omena: Hub
) -> None:
    for model in ("hubs.notice", "services.listing", "rooms.room"):
        thing = own[model]
        page = as_kalajarvi_editor.get(address(model, "change", thing.pk))
        data = filled_in(page)
        assert str(iso_omena.pk) not in choices_of(page, "hub")
        response = as_kalajarvi_editor.post(address(model, "change", thing.pk), {**data, "hub": iso_omena.pk})
        assert response.status_code == 200
        assert response.context["adminform"].form.errors.keys() == {"hub"}
        thing.refresh_from_db()
        assert thing.hub_id != iso_omena.pk


def test_an_untouched_form_is_saved(as_kalajarvi_editor: Client, own: dict[str, Any]) -> None:
    for model in ("hubs.hub", "hubs.notice", "services.listing", "rooms.room"):
        page = as_kalajarvi_editor.get(address(model, "change", own[model].pk))
        response = as_kalajarvi_editor.post(address(model, "change", own[model].pk), filled_in(page))
        errors = response.context["adminform"].form.errors if response.context else None
        assert response.status_code == 302, (model, errors)


@pytest.mark.parametrize("model", ["hubs.notice", "services.listing", "rooms.room", "rooms.closure"])
def test_a_forged_form_changes_nothing_of_another_hub(
    as_kalajarvi_editor: Client, as_city_administrator: Client, own: dict[str, Any], foreign: dict[str, Any], model: str
) -> None:
    where = address(model, "change", foreign[model].pk)
    data = filled_in(as_city_administrator.get(where))
    before = type(foreign[model]).objects.values().get(pk=foreign[model].pk)
    assert as_kalajarvi_editor.post(where, {**data, "name_sv": "Kapad", "title_sv": "Kapad"}).status_code in (403, 404)
    assert type(foreign[model]).objects.values().get(pk=foreign[model].pk) == before


def test_a_forged_form_adds_nothing_to_another_hub(
    as_kalajarvi_editor: Client, own: dict[str, Any], foreign: dict[str, Any], iso_omena: Hub
) -> None:
    data = filled_in(as_kalajarvi_editor.get(address("rooms.room", "change", own["rooms.room"].pk)))
    data |= {"hub": iso_omena.pk, "slug": "new-room"}
    response = as_kalajarvi_editor.post(address("rooms.room", "add"), data)
    assert response.context["adminform"].form.errors.keys() == {"hub"}
    assert not Room.objects.filter(slug="new-room").exists()


def test_a_forged_form_takes_no_part_notice_or_hours_of_another_hub(
    as_kalajarvi_editor: Client, own: dict[str, Any], foreign: dict[str, Any]
) -> None:
    room = own["rooms.room"]
    where = address("rooms.room", "change", room.pk)
    data = filled_in(as_kalajarvi_editor.get(where))
    forged = {"parent": foreign["rooms.room"].pk, "notices": [foreign["hubs.notice"].pk]}
    errors = as_kalajarvi_editor.post(where, {**data, **forged}).context["adminform"].form.errors
    assert errors.keys() == {"parent", "notices"}
    period = {"timetable": foreign["hubs.timetable"].pk, "kind": "regular", "first_day": "2030-01-01"}
    as_kalajarvi_editor.post(
        address("hubs.period", "add"), {**period, "spans-TOTAL_FORMS": 0, "spans-INITIAL_FORMS": 0}
    )
    assert not Period.objects.filter(first_day="2030-01-01").exists()


def test_a_provider_editor_changes_words_but_neither_place_nor_provider(
    county_editor: User, county: Provider, own: dict[str, Any], foreign: dict[str, Any], iso_omena: Hub
) -> None:
    listing = own["services.listing"]
    Listing.objects.filter(pk=listing.pk).update(provider=county)
    listing.notices.add(own["hubs.notice"])
    browser = signed_in(county_editor)
    where = address("services.listing", "change", listing.pk)
    data = filled_in(browser.get(where))
    forged = {
        "hub": iso_omena.pk,
        "provider": foreign["services.provider"].pk,
        "slug": "moved",
        "notices": [],
        "order": "7",
        "name_fi": "Uusi nimi",
    }
    assert browser.post(where, {**data, **forged}).status_code == 302
    listing.refresh_from_db()
    assert (listing.name_fi, listing.hub.slug, listing.provider, listing.slug, listing.order) == (
        "Uusi nimi",
        "kalajarvi",
        county,
        "library",
        0,
    )
    assert list(listing.notices.all()) == [own["hubs.notice"]]
    assert browser.get(address("services.listing", "add")).status_code == 403


def test_a_hub_editor_cannot_make_editors(
    as_kalajarvi_editor: Client, own: dict[str, Any], kalajarvi: Hub, resident: User, kalajarvi_editor: User
) -> None:
    where = address("hubs.hub", "change", kalajarvi.pk)
    page = as_kalajarvi_editor.get(where)
    assert "editors" not in page.context["adminform"].form.fields
    as_kalajarvi_editor.post(where, {**filled_in(page), "editors": [resident.pk]})
    assert list(kalajarvi.editors.all()) == [kalajarvi_editor]


def test_names_of_residents_are_seen_by_the_staff_of_the_hub_only(
    as_kalajarvi_editor: Client, county_editor: User, own: dict[str, Any], foreign: dict[str, Any]
) -> None:
    pages = [address("rooms.booking", "changelist"), address("rooms.booking", "changelist") + "?q=another"]
    text = "".join(as_kalajarvi_editor.get(page).content.decode() for page in pages)
    assert own["rooms.booking"].name in text
    assert foreign["rooms.booking"].name not in text
    assert signed_in(county_editor).get(pages[0]).status_code == 403


@pytest.mark.parametrize(
    "lookup", ["resident__email__startswith", "room__hub__editors__email__startswith", "resident__password__startswith"]
)
def test_a_list_cannot_be_asked_about_people(as_kalajarvi_editor: Client, own: dict[str, Any], lookup: str) -> None:
    response = as_kalajarvi_editor.get(address("rooms.booking", "changelist"), {lookup: "r"})
    assert response.status_code in (302, 400)


@pytest.mark.parametrize("action", ["approve_selected", "decline_selected"])
def test_an_action_reaches_no_booking_of_another_hub(
    as_kalajarvi_editor: Client, own: dict[str, Any], foreign: dict[str, Any], action: str
) -> None:
    booking = foreign["rooms.booking"]
    Booking.objects.filter(pk=booking.pk).update(state="requested", expires_at=timezone.now() + timedelta(hours=3))
    data = {"action": action, "_selected_action": [booking.pk], "answered": "yes", "reason": "Nej"}
    as_kalajarvi_editor.post(address("rooms.booking", "changelist"), data)
    booking.refresh_from_db()
    assert booking.state == "requested"


@pytest.mark.parametrize("answer", ["approve", "decline", "cancel"])
def test_an_answer_reaches_no_booking_of_another_hub(
    as_kalajarvi_editor: Client, county_editor: User, own: dict[str, Any], foreign: dict[str, Any], answer: str
) -> None:
    booking = foreign["rooms.booking"]
    where = address("rooms.booking", answer, booking.pk)
    assert as_kalajarvi_editor.get(where).status_code == 404
    assert as_kalajarvi_editor.post(where, {"reason": "Nej"}).status_code == 404
    assert signed_in(county_editor).post(where, {"reason": "Nej"}).status_code in (403, 404)
    booking.refresh_from_db()
    assert booking.state == "confirmed"


def test_an_earlier_version_is_shown_and_not_brought_back(
    as_kalajarvi_editor: Client, own: dict[str, Any], foreign: dict[str, Any]
) -> None:
    listing = own["services.listing"]
    version = listing.history.first()
    where = reverse("admin:services_listing_simple_history", args=[listing.pk, version.history_id])
    assert as_kalajarvi_editor.get(where).status_code == 200
    assert as_kalajarvi_editor.post(where, {"name_sv": "Kapad"}).status_code == 403
    other = foreign["services.listing"]
    where = reverse("admin:services_listing_simple_history", args=[other.pk, other.history.first().history_id])
    assert as_kalajarvi_editor.get(where).status_code in (403, 404)


def test_the_history_names_who_changed_what(
    as_kalajarvi_editor: Client, kalajarvi_editor: User, own: dict[str, Any]
) -> None:
    listing = own["services.listing"]
    where = address("services.listing", "change", listing.pk)
    data = filled_in(as_kalajarvi_editor.get(where))
    as_kalajarvi_editor.post(where, {**data, "summary_fi": "Lainaa kirjoja"})
    page = as_kalajarvi_editor.get(address("services.listing", "history", listing.pk))
    newest = page.context["page_obj"][0]
    assert [(change["old"], change["new"]) for change in newest.history_delta_changes] == [("None", "Lainaa kirjoja")]
    assert newest.history_user == kalajarvi_editor
    assert "style=" not in page.content.decode()


@pytest.mark.parametrize("lost", ["is_active", "is_staff"])
def test_whoever_has_left_edits_nothing(
    kalajarvi: Hub, kalajarvi_editor: User, city_administrator: User, lost: str
) -> None:
    for person in (kalajarvi_editor, city_administrator):
        setattr(person, lost, False)
        assert not roles.edits_hub(person, kalajarvi)
        assert roles.permissions(person) == frozenset()
        assert not Hub.objects.filter(roles.within_reach(person, ["pk"])).exists()


def test_roles_answer_plain_questions(
    kalajarvi: Hub,
    iso_omena: Hub,
    kalajarvi_editor: User,
    city_administrator: User,
    resident: User,
) -> None:
    assert [roles.edits_hub(kalajarvi_editor, hub) for hub in (kalajarvi, iso_omena)] == [True, False]
    assert roles.edits_hub(city_administrator, iso_omena)
    assert not roles.edits_hub(resident, kalajarvi)
    assert not roles.edits_hub(cast.make_user("x@example.com", is_superuser=True), kalajarvi)
