import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation

from servicetorg.addresses import language_of
from servicetorg.api.problems import Problem, is_for_programs, problem_response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something broke, or that the database is away, without needing either.

    No context processor runs here: what broke may be what they need.
    """
    is_away = isinstance(sys.exception(), OperationalError | InterfaceError)
    status = 503 if is_away else 500
    if is_for_programs(request):
        return problem_response(request, Problem(status, "Something broke here. Ask again in a while."))
    language = language_of(request.path) or settings.LANGUAGE_CODE
    with translation.override(language):
        body = render_to_string(f"{status}.html", {"language": language, "site_name": settings.SITE_NAME})
    headers = {"Retry-After": "60"} if is_away else {}
    return HttpResponse(body, status=status, headers=headers)
