import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from servicetorg import mailbox, urls
from servicetorg.mailbox import MailboxBackend


@pytest.fixture
def development(settings: Settings, tmp_path: Path) -> Path:
    settings.DEBUG = True
    settings.MAILBOX_DIR = tmp_path
    site = ModuleType("development_urls")
    site.urlpatterns = [*mailbox.urls(), *urls.urlpatterns]
    settings.ROOT_URLCONF = site
    return tmp_path


def send(subject: str, body: str = "Text of the mail", **attachment: str) -> None:
    message = mail.EmailMultiAlternatives(subject, body, "from@example.com", ["to@example.com"])
    message.attach_alternative("<p>Marked <b>up</b></p><script>alert(1)</script>", "text/html")
    for name, content in attachment.items():
        message.attach(f"{name}.ics", content, "text/calendar; method=REQUEST")
    MailboxBackend(alias="default").send_messages([message])


def run(code: str, **environment: str) -> str:
    """Run Django code in a process of its own and return what it prints."""
    setup = "import django; django.setup()\n"
    settings = {"DJANGO_SETTINGS_MODULE": "servicetorg.settings", "IGNORE_DOT_ENV": "true", **environment}
    done = subprocess.run(
        [sys.executable, "-c", setup + code],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, **settings},
    )
    return done.stdout.strip()


@pytest.mark.parametrize(("debug", "found"), [("true", "mailbox"), ("false", "nothing")])
def test_the_mailbox_exists_in_development_only(debug: str, found: str) -> None:
    code = """
from django.urls import Resolver404, resolve
try:
    print(resolve("/dev/mailbox/").url_name)
except Resolver404:
    print("nothing")
"""
    assert run(code, DEBUG=debug, SECRET_KEY="k" * 60, ALLOWED_HOSTS="localhost") == found


def test_the_newest_mail_comes_first(client: Client, development: Path) -> None:
    send("Första")
    send("Andra ärendet")
    page = client.get("/dev/mailbox/").content.decode()
    assert 0 < page.index("Andra ärendet") < page.index("Första")


def test_a_mail_shows_its_text_and_its_html_as_source(client: Client, development: Path) -> None:
    send("Ärende", "Hej, åäö")
    (file,) = development.glob("*.eml")
    page = client.get(f"/dev/mailbox/{file.stem}/").content.decode()
    for shown in ("Ärende", "Hej, åäö", "to@example.com", "from@example.com", "&lt;script&gt;"):
        assert shown in page
    assert "<script>" not in page


def test_the_calendar_file_is_saved_and_not_opened(client: Client, development: Path) -> None:
    send("Bokning", booking="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    (file,) = development.glob("*.eml")
    assert f"/dev/mailbox/{file.stem}/0/" in client.get(f"/dev/mailbox/{file.stem}/").content.decode()
    response = client.get(f"/dev/mailbox/{file.stem}/0/")
    assert response["Content-Disposition"] == 'attachment; filename="booking.ics"'
    assert response.content.decode().split() == ["BEGIN:VCALENDAR", "END:VCALENDAR"]
    assert client.get(f"/dev/mailbox/{file.stem}/1/").status_code == 404


@pytest.mark.parametrize("name", ["1-a", "../../etc/passwd", "..%2F..%2Fmanage", "1-a.eml"])
def test_only_mails_of_the_mailbox_can_be_read(client: Client, development: Path, name: str) -> None:
    assert client.get(f"/dev/mailbox/{name}/").status_code == 404


def test_an_empty_mailbox_says_so(client: Client, development: Path) -> None:
    assert client.get("/dev/mailbox/").status_code == 200


def test_mail_of_another_process_is_seen(client: Client, development: Path) -> None:
    code = f"""
from pathlib import Path
from django.conf import settings
from django.core.mail import EmailMessage
settings.MAILBOX_DIR = Path({str(development)!r})
EmailMessage("Från arbetaren", "x", "a@example.com", ["b@example.com"]).send()
"""
    run(code, DEBUG="true")
    assert "Från arbetaren" in client.get("/dev/mailbox/").content.decode()
