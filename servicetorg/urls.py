from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

from rooms.views import feeds
from servicetorg import mailbox, operations, views

services = [
    path("services/", views.services, name="services"),
    path("hubs/<slug:hub>/<slug:listing>/", views.listing, name="listing"),
]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("robots.txt", operations.robots, name="robots"),
    path("api/v1/", include("servicetorg.api.urls")),
    path("sitemap.xml", sitemap, {"sitemaps": operations.SITEMAPS}, name="sitemap"),
    path(".well-known/security.txt", operations.security_txt, name="security_txt"),
    path("calendar/<str:token>.ics", feeds.my_calendar, name="my_calendar"),
    path("calendar/<str:token>/<slug:hub>.ics", feeds.hub_calendar, name="hub_calendar"),
    path("", views.root, name="root"),
    path("color-scheme/", views.color_scheme, name="color_scheme"),
    path("i18n/", include("django.conf.urls.i18n")),
    *mailbox.urls(),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("search/", views.search, name="search"),
        path("search/suggestions/", views.suggestions, name="search_suggestions"),
        path("hubs/compare/", views.compare, name="compare"),
        path("", include("surveys.urls")),  # before the pages of listings: a survey may be called "sign"
        path("hubs/<slug:hub>/", views.hub, name="hub"),
        path("hubs/<slug:hub>/display/", views.hub_display, name="hub_display"),
        path("hubs/<slug:hub>/planner/", views.planner, name="planner"),
        path("hubs/<slug:hub>/planner/visit.ics", views.planner_visit_ics, name="planner_visit_ics"),
        path("hubs/<slug:hub>/sign/", views.hub_sign, name="hub_sign"),
        path("hubs/<slug:hub>/<slug:listing>/sign/", views.listing_sign, name="listing_sign"),
        path("hubs/<slug:hub>/year/", views.hub_year, name="hub_year"),
        path("hubs/<slug:hub>/changes.atom", views.hub_changes_atom, name="hub_changes_atom"),
        path("hubs/<slug:hub>/changes.ics", views.hub_changes_ics, name="hub_changes_ics"),
        path("hubs/<slug:hub>/<slug:listing>/changes.atom", views.listing_changes_atom, name="listing_changes_atom"),
        path("hubs/<slug:hub>/<slug:listing>/changes.ics", views.listing_changes_ics, name="listing_changes_ics"),
        path("reports/hubs/<slug:hub>/", views.report_hub, name="report_hub"),
        path("reports/hubs/<slug:hub>/<slug:listing>/", views.report_listing, name="report_listing"),
        path("reports/rooms/<slug:hub>/<slug:room>/", views.report_room, name="report_room"),
        path("reports/<slug:reference>/", views.report, name="report"),
        path("links/report/<str:token>/", views.answer_report_by_link, name="answer_report_by_link"),
        path("about/accessibility/", views.accessibility, name="about_accessibility"),
        path("about/privacy/", views.privacy, name="about_privacy"),
        path("about/open-data/", views.open_data, name="about_open_data"),
        path("accounts/data/", views.my_data, name="my_data"),
        path("accounts/data/my-data.json", views.my_data_file, name="my_data_file"),
        path("accounts/delete/", views.delete_my_account, name="delete_my_account"),
        path("", include((services, "services"))),
        path("", include("rooms.urls")),
        path("accounts/", include("accounts.urls")),
    ),
]

handler400 = "servicetorg.views.errors.bad_request"
handler500 = "servicetorg.views.errors.server_error"
