from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

from servicetorg.models import InfoPage, Slug, shipped_text
from servicetorg.templatetags.portal import Found, find_text, only_available_in

# No HTML passes through, and links with javascript: or data: are refused by the parser.
MARKDOWN = MarkdownIt("commonmark", {"html": False})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return info_page(request, Slug.ACCESSIBILITY)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return info_page(request, Slug.PRIVACY)


@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    return info_page(request, Slug.OPEN_DATA)


def info_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the text staff have written, or the one the site came with."""
    page = InfoPage.objects.filter(slug=slug).first() or shipped_page(slug)
    found = find_text(page, "body")
    body = to_html(found.text) if found.is_own else foreign(found)
    return render(request, "about/page.html", {"page": page, "body": body})


def shipped_page(slug: str) -> InfoPage:
    language = str(get_language())
    title, body = shipped_text(slug, language)
    return InfoPage(slug=slug, **{f"title_{language}": title, f"body_{language}": body})


def foreign(found: Found) -> str:
    notice, html = only_available_in(found.language), to_html(found.text)
    return format_html('<p class="muted">{}</p><div lang="{}">{}</div>', notice, found.language, html)


def to_html(text: str) -> str:
    """Render Markdown.

    `{days}` becomes the number of days after which bookings are anonymised, `{text_days}` that after
    which written answers to a survey are deleted, `{site}` our address.
    """
    text = text.replace("{days}", str(settings.RETENTION_DAYS)).replace("{text_days}", str(settings.SURVEY_TEXT_DAYS))
    text = text.replace("{site}", settings.SITE_URL)
    return mark_safe(MARKDOWN.render(text))  # noqa: S308 - HTML in the text is escaped
