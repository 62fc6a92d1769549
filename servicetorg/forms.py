from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from hubs.lists import QuickSelect
from hubs.moments import clocks_to_choose, day_and_clock
from services.validators import SERVICE_LANGUAGES


class FieldRenderer(TemplatesSetting):
    """Render every form field through one template, so that label, hint and error stay tied."""

    field_template_name = "forms/field.html"


LONGEST_QUERY = 100

type Choices = Iterable[tuple[str, object]]


class AnyText(forms.CharField):
    """Takes anything at all, and of it what can be read: in a search box nobody does anything wrong."""

    def to_python(self, value: Any) -> str:
        words = super().to_python(value) or ""
        return "".join(letter if letter.isprintable() else " " for letter in words)[:LONGEST_QUERY].strip()


class SearchForm(forms.Form):
    is_filter = True  # every field may stay empty, so none needs to say so

    q = AnyText(
        label=_("What are you looking for?"),
        required=False,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "maxlength": LONGEST_QUERY,
                "data-suggestions": reverse_lazy("search_suggestions"),
                "data-label": _("Suggestions"),
            }
        ),
    )


class NarrowForm(SearchForm):
    """The search box with choices that narrow the results; which ones there are, the results tell.

    What is chosen and does not exist is no choice, so that an old link still finds something.
    """

    hub = AnyText(label=_("Service centre"), required=False, widget=QuickSelect)
    category = AnyText(label=_("Kind of service"), required=False, widget=QuickSelect)
    language = AnyText(label=_("Service in this language"), required=False, widget=QuickSelect)
    open = forms.BooleanField(label=_("Open now"), required=False, widget=forms.CheckboxInput(attrs={"value": "now"}))
    day = AnyText(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    clock = AnyText(label=_("Time"), required=False, widget=QuickSelect)

    def offer(self, choices: Mapping[str, Choices], counts: Mapping[str, Counter[str]], at: datetime | None) -> None:
        """Fill the choices, each with how many results it would leave, and show the moment that is asked for."""
        self._choose("hub", _("All service centres"), choices["hub"], counts)
        self._choose("category", _("All kinds"), choices["category"], counts)
        self._choose("language", _("Any language"), SERVICE_LANGUAGES.items(), counts)
        typed = {name: self.data[name] for name in self.data}  # the last of each; ** would take the lists
        self.data = {**typed, **day_and_clock(at)}
        is_open = _("Open then (%(count)d)") if at else _("Open now (%(count)d)")
        self["open"].label = is_open % {"count": counts["open"]["now"]}
        self._widget("clock").choices = clocks_to_choose(at)

    def _choose(self, name: str, anything: object, choices: Choices, counts: Mapping[str, Counter[str]]) -> None:
        offered = [(key, f"{words} ({counts[name][key]})") for key, words in choices]
        self._widget(name).choices = [("", anything), *offered]

    def _widget(self, name: str) -> Any:
        return self.fields[name].widget
