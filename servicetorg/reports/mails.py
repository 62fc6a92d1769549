"""The mails about reports, each in its receiver's language."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from hubs.wording import day_long
from rooms.calendar import host
from rooms.mails import Letter, plain
from servicetorg.reports.links import answer_report_link
from servicetorg.reports.models import Report
from servicetorg.reports.wording import outcome_words


def send_to_owner(report: Report, editor: User | None) -> None:
    """Ask whoever looks after the page; without an editor the hub's own mailbox. Raises what the server answers."""
    language = editor.language if editor is not None else settings.LANGUAGE_CODE
    with translation.override(language):
        message = new_message(report, owners_letter(report, editor), language)
        message.to = [editor.email if editor is not None else report.hub.email]
        message.extra_headers["Message-ID"] = f"<{report.reference}.{editor.pk if editor else 'hub'}@{host()}>"
        message.send()


def send_answer(report: Report) -> None:
    with translation.override(report.language):
        message = new_message(report, answer_letter(report), report.language)
        message.to = [report.email]
        message.extra_headers["Message-ID"] = f"<{report.reference}.answer@{host()}>"
        message.send()


def new_message(report: Report, letter: Letter, language: str) -> EmailMultiAlternatives:
    context = {"letter": letter, "language": language, "site": settings.SITE_NAME}
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=render_to_string("rooms/mail/booking.txt", context),
        headers={"Auto-Submitted": "auto-generated", "Content-Language": language},
    )
    message.attach_alternative(render_to_string("rooms/mail/booking.html", context), "text/html")
    return message


def owners_letter(report: Report, editor: User | None) -> Letter:
    about = report.about
    facts = [
        (_("Page"), f"{about.name}, {report.hub.name}" if about != report.hub else about.name),
        (_("What is wrong"), str(report.get_what_display())),
        (_("In their words"), report.text),
        (capfirst(_("reported")), capfirst(plain(day_long(timezone.localdate(report.made_at))))),
    ]
    return Letter(
        subject=subject(_("Is this right? %(name)s"), about.name),
        paragraphs=[
            _("Somebody has found something on a page that you look after to be wrong."),
            _("Please look at it, correct what is wrong, and answer. It takes a moment and needs no password."),
        ],
        facts=facts,
        link_words=_("See the report and answer it"),
        link=answer_report_link(report, editor),
        is_live=True,
        more_links=[
            (_("See the page"), settings.SITE_URL + about.get_absolute_url()),
            (_("Correct it in the administration"), settings.SITE_URL + change_address(report)),
        ],
        why=_("This mail was sent because this address looks after the page."),
    )


def answer_letter(report: Report) -> Letter:
    about = report.about
    return Letter(
        subject=subject(_("What you reported: %(name)s"), about.name),
        paragraphs=[_("Thank you for telling us."), plain(outcome_words(report)), *filter(None, [report.answer])],
        facts=[(_("Page"), about.name), (_("What you wrote"), report.text)],
        link_words=_("See what became of it"),
        link=settings.SITE_URL + report.get_absolute_url(),
        is_live=True,
        more_links=[(_("See the page"), settings.SITE_URL + about.get_absolute_url())],
        why=_("This mail was sent because you asked for an answer. We have now forgotten your address."),
    )


def change_address(report: Report) -> str:
    """Return where in the admin the thing is changed."""
    about = report.about
    return reverse(f"admin:{about._meta.app_label}_{about._meta.model_name}_change", args=[about.pk])


def subject(words: str, name: str) -> str:
    return " ".join((words % {"name": name}).split())
