from django.urls import path

from services import views

# The list of all services is added in servicetorg/urls.py: it can be searched, and the search knows rooms too.
urlpatterns = [
    path("hubs/<slug:hub>/<slug:listing>/", views.listing, name="listing"),
]
