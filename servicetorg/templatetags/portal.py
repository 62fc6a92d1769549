import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.db.models import Model
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hubs.wording import listed

type Moments = tuple[datetime, datetime]

register = template.Library()

SPRITE = "vendor/lucide/icons.svg"
FIRST_SENTENCE = re.compile(r".*?(?<!\.\w)(?<!\.\w\w)(?<!esim)[.!?](?=\s+[A-ZÅÄÖ])", re.DOTALL)  # “t.ex.” ends none


@cache
def icon_names() -> frozenset[str]:
    sprite = (settings.BASE_DIR / "static" / SPRITE).read_text(encoding="utf-8")
    return frozenset(re.findall(r'<symbol id="([^"]+)"', sprite))


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> str:
    """Draw an icon beside words. A name that the sprite lacks (staff may type any) shows “info”."""
    known = name if name in icon_names() else "info"
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static(SPRITE), known)


# --- Texts that may be missing in the reader's language ------------------------------------


class Found(NamedTuple):
    text: str
    language: str
    is_own: bool


def find_text(thing: Model, field: str) -> Found:
    """Return the field in the reader's language, or the first fallback that has it."""
    own = get_language() or settings.LANGUAGE_CODE
    fallbacks = settings.MODELTRANSLATION_FALLBACK_LANGUAGES
    for language in (own, *fallbacks.get(own, ()), *fallbacks["default"]):
        if value := getattr(thing, f"{field}_{language}"):
            return Found(str(value), language, language == own)
    return Found("", own, True)


def only_available_in(language: str) -> str:
    return {
        "sv": _("This text is only available in Swedish."),
        "fi": _("This text is only available in Finnish."),
        "en": _("This text is only available in English."),
    }[language]


@register.simple_tag
def text(thing: Model, field: str) -> str:
    """Show a short text; one from another language carries its `lang`."""
    found = find_text(thing, field)
    return found.text if found.is_own else format_html('<span lang="{}">{}</span>', found.language, found.text)


@register.simple_tag
def first_sentence(thing: Model, field: str) -> str:
    """Show of a text what a card has room for; its page has the rest."""
    found = find_text(thing, field)
    sentence = FIRST_SENTENCE.match(found.text)
    words = sentence[0] if sentence else found.text
    return words if found.is_own else format_html('<span lang="{}">{}</span>', found.language, words)


@register.simple_tag
def long_text(thing: Model, field: str) -> str:
    """Show a text as paragraphs, and say so where it exists only in another language."""
    found = find_text(thing, field)
    paragraphs = mark_safe(linebreaks(found.text, autoescape=True))  # noqa: S308 - escaped just here
    if found.is_own:
        return paragraphs
    return format_html(
        '<p class="small muted">{}</p><div lang="{}">{}</div>',
        only_available_in(found.language),
        found.language,
        paragraphs,
    )


@register.filter
def language_name(code: str) -> str:
    return {"sv": "Svenska", "fi": "Suomi", "en": "English"}[code]


# --- Free times as a bar -------------------------------------------------------------------


class Stripe(NamedTuple):
    """A part of the bar, in per cent of its width, written with a decimal point in every language."""

    x: str
    width: str


class Tick(NamedTuple):
    x: str
    label: str


def per_cent(part: timedelta, whole: timedelta) -> str:
    return format(100 * part / whole, ".2f")


def in_utc(span: Moments) -> Moments:
    """Differences and order are those of the wall clock otherwise: wrong in the night it is changed."""
    return span[0].astimezone(UTC), span[1].astimezone(UTC)


def stripes(spans: Iterable[Moments], window: Moments) -> list[Stripe]:
    starts_at, ends_at = window
    whole = ends_at - starts_at
    clipped = [(max(start, starts_at), min(end, ends_at)) for start, end in spans]
    return [
        Stripe(per_cent(start - starts_at, whole), per_cent(end - start, whole))
        for start, end in clipped
        if start < end
    ]


def gaps(spans: Iterable[Moments], window: Moments) -> list[Moments]:
    """Return what the spans leave over of the window."""
    moment, ends_at = window
    left = []
    for start, end in sorted(spans):
        if start > moment:
            left.append((moment, start))
        moment = max(moment, end)
    return [*left, (moment, ends_at)] if moment < ends_at else left


@lru_cache(maxsize=64)  # every bar of a page has the same
def hour_ticks(window: Moments) -> list[Tick]:
    """Label the axis with whole hours of the wall clock, about seven at most."""
    starts_at, ends_at = window
    whole = ends_at - starts_at
    step = next((step for step in (1, 2, 3, 4, 6, 12) if whole <= timedelta(hours=step * 6)), 24)
    first = starts_at + timedelta(minutes=-starts_at.minute % 60)
    hours = [first + timedelta(hours=n) for n in range(int((ends_at - first) / timedelta(hours=1)) + 1)]
    offset = timezone.localtime(first).hour % step
    return [
        Tick(per_cent(hour - starts_at, whole), "24" if hour == ends_at and local.hour == 0 else str(local.hour))
        for hour, local in ((hour, timezone.localtime(hour)) for hour in hours)
        if local.hour % step == offset
    ]


@register.inclusion_tag("includes/free_bar.html")
def free_bar(
    window_start: datetime,
    window_end: datetime,
    busy: Iterable[Moments] | None = None,
    selected: Moments | None = None,
    *,
    free: Iterable[Moments] | None = None,
    selected_is_free: bool = True,
    axis: bool = True,
) -> dict[str, Any]:
    """Draw when a room is free between two moments.

    Give either what is taken (`busy`, closed hours included) or what is `free`; the rest
    follows. The bar is decoration and hidden from screen readers: say the same in words.
    """
    window = in_utc((window_start, window_end))
    taken = gaps(map(in_utc, free), window) if free is not None else map(in_utc, busy or ())
    return {
        "busy": stripes(taken, window),
        "ticks": hour_ticks(window),
        "selected": next(iter(stripes([in_utc(selected)], window)), None) if selected else None,
        "selected_is_free": selected_is_free,
        "axis": axis,
    }


@register.inclusion_tag("includes/free_key.html")
def free_key(*, selected: bool = False) -> dict[str, Any]:
    """Explain the colours of the bars, once a page."""
    return {"selected": selected}


# --- Small words ---------------------------------------------------------------------------


register.filter(listed)


@register.filter
def full_address(path: str) -> str:
    """Write an address of this site with its host, for use outside the browser."""
    return f"{settings.SITE_URL}{path}"


@register.filter
def webcal(path: str) -> str:
    """Write an address that opens the calendar program, which then asks for it again and again."""
    return f"webcal://{settings.SITE_URL.partition('://')[2]}{path}"


@register.filter
def tel(number: str) -> SafeString:
    """Make a telephone number's address: digits and a leading plus only."""
    digits = re.sub(r"[^\d+]", "", number)
    return mark_safe(f"tel:{digits}")  # noqa: S308 - digits and plus signs


@register.filter
def host(address: str) -> str:
    """Name the site that an address leads to: “www.example.fi”."""
    return urlsplit(address).netloc


# --- Said once, written twice -----------------------------------------------------------------


class CaptureNode(template.Node):
    def __init__(self, nodelist: template.NodeList, name: str) -> None:
        self.nodelist, self.name = nodelist, name

    def render(self, context: template.Context) -> SafeString:
        # Escaped where it was written, as all of a template is.
        context[self.name] = mark_safe(self.nodelist.render(context).strip())  # noqa: S308
        return mark_safe("")


@register.tag
def capture(parser: Any, token: Any) -> CaptureNode:
    """Keep what stands within, blocks of pages too: `{% capture title %}{% block title %}…{% endcapture %}`."""
    _tag, name = token.split_contents()
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(nodelist, name)
