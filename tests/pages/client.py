"""A client that judges every page it fetches.

    def test_the_hub_is_shown(page, kalajarvi):
        assert page("/sv/hubs/kalajarvi/").h1 == "Kalajärvi servicetorg"

It fails on a missing title or `h1`, a wrong `lang`, duplicate ids, an unlabelled field, inline
script or style, an untranslated text, and a link that leads nowhere.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import polib
import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import translation

from servicetorg.addresses import language_of, without_language

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# What HTML knows, as far as our pages need it; whatever a script of ours needs is called data-….
ATTRIBUTES = {
    "action", "as", "autocapitalize", "autocomplete", "autofocus", "charset", "checked", "class", "colspan", "cols",
    "content", "crossorigin", "defer", "disabled", "download", "enctype", "for", "form", "formaction",
    "formnovalidate", "height", "hidden", "href", "hreflang", "http-equiv", "id", "inputmode", "lang", "max",
    "maxlength", "media", "method", "min", "minlength", "multiple", "name", "novalidate", "open", "pattern",
    "placeholder", "property", "readonly", "rel", "required", "role", "rows", "rowspan", "scope", "selected",
    "spellcheck", "src", "srcset", "start", "step", "tabindex", "title", "translate", "type", "value", "width",
}  # fmt: skip
# Elements that are what they are: a role would repeat it, or take it from them.
WITHOUT_ROLE = {
    "a", "aside", "button", "dd", "dl", "dt", "footer", "h1", "h2", "h3", "header", "input", "label", "li", "main",
    "nav", "ol", "p", "section", "select", "table", "tbody", "td", "textarea", "th", "thead", "tr", "ul",
}  # fmt: skip
NEED_LABELS = {"input", "select", "textarea"}
UNLABELLED_TYPES = {"hidden", "submit", "button", "image", "reset"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words in it, with single spaces."""
        return " ".join("".join(self._words()).split())

    def _words(self) -> list[str]:
        return [child if isinstance(child, str) else " " + child.text + " " for child in self.children]

    def ancestors(self) -> list["Element"]:
        return [self.parent, *self.parent.ancestors()] if self.parent else []


class Tree(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("", {})
        self.elements: list[Element] = []
        self.problems: list[str] = []
        self.feed(html)
        if self.here is not self.root:
            self.problems.append(f"<{self.here.tag}> is never closed")

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = [name for name, _value in attributes]
        if len(names) != len(set(names)):
            self.problems.append(f"<{tag}> has an attribute twice: {names}")
        element = Element(tag, {name: value or "" for name, value in attributes}, self.here)
        self.here.children.append(element)
        self.elements.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.here.tag != tag:
            self.problems.append(f"</{tag}> closes <{self.here.tag}>")
            return
        self.here = self.here.parent or self.root

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


class Page:
    def __init__(self, response: HttpResponse, path: str) -> None:
        self.response = response
        self.path = path
        self.html = response.content.decode()
        self.tree = Tree(self.html)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements with a tag and attributes, as in `page.all("a", href="/sv/")`."""
        return [
            element
            for element in self.tree.elements
            if element.tag == tag
            and all(element.attributes.get(name.rstrip("_")) == value for name, value in attributes.items())
        ]

    def texts(self, tag: str, class_: str = "") -> list[str]:
        found = [element for element in self.all(tag) if class_ in ["", *element.attributes.get("class", "").split()]]
        return [element.text for element in found]

    @property
    def title(self) -> str:
        return self.all("title")[0].text

    @property
    def h1(self) -> str:
        return self.all("h1")[0].text

    @property
    def text(self) -> str:
        return self.all("body")[0].text

    @property
    def main(self) -> str:
        return self.all("main")[0].text

    @property
    def links(self) -> dict[str, str]:
        """The address of each link, by its words."""
        return {element.text: element.attributes.get("href", "") for element in self.all("a")}

    def problems(self) -> list[str]:
        return [
            *self.tree.problems,
            *self.frame_problems(),
            *self.id_problems(),
            *self.label_problems(),
            *self.inline_problems(),
            *self.attribute_problems(),
            *self.link_problems(),
            *self.translation_problems(),
        ]

    def frame_problems(self) -> list[str]:
        problems = []
        if len(self.all("title")) != 1 or not self.title.split("–")[0].strip():
            problems.append("the page has no title of its own")
        if [element.text != "" for element in self.all("h1")] != [True]:
            problems.append(f"a page has one h1, this one has {self.texts('h1')}")
        language, expected = self.all("html")[0].attributes.get("lang"), language_of(urlsplit(self.path).path)
        if expected and language != expected:
            problems.append(f"lang is {language!r}, the address says {expected!r}")
        return problems

    def id_problems(self) -> list[str]:
        ids = [element.attributes["id"] for element in self.tree.elements if "id" in element.attributes]
        problems = [f"id {name!r} is there twice" for name in set(ids) if ids.count(name) > 1]
        for element in self.tree.elements:
            for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
                problems += [
                    f"<{element.tag}> points at {target!r}, which is not there"
                    for target in element.attributes.get(name, "").split()
                    if target not in ids
                ]
        return problems

    def label_problems(self) -> list[str]:
        labelled = {label.attributes.get("for") for label in self.all("label") if label.text}
        problems = []
        for element in self.tree.elements:
            if element.tag not in NEED_LABELS or element.attributes.get("type") in UNLABELLED_TYPES:
                continue
            inside = any(ancestor.tag == "label" and ancestor.text for ancestor in element.ancestors())
            named = {"aria-label", "aria-labelledby"} & set(element.attributes)
            if not inside and not named and element.attributes.get("id") not in labelled:
                problems.append(f"the field {element.attributes.get('name')!r} has no label")
        problems += [
            f"a {element.tag} has no words: {element.attributes}"
            for element in [*self.all("a"), *self.all("button")]
            if not element.text and "aria-label" not in element.attributes
        ]
        problems += [
            f"an image has no alt: {each.attributes}" for each in self.all("img") if "alt" not in each.attributes
        ]
        return problems

    def inline_problems(self) -> list[str]:
        problems = [f"inline {element.tag}" for element in self.all("style")]
        problems += [
            "inline script"
            for element in self.all("script")
            if "src" not in element.attributes and element.attributes.get("type") != "application/ld+json"
        ]
        for element in self.tree.elements:
            problems += [
                f"<{element.tag} {name}>" for name in element.attributes if name == "style" or name.startswith("on")
            ]
        return problems

    def attribute_problems(self) -> list[str]:
        problems = []
        for element in self.tree.elements:
            if element.tag in WITHOUT_ROLE and "role" in element.attributes:
                problems.append(f"<{element.tag}> has the role {element.attributes['role']!r}")
            if element.tag != "svg" and not any(ancestor.tag == "svg" for ancestor in element.ancestors()):
                problems += [
                    f"<{element.tag} {name}> is unknown to HTML"
                    for name in element.attributes
                    if name not in ATTRIBUTES and not name.startswith(("data-", "aria-"))
                ]
        return problems

    def link_problems(self) -> list[str]:
        ids = {element.attributes.get("id") for element in self.tree.elements}
        problems = []
        for element in self.tree.elements:
            for name in ("href", "action", "data-hx-get"):
                target = element.attributes.get(name, "")
                if element.tag in {"a", "area"} and name == "href" and not target:
                    problems.append(f"a link without an address: {element.text!r}")
                if element.tag != "use" and not self.is_this_page(target) and not leads_somewhere(target, ids):
                    problems.append(f"{name}={target!r} leads nowhere")
        return problems

    def is_this_page(self, target: str) -> bool:
        """Tell whether it leads to this page in another language; where a page is lost, that one is lost too."""
        here, there = urlsplit(self.path).path, urlsplit(target).path
        return language_of(there) != "" and without_language(there) == without_language(here)

    def translation_problems(self) -> list[str]:
        """Find texts that the catalogue knows but has no translation for, as they stand on the page."""
        missing = untranslated(self.all("html")[0].attributes.get("lang", ""))
        return [
            f"untranslated: {words!r}"
            for element in self.tree.elements
            if "lang" not in element.attributes
            for words in [" ".join(child.split()) for child in element.children if isinstance(child, str)]
            if words in missing
        ]


def leads_somewhere(target: str, ids: set[str | None]) -> bool:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return parts.scheme in {"https", "http", "mailto", "tel", "webcal"}
    if not parts.path:
        return not parts.fragment or parts.fragment in ids
    if parts.path.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
        return True
    try:
        with translation.override(language_of(parts.path) or settings.LANGUAGE_CODE):
            resolve(parts.path)
    except Resolver404:
        return False
    return True


@cache
def untranslated(language: str) -> frozenset[str]:
    catalogue = settings.BASE_DIR / "locale" / language / "LC_MESSAGES" / "django.po"
    if language == "en" or not catalogue.exists():
        return frozenset()
    translations = polib.pofile(str(catalogue))
    if translations.percent_translated() < 50:
        return frozenset()  # only just begun; that it is complete is checked elsewhere
    entries = translations.untranslated_entries() + translations.fuzzy_entries()
    return frozenset(" ".join(entry.msgid.split()) for entry in entries)


type Fetch = Callable[..., Page]


@pytest.fixture
def page(client: Client, db: None) -> Fetch:
    """Fetch a page and judge it: `page(path, status=200, as_=client, data=None)`; `data` makes it a POST."""

    def fetch(path: str, status: int = 200, as_: Client | None = None, data: Any = None, **headers: str) -> Page:
        browser = as_ or client
        response = browser.get(path, headers=headers) if data is None else browser.post(path, data, headers=headers)
        assert response.status_code == status, f"{path} answered {response.status_code}"
        fetched = Page(response, path)
        problems = fetched.problems()
        assert not problems, "\n".join([path, *problems])
        return fetched

    return fetch
