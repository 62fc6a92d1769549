from copy import deepcopy

import pytest
from django.conf import settings
from django.db import connection

from servicetorg.checks import check_addresses, check_database

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;",
    },
}


@pytest.fixture
def messages(monkeypatch):
    def check(database):
        monkeypatch.setattr(settings, "DATABASES", {"default": database})
        return [message.msg for message in check_database(None)]

    return check


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("transaction_mode", "DEFERRED", "SQLite: transaction_mode must be IMMEDIATE."),
        ("timeout", 1, "SQLite: timeout must be at least 5 seconds."),
        ("init_command", "PRAGMA foreign_keys=ON", "SQLite: journal_mode must be WAL."),
        ("init_command", "PRAGMA journal_mode = WAL", "SQLite: foreign_keys must be ON."),
    ],
)
def test_sqlite_spoken_to_otherwise_is_an_error(messages, option, value, complaint):
    database = deepcopy(SQLITE)
    database["OPTIONS"][option] = value
    assert messages(database) == [complaint]


def test_sqlite_as_the_settings_have_it_is_fine(messages):
    assert messages(SQLITE) == []


def test_postgresql_is_fine_and_others_are_not(messages):
    assert messages({"ENGINE": "django.db.backends.postgresql"}) == []
    assert messages({"ENGINE": "django.db.backends.mysql"}) == ["The site runs on SQLite or PostgreSQL only."]


def test_sqlite_really_is_in_that_mode(db):
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        modes = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "foreign_keys")]
    assert modes == ["wal", 1]


def test_addresses_left_at_localhost_are_warned_about(settings):
    settings.SITE_URL = "https://servicetorg.example.fi"
    settings.DEFAULT_FROM_EMAIL = "noreply@localhost"
    settings.SECURITY_CONTACT = "mailto:security@example.fi"
    assert [message.msg for message in check_addresses(None)] == ["DEFAULT_FROM_EMAIL still points to localhost."]
