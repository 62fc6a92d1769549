"""What the demo says must be what its sources say, and what is assumed must be marked."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hubs.models import Hub, Notice, Period, SpecialDay, load_schedules
from hubs.opening import DayStatus
from rooms.enums import BookingChannel
from rooms.models import Equipment, Room
from services.enums import Appointment
from services.models import Category, Listing, Provider, Service
from servicetorg.demo import accounts, source
from tests.cast import TUESDAY, helsinki

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.usefixtures("demo")]

HELSINKI = ZoneInfo("Europe/Helsinki")
FACTS = source.facts()


def listing(hub: str, slug: str) -> Listing:
    return Listing.objects.get(hub__slug=hub, slug=slug)


def hours_of(thing: Hub | Listing | Room, day: date) -> tuple[str, list[str]]:
    """Return the status of a day and its parts, as “11:00–18:00 staffed”."""
    found = load_schedules([thing.timetable_id])[thing.timetable_id].day(day)
    return found.status, [f"{part.opens:%H:%M}–{part.closes:%H:%M} {part.mode}" for part in found.parts]


def test_both_houses_are_there_as_examples() -> None:
    assert list(Hub.objects.values_list("slug", "is_example")) == [("kalajarvi", True), ("iso-omena", True)]


def test_every_listing_is_there_under_its_address() -> None:
    addresses = {f"{each.hub.slug}-{each.slug}" for each in Listing.objects.select_related("hub")}
    assert addresses == {entry["id"] for entry in FACTS["services"]}
    assert len(addresses) == 22


def test_every_room_is_there_one_hall_has_two_parts_and_two_rooms_a_whole() -> None:
    rooms = {f"{room.hub.slug}-{room.slug}" for room in Room.objects.select_related("hub")}
    found = {entry["id"] for entry in FACTS["rooms"]}
    assert len(found) == 15
    assert rooms - found == {"kalajarvi-hall-a", "kalajarvi-hall-b", "iso-omena-meeting-2-3"}
    assert found <= rooms
    assert list(Room.objects.exclude(parent=None).values_list("parent__slug", "slug")) == [
        ("hall", "hall-a"),
        ("hall", "hall-b"),
        ("meeting-2-3", "meeting-2"),
        ("meeting-2-3", "meeting-3"),
    ]


@pytest.mark.parametrize("model", [Hub, Listing, Room])
def test_rows_pass_the_rules_that_staff_meet_in_a_form(model: type[Hub | Listing | Room]) -> None:
    for row in model.objects.all():
        row.full_clean()


def test_every_assumed_mark_of_the_data_is_kept() -> None:
    for entry in FACTS["hubs"]:
        assert set(entry["assumed"]) <= set(Hub.objects.get(slug=entry["id"]).assumed)
    for entry in FACTS["services"]:
        kept = listing(entry["hub"], source.slug_in_hub(entry))
        assert set(entry["assumed"]) <= set(kept.assumed), entry["id"]
        assert entry["sources"].items() <= kept.sources.items()
    for entry in FACTS["rooms"]:
        room = Room.objects.get(hub__slug=entry["hub"], slug=source.slug_in_hub(entry))
        assert set(entry["assumed"]) <= set(room.assumed), entry["id"]


def test_the_parts_of_the_hall_and_the_rooms_together_are_assumed_in_every_value() -> None:
    for example in Room.objects.filter(slug__in=["hall-a", "hall-b", "meeting-2-3"]):
        assert {"name", "capacity", "area_m2", "equipment", "rules", "bookable_hours"} <= set(example.assumed)
        assert example.sources == {}
    assert all("parent" in part.assumed for part in Room.objects.exclude(parent=None))


def test_hours_that_were_repeated_from_another_year_are_marked() -> None:
    dental_clinic = listing("kalajarvi", "dental-clinic")
    assert "hours.exceptions.2026-12-22" in dental_clinic.assumed
    assert "hours.exceptions.2025-12-22" not in dental_clinic.assumed


def test_a_doubt_about_a_listing_is_kept() -> None:
    assert "spring 2024" in listing("kalajarvi", "health-centre").sources["caution"]


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Hub, ["name", "building", "district", "summary", "street", "locality", "directions", "hours_note"]),
        (Category, ["name"]),
        (Service, ["name", "keywords"]),
        (Provider, ["name"]),
        (Listing, ["name", "summary", "appointment_text"]),
        (Equipment, ["name"]),
        (Room, ["name", "summary", "not_allowed"]),
        (Notice, ["title", "text"]),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_texts_are_there_in_three_languages(model: type, fields: list[str]) -> None:
    missing = [
        (row.pk, f"{field}_{language}")
        for row in model._default_manager.all()
        for field in fields
        for language in ("sv", "fi", "en")
        if not getattr(row, f"{field}_{language}")
    ]
    assert missing == []


def test_what_was_not_found_in_a_language_stays_empty_in_it() -> None:
    kalajarvi = Hub.objects.get(slug="kalajarvi")
    assert kalajarvi.website_sv
    assert not kalajarvi.website_fi
    assert not kalajarvi.stop_sv


def test_languages_of_service_are_not_guessed() -> None:
    assert set(map(tuple, Listing.objects.values_list("languages", flat=True))) == {()}


def test_what_to_bring_and_the_step_free_ways_name_their_source_or_are_assumed() -> None:
    for each in Listing.objects.exclude(bring_en="") | Listing.objects.exclude(step_free_way_en=""):
        for field in ("bring", "step_free_way"):
            if getattr(each, field):
                assert (field in each.assumed) != (field in each.sources), (each.slug, field)
    assert listing("iso-omena", "hus-laboratory").bring_en == "A referral."


def test_the_same_service_is_found_in_the_other_house() -> None:
    both = Service.objects.get(slug="library").listings.values_list("hub__slug", flat=True)
    assert sorted(both) == ["iso-omena", "kalajarvi"]


@pytest.mark.parametrize(
    ("word", "language", "service"),
    [
        ("bibban", "sv", "library"),
        ("kirjasto", "fi", "library"),
        ("tandläkare", "sv", "dental-clinic"),
        ("hammaslääkäri", "fi", "dental-clinic"),
        ("dentist", "en", "dental-clinic"),
        ("neuvola", "fi", "family-clinic"),
    ],
)
def test_services_carry_the_words_people_use(word: str, language: str, service: str) -> None:
    keywords = getattr(Service.objects.get(slug=service), f"keywords_{language}")
    assert word in keywords.split(", ")


@pytest.mark.parametrize(
    ("hub", "slug", "appointment"),
    [
        ("kalajarvi", "library", Appointment.NOT_NEEDED),
        ("kalajarvi", "dental-clinic", Appointment.NEEDED),
        ("iso-omena", "kela", Appointment.BOTH),
        ("iso-omena", "hus-laboratory", Appointment.BOTH),
    ],
)
def test_listings_say_whether_one_needs_an_appointment(hub: str, slug: str, appointment: Appointment) -> None:
    assert listing(hub, slug).appointment == appointment


def test_special_days_agree_with_the_dates_that_were_checked_by_hand() -> None:
    seeded = {
        day.date.isoformat(): (day.key, day.is_public_holiday) for day in SpecialDay.objects.filter(changes_hours=True)
    }
    checked = {day["date"]: (day["id"], day["public_holiday"]) for day in FACTS["holidays"]}
    assert seeded == checked


def test_special_days_are_named_as_the_data_names_them() -> None:
    for day in FACTS["holidays"]:
        seeded = SpecialDay.objects.get(date=day["date"])
        assert {language: getattr(seeded, f"name_{language}") for language in day["name"]} == day["name"]


# A Wednesday, a Saturday and the days on which the houses differ.
HOURS = [
    (
        "kalajarvi",
        "library",
        date(2026, 11, 25),
        ["06:00–11:00 self_service", "11:00–18:00 staffed", "18:00–20:00 self_service"],
    ),
    ("kalajarvi", "library", date(2026, 12, 6), ["06:00–20:00 self_service"]),
    ("kalajarvi", "library", date(2026, 12, 24), []),
    ("kalajarvi", "dental-clinic", date(2026, 11, 25), ["08:00–15:30 staffed"]),
    ("kalajarvi", "dental-clinic", date(2025, 12, 22), []),
    ("kalajarvi", "dental-clinic", date(2026, 12, 22), []),
    ("kalajarvi", "home-care", date(2026, 11, 25), ["08:00–16:00 phone"]),
    ("iso-omena", "library", date(2027, 6, 27), ["11:00–18:00 staffed"]),
    ("iso-omena", "hus-laboratory", date(2026, 11, 25), ["06:45–16:00 staffed"]),
]


@pytest.mark.parametrize(
    ("hub", "slug", "day", "parts"), HOURS, ids=[f"{hub}-{slug}-{day}" for hub, slug, day, _ in HOURS]
)
def test_listings_are_open_when_the_sources_say(hub: str, slug: str, day: date, parts: list[str]) -> None:
    assert hours_of(listing(hub, slug), day) == (DayStatus.OPEN if parts else DayStatus.CLOSED, parts)


@pytest.mark.parametrize("day", [date(2026, 12, 24), date(2026, 12, 25), date(2027, 6, 25), date(2028, 1, 6)])
def test_houses_and_rooms_are_closed_on_holidays_and_the_two_eves(day: date) -> None:
    for thing in [*Hub.objects.all(), *Room.objects.all()]:
        assert hours_of(thing, day) == (DayStatus.CLOSED, [])


def test_an_eve_that_nobody_announced_is_an_ordinary_day() -> None:
    kalajarvi = Hub.objects.get(slug="kalajarvi")
    assert hours_of(kalajarvi, date(2026, 12, 31)) == (DayStatus.OPEN, ["07:00–20:00 staffed"])


def test_no_room_is_ever_open_longer_than_its_house() -> None:
    starts_at = datetime(2026, 11, 23, tzinfo=HELSINKI)
    schedules = load_schedules(Room.objects.values_list("timetable_id", flat=True))
    houses = load_schedules(Hub.objects.values_list("timetable_id", flat=True))
    for room in Room.objects.select_related("hub"):
        house = houses[room.hub.timetable_id].open_time(starts_at, starts_at + timedelta(days=7))
        for opens, closes in schedules[room.timetable_id].open_time(starts_at, starts_at + timedelta(days=7)):
            assert any(start <= opens and closes <= end for start, end in house), room.slug


def test_periods_of_the_past_years_are_not_loaded() -> None:
    assert not Period.objects.filter(first_day__lt=date(2025, 1, 1)).exists()


def test_two_rooms_are_booked_through_the_staff() -> None:
    through_staff = Room.objects.filter(channel=BookingChannel.STAFF).values_list("slug", "channel_email")
    assert dict(through_staff) == {
        "stage": "kirjasto.omena@espoo.fi",
        "entrance-hall": "isoomena.palvelutori@espoo.fi",
    }


def test_each_house_has_one_notice_that_says_it_is_an_example_and_ends() -> None:
    notices = list(Notice.objects.order_by("hub__order"))
    assert [notice.hub.slug for notice in notices] == ["kalajarvi", "iso-omena"]
    for notice in notices:
        assert notice.title_en.startswith("Example: ")
        assert TUESDAY < notice.ends_at <= TUESDAY + timedelta(days=28)


def test_a_notice_about_a_holiday_is_for_the_whole_house_and_ends_with_it() -> None:
    notice = Notice.objects.get(hub__slug="kalajarvi")
    assert notice.is_for_whole_hub
    assert notice.ends_at == helsinki(2026, 12, 7)


def test_staff_accounts_have_their_roles_and_no_persons_names() -> None:
    user = accounts.User.objects.get
    assert user(email="administrator@example.org").is_city_administrator
    assert [hub.slug for hub in user(email="kalajarvi@example.org").edited_hubs.all()] == ["kalajarvi"]
    assert [hub.slug for hub in user(email="iso-omena@example.org").edited_hubs.all()] == ["iso-omena"]
    assert [each.slug for each in user(email="county@example.org").edited_providers.all()] == ["western-uusimaa"]
    assert not user(email="resident@example.org").is_staff
    assert all(name.startswith("Demo: ") for name in accounts.User.objects.values_list("name", flat=True))


def test_the_data_names_its_sources() -> None:
    assert len(FACTS["sources"]) == 59
    cited = {
        part.split(" ")[0].rstrip(":,")
        for entry in [*FACTS["hubs"], *FACTS["services"], *FACTS["rooms"]]
        for value in entry["sources"].values()
        for part in value.split(", ")
        if part.startswith("S")
    }
    assert cited <= FACTS["sources"].keys()
