from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.models import Room
from services.models import Listing
from servicetorg.reports.models import Report, ReportMail

__all__ = [
    "InfoPage",
    "Kind",
    "Report",
    "ReportMail",
    "SearchDocument",
    "SearchTerm",
    "Slug",
    "SuitableRooms",
    "SynonymGroup",
    "ZeroHitQuery",
    "shipped_text",
]

TEXTS = Path(__file__).resolve().parent / "pages"


class Slug(models.TextChoices):
    ACCESSIBILITY = "accessibility", _("Accessibility statement")
    PRIVACY = "privacy", _("Privacy")
    OPEN_DATA = "open-data", _("Open data")


class InfoPage(models.Model):
    """A text about the site itself. Staff edit it; its address and place are fixed."""

    slug = models.SlugField(_("page"), choices=Slug, unique=True)
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), help_text=_("Markdown: ## heading, - list, [words](https://address)."))
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("page about the site")
        verbose_name_plural = _("pages about the site")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title


def shipped_text(slug: str, language: str) -> tuple[str, str]:
    """Return the title and the body that a new site begins with."""
    title, body = (TEXTS / f"{slug}.{language}.md").read_text(encoding="utf-8").split("\n", maxsplit=1)
    return title.removeprefix("# ").strip(), body.strip()


class Kind(models.TextChoices):
    """What can be found."""

    HUB = "hub", _("hub")
    LISTING = "listing", _("listing")
    ROOM = "room", _("room")


class SearchDocument(models.Model):
    """What the search knows of a hub, a listing or a room. Made from them, never edited.

    No foreign key: whoever deletes a listing should not be asked about its search words. A document that
    has outlived its thing shows nothing, and goes with the next sweep (`search/index.py`).
    """

    kind = models.CharField(max_length=8, choices=Kind)
    key = models.PositiveBigIntegerField()
    checksum = models.BigIntegerField(default=0)  # of the texts that it was made from

    class Meta:
        verbose_name = _("search document")
        verbose_name_plural = _("search documents")
        ordering = ["kind", "key"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="a_thing_has_one_search_document"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class SearchTerm(models.Model):
    """A word by which a document is found, as its stem, and how much that says."""

    document = models.ForeignKey(SearchDocument, on_delete=models.CASCADE, related_name="terms")
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    term = models.CharField(max_length=100, db_index=True)
    word = models.CharField(max_length=160)  # as it stands in the text
    weight = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("search term")
        verbose_name_plural = _("search terms")
        ordering = ["document", "language", "term"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "language", "term"], name="a_search_term_is_there_once_in_a_document"
            ),
        ]

    def __str__(self) -> str:
        return self.word


class SynonymGroup(models.Model):
    """Words that mean the same to whoever searches, in all languages at once. Counts from the moment it is saved."""

    words_sv = models.TextField(_("words in Swedish"), blank=True, help_text=_("Separated by commas."))
    words_fi = models.TextField(_("words in Finnish"), blank=True, help_text=_("Separated by commas."))
    words_en = models.TextField(_("words in English"), blank=True, help_text=_("Separated by commas."))

    class Meta:
        verbose_name = _("group of synonyms")
        verbose_name_plural = _("synonyms")
        ordering = ["words_sv", "words_fi", "words_en"]

    def __str__(self) -> str:
        return " · ".join(words for _language, words in self.members())[:80]

    def clean(self) -> None:
        for language, _name in settings.LANGUAGES:
            setattr(self, f"words_{language}", ", ".join(dict.fromkeys(self.words(language))))
        if len(list(self.members())) < 2:
            raise ValidationError(_("Give at least two words that mean the same."))

    def words(self, language: str) -> list[str]:
        parts = (" ".join(part.split()) for part in getattr(self, f"words_{language}").replace("\n", ",").split(","))
        return [part for part in parts if part]

    def members(self) -> Iterator[tuple[str, str]]:
        """Yield each word or phrase of the group with its language."""
        for language, _name in settings.LANGUAGES:
            for word in self.words(language):
                yield language, word


class ZeroHitQueryQuerySet(models.QuerySet["ZeroHitQuery"]):
    def asked_in(self, words: Any) -> "ZeroHitQueryQuerySet":
        """Keep the questions that are one of these words."""
        return self.filter(query__in=[word.casefold() for word in words])


class ZeroHitQuery(models.Model):
    """What was searched for and not found: the words, the language of the page and how often; no person."""

    query = models.CharField(_("words"), max_length=60)
    language = models.CharField(_("language of the page"), max_length=2, choices=settings.LANGUAGES)
    guess = models.CharField(_("shown instead"), max_length=160, blank=True)
    count = models.PositiveIntegerField(_("how often"), default=0)
    last_on = models.DateField(_("last asked on"), db_index=True)

    objects = ZeroHitQueryQuerySet.as_manager()

    class Meta:
        verbose_name = _("search without a result")
        verbose_name_plural = _("searches without a result")
        ordering = ["-count", "-last_on", "query"]
        constraints = [
            models.UniqueConstraint(fields=["query", "language"], name="a_search_without_result_is_counted_once"),
        ]

    def __str__(self) -> str:
        return self.query


class SuitableRooms(models.Model):
    """The rooms that the staff say suit the clients of a listing; without a row a rule chooses."""

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, related_name="suitable_rooms", verbose_name=_("listing")
    )
    rooms = models.ManyToManyField(
        Room,
        related_name="suits",
        blank=True,
        verbose_name=_("rooms"),
        help_text=_("Rooms of the same house. With none ticked, the page of the listing shows no rooms."),
    )

    class Meta:
        verbose_name = _("rooms that suit a listing")
        verbose_name_plural = _("rooms that suit a listing")
        ordering = ["listing"]

    def __str__(self) -> str:
        return str(self.listing)
