from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from servicetorg.addresses import language_of
from servicetorg.middleware import View


def RememberLanguageMiddleware(get_response: View) -> View:  # noqa: N802 - named as Django names middleware
    """Remember a language that the visitor chose by the switch.

    The switch is a plain link, so that it works without JavaScript and can be copied. Coming
    from a page of ours in another language tells that it was used; nobody else gets a cookie.

    A copy that a proxy or the browser keeps for the rest of the minute is shown without us, so that
    such a switch is not remembered. Each address names its language, so all that is lost is that an
    address without one, mostly “/”, asks the browser again. To vary by the page one comes from would
    leave every visitor alone with their copies.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        chosen = language_of(request.path)
        if chosen and request.method == "GET" and was_switched(request, chosen):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                chosen,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    return middleware


def was_switched(request: HttpRequest, chosen: str) -> bool:
    try:
        before = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return False
    return before.netloc == request.get_host() and language_of(before.path) not in {"", chosen}
