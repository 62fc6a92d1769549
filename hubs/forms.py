"""Form fields and forms of the admin."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from hubs.enums import AccessibilityFeature
from hubs.models import Hub, Period, Span, SpecialDay


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        special_day = self.fields.get("special_day")
        if isinstance(special_day, forms.ChoiceField):
            special_day.choices = [("", "–"), *special_day_choices(self.instance.special_day)]


class HubForm(forms.ModelForm):
    accessibility_features = forms.MultipleChoiceField(
        label=_("Accessibility"),
        choices=AccessibilityFeature,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

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
