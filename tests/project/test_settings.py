"""What the environment may say: each case starts a Python of its own, as a server does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
SAFE = {
    "SECRET_KEY": "k7Jq-2hV_9xZ.b4Tn8Wd3Fs6Gp1Ly5Rm0Cv-Qe2Ua7Ho9Ki4Xj8B",
    "ALLOWED_HOSTS": "servicetorg.example.fi",
    "SITE_URL": "https://servicetorg.example.fi",
}


def start(name: str = "DEBUG", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"from django.conf import settings; print('{name} is', settings.{name})"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "servicetorg.settings",
            "IGNORE_DOT_ENV": "true",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_on_safe_settings():
    assert start(**SAFE).stdout == "DEBUG is False\n"


def test_a_mail_server_that_says_nothing_does_not_stop_the_worker_for_good():
    assert "'timeout': 30" in start("MAILERS", **SAFE).stdout


def test_postgresql_ends_a_transaction_in_which_nothing_happens():
    database = {"DATABASE_URL": "postgres://portal@localhost/portal?options=-c%20jit%3Doff"}
    limit = "-c idle_in_transaction_session_timeout=60s"
    assert f"'options': '{limit} -c jit=off'" in start("DATABASES", **SAFE, **database).stdout
    assert limit not in start("DATABASES", **SAFE, **database, DATABASE_IDLE_SECONDS="0").stdout
    assert limit not in start("DATABASES", **SAFE).stdout


@pytest.mark.django_db
def test_the_database_knows_the_limit():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such limit.")
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1min",)


def test_development_starts_on_debug_alone():
    assert start(DEBUG="true").stdout == "DEBUG is True\n"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param({"SECRET_KEY": ""}, "SECRET_KEY", id="no secret"),
        pytest.param({"SECRET_KEY": "short"}, "SECRET_KEY", id="short secret"),
        pytest.param({"SECRET_KEY": "change-me-" * 6}, "SECRET_KEY", id="secret of the example file"),
        pytest.param({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS", id="no host"),
        pytest.param({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS", id="any host"),
        pytest.param({"SECURE_COOKIES": "false"}, "SECURE_COOKIES", id="cookies over plain HTTP"),
        pytest.param({"DEBUG": "true"}, "DEBUG", id="debug with public hosts"),
        pytest.param({"DEBUG": "true", "ALLOWED_HOSTS": "localhost"}, "DEBUG", id="debug with a public address"),
        pytest.param({"DEBUG": "true", "SITE_URL": "http://localhost"}, "DEBUG", id="debug with a public host"),
    ],
)
def test_it_refuses_to_start_unsafely_and_says_why(change, complaint):
    outcome = start(**{**SAFE, **change})
    assert outcome.returncode != 0
    last_line = outcome.stderr.strip().splitlines()[-1]
    assert "ImproperlyConfigured" in last_line
    assert complaint in last_line


@pytest.mark.parametrize("host", ["localhost:8010", "192.168.1.5", "[::1]", "phone.local", "127.0.0.1:8000"])
def test_debug_is_fine_on_this_machine_and_its_network(host):
    assert start(DEBUG="true", ALLOWED_HOSTS=host).stdout == "DEBUG is True\n"


def test_plain_http_has_to_be_asked_for_by_name():
    outcome = start(**SAFE, SECURE_COOKIES="false", ALLOW_INSECURE_HTTP="true")
    assert outcome.stdout == "DEBUG is False\n"


def names_read() -> set[str]:
    code = "".join((ROOT / name).read_text() for name in ("servicetorg/settings.py", "gunicorn.conf.py"))
    return set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", code))


def names_documented() -> set[str]:
    return set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_variable_is_documented_and_every_documented_variable_is_read():
    # PORT, POSTGRES_PASSWORD: read by the Makefile and by compose.yaml, beside the settings
    assert names_documented() - {"PORT", "POSTGRES_PASSWORD"} == names_read() - {"IGNORE_DOT_ENV"}


def test_an_example_file_copied_as_it_is_does_not_start_production():
    lines = (ROOT / ".env.example").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    assert start(**{**values, "DEBUG": "false"}).returncode != 0
