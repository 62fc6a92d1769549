from pathlib import Path

from django.db import models
from django.utils.translation import gettext_lazy as _

TEXTS = Path(__file__).resolve().parent / "pages"


class Slug(models.TextChoices):
    ACCESSIBILITY = "accessibility", _("Accessibility statement")
    PRIVACY = "privacy", _("Privacy")


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
