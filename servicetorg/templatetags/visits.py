from collections.abc import Iterable

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from hubs.wording import listed
from services.models import Service
from servicetorg.templatetags.portal import text
from servicetorg.visit import Stop

register = template.Library()


@register.filter
def names(things: Iterable[Stop | Service]) -> SafeString:
    """Name stops or services as a person would: “a, b and c”; a name from another language carries its `lang`."""
    named = (each.listing if isinstance(each, Stop) else each for each in things)
    return mark_safe(listed([conditional_escape(text(each, "name")) for each in named]))  # noqa: S308 - escaped here
