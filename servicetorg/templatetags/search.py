from django import template
from django.db.models import Model
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from servicetorg.search import analyser
from servicetorg.templatetags.portal import find_text

register = template.Library()

LONGEST = 220  # characters of a summary among the results


@register.simple_tag
def marked(thing: Model, field: str, terms: dict[str, frozenset[str]]) -> SafeString:
    """Show a text with the words that were searched for marked, from another language with its `lang`."""
    found = find_text(thing, field)
    text = Truncator(found.text).chars(LONGEST, truncate="…")
    pieces = analyser.pieces(text, found.language, terms.get(found.language, frozenset()))
    shown = format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", piece) if is_marked else piece,) for piece, is_marked in pieces)
    )
    return shown if found.is_own else format_html('<span lang="{}">{}</span>', found.language, shown)
