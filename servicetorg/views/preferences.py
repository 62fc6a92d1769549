from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from servicetorg.context_processors import COLOR_SCHEMES

A_YEAR = 60 * 60 * 24 * 365


# Exempt because a forged request could at most change light into dark, and a token in the
# footer would give every visitor a cookie that no page needs.
@csrf_exempt
@require_POST
def color_scheme(request: HttpRequest) -> HttpResponse:
    there = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        there, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    response = HttpResponseRedirect(there if is_ours else "/")
    scheme = request.POST.get("scheme", "")
    if scheme == "auto":
        response.delete_cookie("color_scheme")
    elif scheme in COLOR_SCHEMES:
        response.set_cookie(
            "color_scheme", scheme, max_age=A_YEAR, secure=request.is_secure(), httponly=True, samesite="Lax"
        )
    return response
