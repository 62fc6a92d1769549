"""What the visitor meant: parsed and cleaned, nothing else."""

from rooms.forms.book import DetailsForm, SpanForm, TimeForm
from rooms.forms.fields import ClockField, ClockSelect, DayField, local_iso, local_moment, sequence_seen
from rooms.forms.find import USUAL_MINUTES, FindForm

__all__ = [
    "USUAL_MINUTES",
    "ClockField",
    "ClockSelect",
    "DayField",
    "DetailsForm",
    "FindForm",
    "SpanForm",
    "TimeForm",
    "local_iso",
    "local_moment",
    "sequence_seen",
]
