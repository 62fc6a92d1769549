"""A mailbox for development: mails land in files and are read in the browser at /dev/mailbox/.

Each mail is a file of its own, so that the site and the worker, two processes, share the mailbox.
Its pages exist only while DEBUG is on.
"""

import secrets
import time
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.http import require_GET


class MailboxBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[mail.EmailMessage]) -> int:
        folder = Path(settings.MAILBOX_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.time_ns()}-{secrets.token_hex(4)}"
            unfinished = folder / f"{name}.part"
            unfinished.write_bytes(message.message().as_bytes())
            unfinished.rename(folder / f"{name}.eml")  # a reader sees a whole mail or none
        return len(email_messages)


class MailNameConverter(StringConverter):
    regex = "[0-9]+-[0-9a-f]+"


class Attachment(NamedTuple):
    number: int
    name: str
    content_type: str
    content: bytes


class Mail:
    """A mail as it was sent, read from its file."""

    def __init__(self, file: Path) -> None:
        self.name = file.stem
        self.message: EmailMessage = message_from_bytes(file.read_bytes(), policy=modern)

    @property
    def subject(self) -> str:
        return str(self.message["subject"] or "")

    @property
    def sender(self) -> str:
        return str(self.message["from"] or "")

    @property
    def to(self) -> str:
        return str(self.message["to"] or "")

    @property
    def sent_at(self) -> datetime | None:
        return parsedate_to_datetime(self.message["date"]) if self.message["date"] else None

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def attachments(self) -> list[Attachment]:
        """Return what can be saved; a calendar invitation among the bodies is one of them."""
        parts = [
            part for part in self.message.walk() if part.get_filename() or part.get_content_type() == TEXT_CALENDAR
        ]
        return [
            Attachment(number, part.get_filename() or "booking.ics", part.get_content_type(), _content(part))
            for number, part in enumerate(parts)
        ]

    def _body(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        return part.get_content() if part is not None else ""


TEXT_CALENDAR = "text/calendar"


@require_GET
def mailbox(request: HttpRequest) -> HttpResponse:
    files = sorted(Path(settings.MAILBOX_DIR).glob("*.eml"), reverse=True)[:100]
    return render(request, "mailbox/mailbox.html", {"mails": [Mail(file) for file in files]})


@require_GET
def mailbox_mail(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "mailbox/mail.html", {"mail": _mail_or_404(name)})


@require_GET
def mailbox_attachment(request: HttpRequest, name: str, number: int) -> HttpResponse:
    attachments = _mail_or_404(name).attachments
    if number >= len(attachments):
        raise Http404
    attachment = attachments[number]
    # Saved, never shown: a mail must not run in the site's name.
    headers = {"Content-Disposition": f'attachment; filename="{attachment.name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(attachment.content, content_type=attachment.content_type, headers=headers)


def urls() -> list[URLPattern]:
    """Return the mailbox's pages in development, and none in production."""
    if not settings.DEBUG:
        return []
    return [
        path("dev/mailbox/", mailbox, name="mailbox"),
        path("dev/mailbox/<mail_name:name>/", mailbox_mail, name="mailbox_mail"),
        path("dev/mailbox/<mail_name:name>/<int:number>/", mailbox_attachment, name="mailbox_attachment"),
    ]


def _mail_or_404(name: str) -> Mail:
    file = Path(settings.MAILBOX_DIR) / f"{name}.eml"
    if not file.exists():
        raise Http404
    return Mail(file)


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


register_converter(MailNameConverter, "mail_name")
