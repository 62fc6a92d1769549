from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from services.models import Listing
from servicetorg.reports.models import LONGEST_ANSWER, LONGEST_TEXT, ReportState, Thing, What


class ReportForm(forms.Form):
    what = forms.ChoiceField(
        label=gettext_lazy("What is wrong?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what is wrong.")},
    )
    text = forms.CharField(
        label=gettext_lazy("Tell us what you have found"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What does the page say, and how is it really? Write nothing about yourself here."),
        error_messages={"required": gettext_lazy("Tell in a few words what is wrong.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy("If you want an answer. We delete the address as soon as the answer is sent."),
    )
    # People do not see this one; programs that fill in everything do.
    homepage = forms.CharField(required=False)

    def __init__(self, *args: Any, about: Thing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            choice for choice in What.choices if choice[0] != What.APPOINTMENT or isinstance(about, Listing)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("homepage"):
            raise ValidationError(_("That looked as if a program had filled it in. Please send it again."))
        return cleaned


class AnswerReportForm(forms.Form):
    """What whoever looks after the page answers, by the link in the mail and in the admin."""

    BUTTONS = (ReportState.RIGHT, ReportState.CORRECTED, ReportState.DECLINED)

    state = forms.CharField(required=False)  # which button was pressed
    answer = forms.CharField(
        label=gettext_lazy("Answer"),
        max_length=LONGEST_ANSWER,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Whoever reported it reads this. You need it only if you leave a mistake as it is."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("state") not in self.BUTTONS:
            raise ValidationError(_("Choose what you answer."))
        if cleaned["state"] == ReportState.DECLINED and not cleaned.get("answer") and not self.has_error("answer"):
            self.add_error("answer", _("Say why you do not change it."))
        return cleaned
