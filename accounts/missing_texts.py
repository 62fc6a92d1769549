"""Let the staff see which texts a language lacks. For models with `name_sv`, `name_fi`, `name_en` and so on."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class MissingTextFilter(admin.SimpleListFilter):
    title = _("text missing in")
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        self.fields = model_admin.texts_shown
        return list(settings.LANGUAGES)

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() not in dict(settings.LANGUAGES):
            return queryset
        missing = models.Q()
        for field in self.fields:
            name = f"{field}_{self.value()}"
            missing |= models.Q(**{name: ""}) | models.Q(**{f"{name}__isnull": True})
        return queryset.filter(missing)


class WithMissingTexts:
    """For a model admin: the column `missing_texts` tells the languages that lack a text of `texts_shown`."""

    texts_shown: tuple[str, ...] = ("name",)

    @admin.display(description=_("text missing in"), empty_value="–")
    def missing_texts(self, obj: models.Model) -> str | None:
        lacking = [
            str(name)
            for code, name in settings.LANGUAGES
            if not all(getattr(obj, f"{field}_{code}") for field in self.texts_shown)
        ]
        return ", ".join(lacking) or None
