from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from hubs.models import SpecialDay
from hubs.special_days import EVES, KEYS, seed_special_days, seed_years_ahead, special_days
from tests import cast

YEAR = {day.key: day for day in special_days([2026])}


@pytest.mark.parametrize(
    ("key", "day", "sv", "fi", "en"),
    [
        ("new_year", date(2026, 1, 1), "Nyårsdagen", "Uudenvuodenpäivä", "New Year's Day"),
        ("epiphany_eve", date(2026, 1, 5), "Trettondagsafton", "Loppiaisaatto", "Epiphany Eve"),
        ("epiphany", date(2026, 1, 6), "Trettondagen", "Loppiainen", "Epiphany"),
        ("maundy_thursday", date(2026, 4, 2), "Skärtorsdagen", "Kiirastorstai", "Maundy Thursday"),
        ("good_friday", date(2026, 4, 3), "Långfredagen", "Pitkäperjantai", "Good Friday"),
        ("easter_sunday", date(2026, 4, 5), "Påskdagen", "Pääsiäispäivä", "Easter Sunday"),
        ("easter_monday", date(2026, 4, 6), "Annandag påsk", "Toinen pääsiäispäivä", "Easter Monday"),
        ("may_day_eve", date(2026, 4, 30), "Valborgsmässoafton", "Vapunaatto", "May Day Eve"),
        ("may_day", date(2026, 5, 1), "Första maj", "Vappu", "May Day"),
        (
            "ascension_eve",
            date(2026, 5, 13),
            "Dagen före Kristi himmelsfärdsdag",
            "Helatorstain aatto",
            "Ascension Eve",
        ),
        ("ascension", date(2026, 5, 14), "Kristi himmelsfärdsdag", "Helatorstai", "Ascension Day"),
        ("pentecost", date(2026, 5, 24), "Pingstdagen", "Helluntaipäivä", "Pentecost"),
        ("midsummer_eve", date(2026, 6, 19), "Midsommarafton", "Juhannusaatto", "Midsummer Eve"),
        ("midsummer_day", date(2026, 6, 20), "Midsommardagen", "Juhannuspäivä", "Midsummer Day"),
        ("all_saints", date(2026, 10, 31), "Alla helgons dag", "Pyhäinpäivä", "All Saints' Day"),
        (
            "independence_day_eve",
            date(2026, 12, 5),
            "Dagen före självständighetsdagen",
            "Itsenäisyyspäivän aatto",
            "Independence Day Eve",
        ),
        ("independence_day", date(2026, 12, 6), "Självständighetsdagen", "Itsenäisyyspäivä", "Independence Day"),
        (
            "day_before_christmas_eve",
            date(2026, 12, 23),
            "Dagen före julafton",
            "Jouluaaton aatto",
            "Day before Christmas Eve",
        ),
        ("christmas_eve", date(2026, 12, 24), "Julafton", "Jouluaatto", "Christmas Eve"),
        ("christmas_day", date(2026, 12, 25), "Juldagen", "Joulupäivä", "Christmas Day"),
        ("boxing_day", date(2026, 12, 26), "Annandag jul", "Tapaninpäivä", "Boxing Day"),
        (
            "day_before_new_years_eve",
            date(2026, 12, 30),
            "Dagen före nyårsafton",
            "Uudenvuodenaaton aatto",
            "Day before New Year's Eve",
        ),
        ("new_years_eve", date(2026, 12, 31), "Nyårsafton", "Uudenvuodenaatto", "New Year's Eve"),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value else "",
)
def test_a_special_day_has_its_date_and_its_names(key: str, day: date, sv: str, fi: str, en: str) -> None:
    found = YEAR[key]

    assert (found.date, found.name_sv, found.name_fi, found.name_en) == (day, sv, fi, en)


def test_the_year_has_no_other_days() -> None:
    assert YEAR.keys() == {*KEYS.values(), *(eve.key for eve in EVES)}
    assert len(YEAR) == 23


def test_public_holidays_and_the_two_great_eves_change_hours_by_themselves() -> None:
    holidays = {key for key, day in YEAR.items() if day.is_public_holiday}

    assert {key for key, day in YEAR.items() if day.changes_hours} == holidays | {"midsummer_eve", "christmas_eve"}
    assert len(holidays) == 13


def test_two_holidays_on_one_day_keep_both_names() -> None:
    [day] = [day for day in special_days([2008]) if day.date == date(2008, 5, 1)]

    assert (day.key, day.name_sv) == ("may_day", "Första maj, Kristi himmelsfärdsdag")


@pytest.mark.django_db
def test_seeding_again_adds_nothing_and_keeps_what_staff_have_edited() -> None:
    assert seed_special_days([2026, 2027]) == 46
    SpecialDay.objects.filter(date=date(2026, 12, 24)).update(name_sv="Vår julafton", changes_hours=False)

    assert seed_special_days([2026, 2027, 2028]) == 23

    edited = SpecialDay.objects.get(date=date(2026, 12, 24))
    assert (edited.name_sv, edited.changes_hours) == ("Vår julafton", False)


@pytest.mark.django_db
def test_the_years_ahead_come_by_themselves_and_what_staff_have_deleted_does_not() -> None:
    seed_special_days([2026, 2027, 2028])
    SpecialDay.objects.filter(date__year=2027, key="epiphany_eve").delete()

    assert seed_years_ahead(at=cast.helsinki(2026, 11, 24)) == 23  # those of 2029
    assert seed_years_ahead(at=cast.helsinki(2026, 12, 31, 23, 59)) == 0
    assert seed_years_ahead(at=cast.helsinki(2027, 1, 1)) == 23
    assert not SpecialDay.objects.filter(date__year=2027, key="epiphany_eve").exists()


@pytest.mark.django_db
def test_the_command_tells_how_many_days_it_added() -> None:
    told = StringIO()

    call_command("seed_special_days", "--from", "2025", "--to", "2028", stdout=told)

    assert told.getvalue() == "Special days added: 92 (2025–2028).\n"
    assert SpecialDay.objects.count() == 92


def test_the_command_refuses_years_in_reverse() -> None:
    with pytest.raises(CommandError, match="must not be before"):
        call_command("seed_special_days", "--from", "2028", "--to", "2025")
