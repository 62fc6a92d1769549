from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

from servicetorg.models import InfoPage, Slug, shipped_text

# No HTML passes through, and links with javascript: or data: are refused by the parser.
MARKDOWN = MarkdownIt("commonmark", {"html": False})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return info_page(request, Slug.ACCESSIBILITY)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return info_page(request, Slug.PRIVACY)


def info_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the text staff have written, or the one the site came with."""
    page = InfoPage.objects.filter(slug=slug).first() or shipped_page(slug)
    return render(request, "about/page.html", {"page": page, "to_html": to_html})


def shipped_page(slug: str) -> InfoPage:
    title, body = shipped_text(slug, str(get_language()))
    return InfoPage(slug=slug, title=title, body=body)


def to_html(text: str) -> str:
    return mark_safe(MARKDOWN.render(text))  # noqa: S308 - HTML in the text is escaped
