"""Form fields and forms of the admin."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hubs.accessibility import MOST, OF_HUBS, Answer, Question
from hubs.models import Hub, Notice, Period, RegularGroup, Span, SpecialDay


class WeekdaysField(forms.TypedMultipleChoiceField):
    """Seven checkboxes instead of a bit mask; bit 0 is Monday."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=list(WEEKDAYS.items()), coerce=int, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return [str(bit) for bit in WEEKDAYS if value >> bit & 1]
        return value

    def clean(self, value: Any) -> int:
        return sum(1 << bit for bit in super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class SpanForm(forms.ModelForm):
    weekdays = WeekdaysField(label=_("Weekdays"), error_messages={"required": _("Choose at least one weekday.")})

    class Meta:
        model = Span
        fields = ["weekdays", "opens", "closes", "mode", "note"]


class PeriodForm(forms.ModelForm):
    special_day = forms.ChoiceField(
        label=_("Special day"),
        required=False,
        help_text=_("Instead of dates: the hours of this day, every year. Only for exceptions."),
    )

    class Meta:
        model = Period
        fields = ["timetable", "kind", "first_day", "last_day", "special_day", "week_parity", "title"]
        help_texts = {
            "kind": _(
                "Exception: single days that differ or are closed; residents are told of them in advance. "
                "Season: weeks or months with other hours, such as summer; nobody is told. "
                "Regular: what holds otherwise."
            ),
            "last_day": _("For a single day the same day again. Empty means until further notice."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        special_day = self.fields.get("special_day")
        if isinstance(special_day, forms.ChoiceField):
            special_day.choices = [("", "–"), *special_day_choices(self.instance.special_day)]


class AnswersWidget(forms.MultiWidget):
    """A line for each question, with its own label and field."""

    template_name = "admin/hubs/answers.html"

    def __init__(self, questions: Sequence[Question], widgets: dict[str, Any]) -> None:
        super().__init__(widgets)
        self.questions = questions

    def decompress(self, value: Any) -> list[Any]:
        answers = value if isinstance(value, dict) else {}
        return [written(answers.get(question.key)) for question in self.questions]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        lines = zip(self.questions, context["widget"]["subwidgets"], strict=True)
        return {**context, "lines": [{"question": question, "field": field} for question, field in lines]}


class AnswersField(forms.MultiValueField):
    """Facts of accessibility: yes, no or a number each; what is left open is not known, and not kept."""

    def __init__(self, questions: Sequence[Question], **kwargs: Any) -> None:
        self.questions = questions
        fields = [field_of(question) for question in questions]
        widgets = {question.key: field.widget for question, field in zip(questions, fields, strict=True)}
        super().__init__(
            fields,
            label=_("Accessibility"),
            required=False,
            require_all_fields=False,
            widget=AnswersWidget(questions, widgets),
            **kwargs,
        )

    def compress(self, data_list: list[Any]) -> dict[str, Answer]:
        given = zip(self.questions, data_list, strict=False)  # nothing at all where nothing was sent
        return {question.key: answer for question, answer in given if answer is not None}

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.widget.decompress(initial), data)


def field_of(question: Question) -> forms.Field:
    if question.is_number:
        return forms.IntegerField(required=False, min_value=1, max_value=MOST)
    choices = [("", _("not known")), ("yes", _("yes")), ("no", _("no"))]
    return forms.TypedChoiceField(choices=choices, required=False, coerce=lambda word: word == "yes", empty_value=None)


def written(answer: Answer | None) -> str:
    """Return an answer as its field holds it."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return "" if answer is None else str(answer)


class RegularGroupForm(forms.ModelForm):
    weekdays = WeekdaysField(label=_("Weekdays"), error_messages={"required": _("Choose at least one weekday.")})

    class Meta:
        model = RegularGroup
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets choose


class InAHubField(forms.ModelMultipleChoiceField):
    """Boxes for what is in hubs, each named with its hub where there are several."""

    widget = forms.CheckboxSelectMultiple
    names_hub = True

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.hub}: {obj}" if self.names_hub else str(obj)


class NoticeForm(forms.ModelForm):
    """A notice with the listings and rooms that show it. `reach` limits what is offered; the admin sets it."""

    SHOWN_ON = ("listings", "rooms")
    reach = Q()

    listings = InAHubField(label=_("On these listings"), queryset=Hub.objects.none(), required=False)
    rooms = InAHubField(label=_("On these rooms"), queryset=Hub.objects.none(), required=False)

    class Meta:
        model = Notice
        fields = ["hub", "is_for_whole_hub", "severity", "title", "text", "starts_at", "ends_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hub = self.fields.get("hub")
        is_only_one = isinstance(hub, forms.ModelChoiceField) and hub.empty_label is None  # the admin has chosen it
        for name in self.SHOWN_ON:
            field = self.fields.get(name)
            if isinstance(field, InAHubField):
                model: Any = Notice._meta.get_field(name).related_model
                field.queryset = model.objects.filter(self.reach).select_related("hub").order_by("hub", "order", "slug")
                field.initial = getattr(self.instance, name).all() if self.instance.pk else []
                field.names_hub = not is_only_one
        if "severity" in self.fields:
            self.fields["severity"].help_text = format_html(
                '{} <a href="{}">{}</a>',
                gettext("A notice changes no opening hours. Where something is closed, add an exception there, too."),
                reverse("admin:hubs_timetable_changelist"),
                gettext("To the opening hours"),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        hub = data.get("hub") or (self.instance.hub if self.instance.hub_id else None)
        chosen = {name: list(data.get(name, ())) for name in self.SHOWN_ON}
        for name, things in chosen.items():
            if hub is not None and any(thing.hub_id != hub.pk for thing in things):
                self.add_error(name, ValidationError(_("Choose only what is in the hub of the notice.")))
        is_nowhere = data.get("is_for_whole_hub") is False and not any(chosen.values())
        if is_nowhere and all(name in self.fields and name not in self.errors for name in self.SHOWN_ON):
            message = _("Choose a listing or a room that shows the notice, or show it for the whole hub.")
            self.add_error("is_for_whole_hub", ValidationError(message))
        return data

    def places(self) -> list[Model]:
        """Return the hub, or the listings and rooms, that show the notice as it was cleaned."""
        if self.instance.is_for_whole_hub:
            return [self.instance.hub]
        return [thing for name in self.SHOWN_ON for thing in self.cleaned_data.get(name, ())]


class HubForm(forms.ModelForm):
    accessibility = AnswersField(OF_HUBS)

    class Meta:
        model = Hub
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets choose


def special_day_choices(chosen: str = "") -> list[tuple[str, str]]:
    """Return each special day once, in the order of the year, in the active language. Queries."""
    names: dict[str, str] = {}
    for day in sorted(SpecialDay.objects.all(), key=lambda day: (day.date.month, day.date.day)):
        names.setdefault(day.key, day.name)
    if chosen:
        names.setdefault(chosen, chosen)
    return list(names.items())
