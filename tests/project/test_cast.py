from django.db import connection

from tests.cast import helsinki


def test_the_cast_is_distinct(resident, another_resident, kalajarvi_editor, city_administrator, kalajarvi):
    assert list(kalajarvi.editors.all()) == [kalajarvi_editor]
    assert city_administrator.is_city_administrator
    assert not kalajarvi_editor.is_city_administrator
    assert resident != another_resident


def test_a_wall_clock_is_in_finland():
    assert helsinki(2026, 11, 24, 12).utcoffset().total_seconds() == 2 * 3600


def test_the_database_is_not_in_memory(db):
    assert not (connection.vendor == "sqlite" and connection.is_in_memory_db())


def test_rooms_and_listings_follow_their_hub(hall, library, kalajarvi):
    assert hall.timetable.fallback == library.timetable.fallback == kalajarvi.timetable
