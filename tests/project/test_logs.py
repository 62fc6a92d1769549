import json
import logging
import re

import pytest
from django.test import Client

from servicetorg.logs import JsonFormatter, RequestIdFilter


@pytest.fixture
def log_lines(caplog):
    """The lines that production would write."""
    caplog.handler.setFormatter(JsonFormatter())
    caplog.handler.addFilter(RequestIdFilter())
    with caplog.at_level(logging.INFO, logger="servicetorg.requests"):
        yield lambda: [json.loads(line) for line in caplog.text.splitlines()]


def requests_in(lines):
    return [line for line in lines if line["logger"] == "servicetorg.requests"]


def test_a_request_is_one_line_that_can_be_read_by_a_machine(client, log_lines):
    response = client.get("/robots.txt?q=secret", REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Somebody's phone")
    (line,) = requests_in(log_lines())
    assert line.pop("milliseconds") >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    assert line == {
        "level": "INFO",
        "logger": "servicetorg.requests",
        "message": "request",
        "request_id": response.headers["X-Request-ID"],
        "method": "GET",
        "path": "/robots.txt",
        "status": 200,
    }


def test_a_sane_request_id_is_kept(client):
    response = client.get("/robots.txt", headers={"X-Request-ID": "proxy-7f3a99"})
    assert response.headers["X-Request-ID"] == "proxy-7f3a99"


@pytest.mark.parametrize("given", ["short", "x" * 65, "line\nbreak-and-more", "<script>alert(1)</script>", ""])
def test_any_other_request_id_is_replaced(client, given):
    response = client.get("/robots.txt", headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{16}", response.headers["X-Request-ID"])


def test_two_requests_have_two_ids(client):
    ids = {client.get("/robots.txt").headers["X-Request-ID"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.django_db
def test_booking_numbers_and_keys_in_addresses_are_not_logged(client, log_lines):
    client.get("/sv/bookings/ABCDEFGHJK/")
    (line,) = requests_in(log_lines())
    assert line["path"] == "/sv/bookings/<reference>/"
    assert "ABCDEFGHJK" not in str(log_lines())


def test_health_checks_that_go_well_are_not_logged(client, log_lines):
    client.get("/healthz")
    assert requests_in(log_lines()) == []


def test_a_crash_is_logged_without_the_values_it_happened_with():
    try:
        raise ValueError("resident@example.com is taken\nDETAIL: Key (email)=(resident@example.com)")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "mail to %s", ("a@b.fi",), (ValueError, error, error.__traceback__)
        )
    line = json.loads(JsonFormatter().format(record))
    assert line["message"] == "mail to <e-mail>"
    assert line["exception"][-1] == "ValueError: <e-mail> is taken"
    assert line["exception"][0].endswith("test_a_crash_is_logged_without_the_values_it_happened_with")


@pytest.mark.django_db
def test_a_crash_of_a_page_is_logged_with_its_request_id(log_lines, monkeypatch):
    def crash():
        raise RuntimeError("broken")

    monkeypatch.setattr("servicetorg.operations.timezone.now", crash)
    response = Client(raise_request_exception=False).get("/.well-known/security.txt")
    crashes = [line for line in log_lines() if line["level"] == "ERROR"]
    assert [(line["request_id"], line["exception"][-1]) for line in crashes] == [
        (response.headers["X-Request-ID"], "RuntimeError: broken")
    ]
