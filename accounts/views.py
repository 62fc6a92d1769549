from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.logout import logout
from allauth.account.utils import get_login_redirect_url, get_next_redirect_url, passthrough_next_redirect_url
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import calendar_links
from accounts.forms import CodeForm, DetailsForm, SignInForm
from accounts.models import User
from accounts.sign_in import SignInProcess


class SignedInRequest(HttpRequest):
    """What login_required lets through."""

    user: User


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return HttpResponseRedirect(get_login_redirect_url(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _send_code(request, form) or redirect(_onwards(request, "account_confirm_login_code"))
    return render(request, "account/login.html", {"form": form, **_signing_in(request)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_code(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return HttpResponseRedirect(get_login_redirect_url(request))
    process = SignInProcess.pending(request)
    if process is None:
        messages.warning(request, _("The code has expired. Write your e-mail address again to get a new one."))
        return redirect(_onwards(request, "account_login"))
    form = CodeForm(request.POST or None, code=process.code)
    if request.method == "POST":
        if form.is_valid():
            return process.finish(get_next_redirect_url(request))
        if not process.record_invalid_attempt():
            messages.error(request, _("That was one wrong code too many. Write your e-mail address to get a new one."))
            return redirect(_onwards(request, "account_login"))
    context = {
        "form": form,
        "email": process.email,
        "minutes": process.minutes,
        "can_resend": process.can_resend,
    }
    return render(request, "account/confirm_login_code.html", {**context, **_signing_in(request)})


@require_POST
def resend_code(request: HttpRequest) -> HttpResponse:
    process = SignInProcess.pending(request)
    if process is not None and process.can_resend:
        if ratelimit.consume(request, action="request_login_code", key=process.email):
            process.resend()
            messages.success(request, _("We have sent a new code. The earlier one is no longer good."))
        else:
            _say_that_the_last_code_works(request)
    return redirect(_onwards(request, "account_confirm_login_code"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        logout(request)
        return redirect(settings.LOGOUT_REDIRECT_URL)
    return render(request, "account/logout.html") if request.user.is_authenticated else redirect("home")


@require_GET
def inactive(request: HttpRequest) -> HttpResponse:
    return render(request, "account/account_inactive.html", status=403)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: SignedInRequest) -> HttpResponse:
    form = DetailsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        with translation.override(user.language):
            messages.success(request, _("Your details are saved."))
            return redirect("account_details")
    return render(request, "account/details.html", {"form": form, **calendar_links.addresses(request.user)})


@login_required
@require_POST
def renew_calendar(request: SignedInRequest) -> HttpResponse:
    calendar_links.renew(request.user)
    messages.success(request, _("The calendar has new addresses. The old ones no longer work."))
    return redirect(f"{reverse('account_details')}#calendar")


def _send_code(request: HttpRequest, form: SignInForm) -> HttpResponse | None:
    """Send the code; return a page instead where that is refused or fails.

    Who has been sent enough codes goes to where the last one is filled in.
    """
    email = form.cleaned_data["email"]
    if not ratelimit.consume(request, action="request_login_code", key=email):
        process = SignInProcess.pending(request)
        if process is None or process.email != email:
            return ratelimit.respond_429(request)
        _say_that_the_last_code_works(request)
        return None
    try:
        SignInProcess.start(request, email)
    except OSError:  # the mail server is away; smtplib's errors are of this kind too
        form.add_error(None, _("The mail could not be sent just now. Please try again in a few minutes."))
        return render(request, "account/login.html", {"form": form, **_signing_in(request)}, status=503)
    return None


def _say_that_the_last_code_works(request: HttpRequest) -> None:
    words = _(
        "You have asked for several codes, so we did not send another one now. Fill in the last one: it still works."
    )
    messages.warning(request, words)


def _onwards(request: HttpRequest, url_name: str) -> str:
    return passthrough_next_redirect_url(request, reverse(url_name), REDIRECT_FIELD_NAME)


def _signing_in(request: HttpRequest) -> dict[str, object]:
    return {
        "next": get_next_redirect_url(request) or "",
        "mailbox": settings.DEBUG and "mailbox" in str(settings.MAILERS["default"]["BACKEND"]),
        "from_email": get_adapter().get_from_email(),
    }
