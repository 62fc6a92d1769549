from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from surveys.enums import Kind
from surveys.models import Question, Survey
from surveys.verbs import LANGUAGES, changes_meaning, written

LONGEST_OPTION = 120
FEWEST_OPTIONS = 2


class SurveyForm(forms.ModelForm):
    class Meta:
        model = Survey
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets choose

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        told_at, closes_at = self.instance.results_published_at, data.get("closes_at")
        if told_at is not None and closes_at is not None and closes_at > told_at:
            # The constraint says the same, but is not asked about a field that the form does not have.
            self.add_error("closes_at", _("The results are published already: the survey cannot be opened again."))
        return data


class LinesField(forms.CharField):
    """Answers to choose, one a line, in the order in which they are shown."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 5}), **kwargs)

    def clean(self, value: Any) -> list[str]:
        lines = [" ".join(line.split()) for line in super().clean(value).splitlines()]
        lines = [line for line in lines if line]
        if any(len(line) > LONGEST_OPTION for line in lines):
            raise forms.ValidationError(_("An answer to choose has at most 120 characters."))
        if len(set(lines)) < len(lines):
            raise forms.ValidationError(_("Two of these answers are the same."))
        return lines

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), "\n".join(str(data or "").splitlines()))


class QuestionForm(forms.ModelForm):
    """A question with its answers to choose, one a line. Once somebody has answered, only wording changes."""

    options_sv = LinesField(
        label=_("Answers to choose, in Swedish"), help_text=_("One a line. Empty for a scale, and for their own words.")
    )
    options_fi = LinesField(label=_("Answers to choose, in Finnish"), help_text=_("The same ones in the same order."))
    options_en = LinesField(label=_("Answers to choose, in English"), help_text=_("The same ones in the same order."))

    class Meta:
        model = Question
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets choose

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.old_kind = self.instance.kind if self.instance.pk else ""
        options = self.instance.written_options if self.instance.pk else []
        self.old_options = written(options)
        for language in LANGUAGES:
            texts = [getattr(option, f"text_{language}") or "" for option in options]
            self.initial[f"options_{language}"] = texts if all(texts) else []
            self.fields[f"options_{language}"].widget.attrs["rows"] = max(len(options), 1) if self.instance.pk else 4

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if any(f"options_{language}" not in data for language in LANGUAGES):
            return data  # said already at the field
        self.check_lines(data)
        if self.instance.pk and self.instance.survey.has_answers:
            self.check_lock(data)
        return data

    def check_lines(self, data: dict[str, Any]) -> None:
        number = len(data["options_sv"])
        if data.get("kind") in (Kind.CHOICE, Kind.SEVERAL):
            if number < FEWEST_OPTIONS:
                self.add_error("options_sv", _("Write at least two answers to choose, one a line."))
        elif number:
            self.add_error("options_sv", _("Only a question with answers to choose has these. Leave it empty."))
        for language in ("fi", "en"):
            if data[f"options_{language}"] and len(data[f"options_{language}"]) != number:
                self.add_error(f"options_{language}", _("There must be as many lines as in Swedish, or none at all."))

    def check_lock(self, data: dict[str, Any]) -> None:
        if data.get("kind") != self.old_kind:
            self.add_error("kind", _("Somebody has answered already: the kind of answer stays as it is."))
        if changes_meaning(self.old_options, data["options_sv"]):
            message = _(
                "Somebody has answered already: you can correct the wording, but not add, remove or move answers."
            )
            self.add_error("options_sv", message)

    @property
    def texts(self) -> list[tuple[str, str, str]]:
        """Return each answer to choose in Swedish, Finnish and English; empty where there is none."""
        swedish, finnish, english = (self.cleaned_data[f"options_{language}"] for language in LANGUAGES)
        none = [""] * len(swedish)
        return list(zip(swedish, finnish or none, english or none, strict=True))
