"""The mails about reports, each in its receiver's language."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from hubs.wording import day_long
from rooms.mails import Letter, laid_out, plain
from servicetorg.reports.links import answer_report_link
from servicetorg.reports.models import Report
from servicetorg.reports.wording import outcome_words


def send_to_owner(report: Report, editor: User | None) -> None:
    """Ask whoever looks after the page; without an editor the hub's own mailbox. Raises what the server answers."""
    language = editor.language if editor is not None else settings.LANGUAGE_CODE
    to = editor.email if editor is not None else report.hub.email
    number = f"{report.reference}.{editor.pk if editor else 'hub'}"
    with translation.override(language):
        laid_out(owners_letter(report, editor), language, to=to, number=number).send()


def send_answer(report: Report) -> None:
    with translation.override(report.language):
        laid_out(answer_letter(report), report.language, to=report.email, number=f"{report.reference}.answer").send()


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
        more_links=[(_("See the page"), settings.SITE_URL + about.get_absolute_url())],
        why=_("This mail was sent because you asked for an answer. We have now forgotten your address."),
    )


def change_address(report: Report) -> str:
    """Return where in the admin the thing is changed."""
    about = report.about
    return reverse(f"admin:{about._meta.app_label}_{about._meta.model_name}_change", args=[about.pk])


def subject(words: str, name: str) -> str:
    return " ".join((words % {"name": name}).split())
