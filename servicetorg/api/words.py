"""Texts in the three languages, or in the one that is asked for, and never silently in another."""

from typing import Any

from django.conf import settings
from django.db import models
from modeltranslation.utils import build_localized_fieldname, resolution_order

from servicetorg.addresses import CODES, in_language

type Words = dict[str, str | None] | str | None


class Teller:
    """Tells the texts of one record.

    Without a language a text is `{"sv": …, "fi": …, "en": …}`, null where nobody has written it. With
    one it is the text itself; one that had to be told in another language is named in `foreign`.
    """

    def __init__(self, language: str = "") -> None:
        self.language = language
        self.foreign: dict[str, str] = {}

    def __call__(self, thing: models.Model, field: str, *, name: str = "") -> Words:
        own = {code: getattr(thing, build_localized_fieldname(field, code)) for code in CODES}
        return self.words(own, name or field)

    def words(self, own: dict[str, str | None], name: str) -> Words:
        if not self.language:
            return {code: own.get(code) or None for code in CODES}
        for code in resolution_order(self.language):
            if text := own.get(code):
                if code != self.language:
                    self.foreign[name] = code
                return text
        return None

    def address(self, path: str) -> Words:
        """Tell where the page is, of which `path` is the address in any language."""
        own = {code: settings.SITE_URL + in_language(path, code) for code in CODES}
        return own[self.language] if self.language else dict(own)

    def told(self) -> dict[str, Any]:
        """Return what belongs into the record about the language of its texts."""
        return {"other_languages": self.foreign} if self.language else {}
