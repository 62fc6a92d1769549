"""Sign-in by a code sent by e-mail, for people who have an account and for people who do not.

allauth's own process sends unknown addresses to a separate sign-up. Here everybody gets a code,
and whoever fills in the right one is signed in; an account is made then, not before. So the
pages and the mail look the same whether or not the address is known.
"""

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from accounts.models import User


class SignInProcess(LoginCodeVerificationProcess):
    @classmethod
    def start(cls, request: HttpRequest, email: str) -> "SignInProcess":
        """Send a code and remember in the session to whom. A running process is replaced."""
        user = User.objects.filter(email=email).first()
        login = Login(user=user, email=email)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.initial_state(user=user, email=email), initiated_by_user=True)
        process = cls(stage=stage)
        process.send()
        process.persist()
        return process

    @classmethod
    def pending(cls, request: HttpRequest) -> "SignInProcess | None":
        """Return the process of this session, unless there is none or its code has expired."""
        stage = LoginStageController.enter(request, LoginByCodeStage.key)
        return cls(stage=stage).abort_if_invalid() if stage else None

    @property
    def email(self) -> str:
        return self.state["email"]

    @property
    def minutes(self) -> int:
        """How long a code is good."""
        return app_settings.LOGIN_BY_CODE_TIMEOUT // 60

    def send(self, skip_enumeration_mails: bool = False) -> None:
        context: dict[str, Any] = {
            "code": self.generate_code(),
            "minutes": self.minutes,
            "site_name": settings.SITE_NAME,
        }
        get_adapter().send_mail("account/email/login_code", self.email, context)

    def finish(self, redirect_url: str | None) -> HttpResponse:
        """Sign the person in, making the account first where there is none."""
        if self.user is None:
            self._user = User.objects.join(self.email, language=get_language() or "sv")
        return super().finish(redirect_url)
