from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User, UserManager


class SignInForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )

    def clean_email(self) -> str:
        return UserManager.normalize_email(self.cleaned_data["email"])


class CodeForm(ConfirmLoginCodeForm):
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Six digits."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "short"}),
    )


class DetailsForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("name", "phone", "language")
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        }
        help_texts = {"language": _("Mails about your bookings come in this language.")}


class DeleteAccountForm(forms.Form):
    """The address, typed again: nobody deletes an account by a slip."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("Write your own address to confirm."),
        error_messages={"required": _("Write your own address to confirm.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        email = UserManager.normalize_email(self.cleaned_data["email"])
        if email != self.user.email:
            message = _("This is not the address of your account. Write the address that you sign in with.")
            raise forms.ValidationError(message, code="other_address")
        return email
