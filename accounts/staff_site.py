from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import clear_authentication_records
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class StaffSite(admin.AdminSite):
    """Django's admin in the staff member's own language, opened by a password.

    The residents' code does not open it: a mailbox that somebody else reads must not give away
    every booking. Tries are counted per address and per computer, good and bad ones alike.
    """

    site_title = settings.SITE_NAME
    site_header = settings.SITE_NAME
    index_title = _("What do you want to do?")

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not is_signed_in_by_code(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        name = request.POST.get("username", "").strip().lower()
        if refused := ratelimit.consume_or_429(request, action="login", key=name):
            return refused
        response = super().login(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            clear_authentication_records(request)  # from here on the password counts
        return response

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        def in_own_language(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and request.user.is_authenticated:
                translation.activate(request.user.language)  # until the response, as LocaleMiddleware does
                request.LANGUAGE_CODE = translation.get_language()
            return view(request, *args, **kwargs)

        return super().admin_view(in_own_language, cacheable)


def is_signed_in_by_code(request: HttpRequest) -> bool:
    return any(record["method"] == "code" for record in get_authentication_records(request, request.user))
