"""What is wrong with a request, as RFC 9457 has it. In English, as the names in the data are: a program reads it."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse

PREFIX = "/api/"


class Problem(Exception):  # noqa: N818 - as the RFC calls it
    """Ends the request. `parameter` names what has to be changed in the address."""

    def __init__(self, status: int, detail: str, *, parameter: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.parameter = status, detail, parameter


class Wrong(Problem):
    """A parameter that cannot be understood."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, detail, parameter=parameter)


class Missing(Problem):
    def __init__(self, detail: str) -> None:
        super().__init__(HTTPStatus.NOT_FOUND, detail)


def is_for_programs(request: HttpRequest) -> bool:
    return request.path_info.startswith(PREFIX)


def problem_response(request: HttpRequest, problem: Problem) -> JsonResponse:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.path,
    }
    if problem.parameter:
        body["parameter"] = problem.parameter
    headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    return JsonResponse(
        body,
        status=problem.status,
        content_type="application/problem+json",
        headers=headers,
        json_dumps_params={"ensure_ascii": False},
    )
