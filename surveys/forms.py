import re
from collections.abc import Iterator
from secrets import token_urlsafe
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from surveys.enums import Kind
from surveys.models import LONGEST_ANSWER, Option, Question, Survey
from surveys.verbs import Answers

KEY = re.compile(r"[A-Za-z0-9_-]{16,32}")


def new_key() -> str:
    return token_urlsafe(16)


class AnswerForm(forms.Form):
    """The questions of a survey loaded `for_page()`. Each is a field `q<id>`; its words are drawn by the template."""

    # Drawn anew for each form that is shown, and sent back with it: pressed twice is counted once.
    key = forms.CharField(required=False, widget=forms.HiddenInput)
    # People do not see this one; programs that fill in everything do.
    homepage = forms.CharField(required=False)

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = list(survey.questions.all())
        self.by_name = {f"q{question.pk}": question for question in self.questions}
        self.fields |= {name: field_of(question) for name, question in self.by_name.items()}
        given = str(self.data.get("key", ""))
        self.form_key = given if KEY.fullmatch(given) else new_key()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("homepage"):
            raise ValidationError(_("That looked as if a program had filled it in. Please send it again."))
        if not self.errors and not any(cleaned.get(name) for name in self.by_name):
            raise ValidationError(_("Answer at least one question."))
        return cleaned

    @property
    def answers(self) -> Answers:
        return {
            question.pk: self.cleaned_data[name]
            if question.kind == Kind.TEXT
            else [int(value) for value in as_list(self.cleaned_data[name])]
            for name, question in self.by_name.items()
            if self.cleaned_data[name]
        }

    def lines(self) -> Iterator["FormLine"]:
        for name, question in self.by_name.items():
            yield FormLine(
                question, self[name], may_stay_empty=not question.is_required and not self.all_may_stay_empty
            )

    @property
    def all_may_stay_empty(self) -> bool:
        """Say whether no question must be answered; then it is said once, and not at each of them."""
        return not any(question.is_required for question in self.questions)


class FormLine:
    """A question with its field, and each of its options with the button that ticks it."""

    def __init__(self, question: Question, field: forms.BoundField, *, may_stay_empty: bool) -> None:
        self.question = question
        self.may_stay_empty = may_stay_empty  # which is to be said
        self.field = field
        self.is_text = question.kind == Kind.TEXT
        self.is_scale = question.kind == Kind.SCALE
        self.is_several = question.kind == Kind.SEVERAL
        described = [f"{field.auto_id}_helptext"] if question.help or self.is_several else []
        self.described_by = " ".join([*described, *([f"{field.auto_id}_error"] if field.errors else [])])

    def options(self) -> Iterator[tuple[Option, Any]]:
        yield from zip(self.question.options.all(), self.field.subwidgets, strict=True)


def field_of(question: Question) -> forms.Field:
    required = _("Answer the question “%(question)s”") % {"question": question.text}
    settings: dict[str, Any] = {
        "label": question.text,
        "required": question.is_required,
        "error_messages": {"required": required},
    }
    if question.kind == Kind.TEXT:
        return forms.CharField(max_length=LONGEST_ANSWER, widget=forms.Textarea(attrs={"rows": 4}), **settings)
    choices = [(str(option.pk), str(option)) for option in question.options.all()]
    if question.kind == Kind.SEVERAL:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **settings)
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **settings)


def as_list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
