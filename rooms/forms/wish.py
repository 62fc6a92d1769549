from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hubs.lists import NamedChoiceField, NamedMultipleChoiceField, QuickSelect
from hubs.models import Hub
from hubs.wording import clock, closing_clock
from rooms.enums import RoomKind
from rooms.forms.fields import DAY_MINUTES
from rooms.models import Equipment, Room

FIRST_HOUR = 6  # of the lists; an address may ask for any hour


class WishForm(forms.Form):
    """Where, in what kind of room and with what: what a search asks for, and whoever waits for a time."""

    hub = NamedChoiceField(
        label=gettext_lazy("Service centre"),
        queryset=Hub.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("All"),
        error_messages={"invalid_choice": gettext_lazy("Choose a service centre from the list.")},
    )
    kind = forms.ChoiceField(
        widget=QuickSelect,
        label=gettext_lazy("Kind of room"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose a kind of room from the list.")},
    )
    equipment = NamedMultipleChoiceField(
        label=gettext_lazy("Equipment"),
        queryset=Equipment.objects.none(),
        to_field_name="slug",
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("Choose equipment from the list."),
            "invalid_list": gettext_lazy("Choose equipment from the list."),
            "invalid_pk_value": gettext_lazy("Choose equipment from the list."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["hub"].queryset = Hub.objects.published()
        fields["kind"].choices = [("", _("All")), *RoomKind.choices]
        fields["equipment"].queryset = Equipment.objects.filter(rooms__in=Room.objects.published()).distinct()

    def add_prefix(self, field_name: str) -> str:
        """Let the address say `from`, which Python keeps for itself."""
        return super().add_prefix("from" if field_name == "from_" else field_name)


def clock_choices() -> list[tuple[str, str]]:
    """Return every half-hour of the day that a list offers, with its end."""
    return [(clock_of(minutes), clock_words(minutes)) for minutes in range(FIRST_HOUR * 60, DAY_MINUTES + 1, 30)]


def clock_of(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def clock_words(minutes: int) -> str:
    if minutes == DAY_MINUTES:
        return closing_clock(time.min)
    return clock(time(minutes // 60, minutes % 60))
