"""The site's addresses, and a view that does nothing. It passes the same middleware as every page."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import etag

from servicetorg import urls
from servicetorg.urls import handler400, handler500

__all__ = ["handler400", "handler500", "urlpatterns"]


@etag(lambda request: '"hello"')
def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


urlpatterns = [path("hello/", hello), *urls.urlpatterns]
