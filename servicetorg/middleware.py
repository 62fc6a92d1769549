from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

type View = Callable[[HttpRequest], HttpResponse]


def RequestIdMiddleware(get_response: View) -> View:  # noqa: N802
    return get_response


def CleanQueryMiddleware(get_response: View) -> View:  # noqa: N802
    return get_response
