from typing import ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class AccountAdapter(DefaultAccountAdapter):
    """Say what to do next where something goes wrong, in our own words."""

    error_messages: ClassVar[dict[str, str | Promise]] = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": _("This is not the code we sent last. Look at the newest e-mail, or ask for a new code."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # there is no separate sign-up: the first code makes the account
