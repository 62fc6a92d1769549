from django.urls import path

from servicetorg.api import views

app_name = "api"
urlpatterns = [
    path("", views.index, name="index"),
    path("openapi.json", views.openapi, name="openapi"),
    path("hubs", views.hubs, name="hubs"),
    path("hubs.csv", views.hubs, {"as_csv": True}, name="hubs_csv"),
    path("hubs/<slug:hub>", views.hub, name="hub"),
    path("listings", views.listings, name="listings"),
    path("listings.csv", views.listings, {"as_csv": True}, name="listings_csv"),
    path("listings/<slug:hub>/<slug:slug>", views.listing, name="listing"),
    path("rooms", views.rooms, name="rooms"),
    path("rooms.csv", views.rooms, {"as_csv": True}, name="rooms_csv"),
    path("rooms/<slug:hub>/<slug:slug>", views.room, name="room"),
    path("opening-hours", views.opening_hours, name="opening_hours"),
    path("opening-hours.csv", views.opening_hours, {"as_csv": True}, name="opening_hours_csv"),
    path("free-times", views.free_times, name="free_times"),
    path("free-times.csv", views.free_times, {"as_csv": True}, name="free_times_csv"),
    path("notices", views.notices, name="notices"),
    path("notices.csv", views.notices, {"as_csv": True}, name="notices_csv"),
    path("hsds", views.hsds_index, name="hsds"),
    path("hsds/", views.hsds_index),  # where HSDS tells to look
    path("hsds/services", views.hsds_services, name="hsds_services"),
    path("hsds/services/<str:key>", views.hsds_service, name="hsds_service"),
    path("hsds/service_at_locations", views.hsds_places_of_services, name="hsds_service_at_locations"),
    path("hsds/service_at_locations/<str:key>", views.hsds_place_of_service, name="hsds_service_at_location"),
    path("hsds/organizations", views.hsds_organizations, name="hsds_organizations"),
    path("hsds/organizations/<str:key>", views.hsds_organization, name="hsds_organization"),
    path("hsds/locations", views.hsds_locations, name="hsds_locations"),
    path("hsds/locations/<str:key>", views.hsds_location, name="hsds_location"),
    path("<path:rest>", views.nothing),
]
