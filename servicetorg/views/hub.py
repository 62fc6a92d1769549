from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def hub(request: HttpRequest, hub: str) -> HttpResponse:
    return render(request, "hub.html")
