from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    return render(request, "services/services.html")


@require_safe
def listing(request: HttpRequest, hub: str, listing: str) -> HttpResponse:
    return render(request, "services/listing.html")
