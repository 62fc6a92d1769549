"""Lists to choose from that cost little: pages for everybody have long ones."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class QuickSelect(forms.Select):
    """A list that writes its options without a template for each."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        options = [option for _group, group, _index in widget["optgroups"] for option in group]
        rows = ((each["value"], flatatt(each["attrs"]), each["label"]) for each in options)
        return format_html(
            "<select{}>{}</select>",
            flatatt({"name": widget["name"], **widget["attrs"]}),
            format_html_join("", '<option value="{}"{}>{}</option>', rows),
        )


class Named(ModelChoiceIterator):
    """Reads the key and the name of each, and makes no object of it."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        yield from self.queryset.values_list(self.field.to_field_name or "pk", "name")


class NamedChoiceField(forms.ModelChoiceField):
    """Choose one thing that has a `name`."""

    widget = QuickSelect
    iterator = Named


class NamedMultipleChoiceField(forms.ModelMultipleChoiceField):
    """Choose several things that have a `name`."""

    widget = forms.CheckboxSelectMultiple
    iterator = Named
