from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import clear_authentication_records
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog


class StaffSite(admin.AdminSite):
    """Django's admin in the staff member's own language, opened by a password.

    The residents' code does not open it: a mailbox that somebody else reads must not give away
    every booking. Failed tries are counted per address and per computer.

    The front page begins with what waits: a model admin tells it in `to_do(request)`, as pairs of
    the address of a list and what it holds. What is opened daily follows, told likewise in
    `shortcuts(request)`.
    """

    site_title = settings.SITE_NAME
    site_header = settings.SITE_NAME
    index_title = _("What do you want to do?")

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not is_signed_in_by_code(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        name = request.POST.get("username", "").strip().lower()
        counted = ratelimit.consume(request, app="allauth.account", action="login", key=name)
        if counted is None:
            return ratelimit.respond_429(request)
        response = super().login(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            counted.rollback()
            clear_authentication_records(request)  # from here on the password counts
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        told = {name: self._told(request, name) for name in ("to_do", "shortcuts")}
        return super().index(request, {**told, **(extra_context or {})})

    def _told(self, request: HttpRequest, name: str) -> list[tuple[str, str]]:
        asked = (getattr(model_admin, name, None) for model_admin in self._registry.values())
        return [one for ask in asked if ask is not None for one in ask(request)]

    def i18n_javascript(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Let our catalogues add what Django's lack, where Finnish would be filled up with Swedish."""
        return JavaScriptCatalog().get(request)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        def in_own_language(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and request.user.is_authenticated:
                translation.activate(request.user.language)  # until the response, as LocaleMiddleware does
                request.LANGUAGE_CODE = translation.get_language()
            return view(request, *args, **kwargs)

        return super().admin_view(in_own_language, cacheable)


def is_signed_in_by_code(request: HttpRequest) -> bool:
    return any(record["method"] == "code" for record in get_authentication_records(request, request.user))
