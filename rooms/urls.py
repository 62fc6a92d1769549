from django.urls import path

from rooms import views
from rooms.views import feeds

app_name = "rooms"
urlpatterns = [
    path("rooms/", views.find, name="find"),
    path("rooms/<slug:hub>/busy.ics", feeds.hub_busy, name="hub_busy"),
    path("rooms/<slug:hub>/<slug:room>/busy.ics", feeds.busy, name="busy"),
    path("rooms/<slug:hub>/<slug:room>/", views.room, name="room"),
    path("rooms/<slug:hub>/<slug:room>/book/", views.book, name="book"),
    path("rooms/<slug:hub>/<slug:room>/series/", views.book_series, name="book_series"),
    path("rooms/<slug:hub>/<slug:room>/check-in/", views.check_in, name="check_in"),
    path("rooms/<slug:hub>/<slug:room>/display/", views.display, name="display"),
    path("rooms/<slug:hub>/<slug:room>/now/", views.now, name="now"),
    path("bookings/", views.my_bookings, name="my_bookings"),
    path("bookings/series/<slug:reference>/", views.series, name="series"),
    path("bookings/series/<slug:reference>/series.ics", views.series_calendar, name="series_calendar"),
    path("bookings/watches/new/", views.watch_new, name="watch_new"),
    path("bookings/watches/<slug:reference>/", views.watch, name="watch"),
    path("bookings/offers/<slug:reference>/", views.offer, name="offer"),
    path("bookings/<slug:reference>/", views.booking, name="booking"),
    path("bookings/<slug:reference>/change/", views.change_booking, name="change_booking"),
    path("bookings/<slug:reference>/give-back/", views.give_back, name="give_back"),
    path("bookings/<slug:reference>/give-back/part/", views.give_back_part, name="give_back_part"),
    path("bookings/<slug:reference>/check-in/", views.check_in_booking, name="check_in_booking"),
    path("bookings/<slug:reference>/booking.ics", views.calendar, name="calendar"),
    path("links/give-back/<str:token>/", views.give_back_by_link, name="give_back_by_link"),
    path("links/check-in/<str:token>/", views.check_in_by_link, name="check_in_by_link"),
    path("links/answer/<str:token>/", views.answer_by_link, name="answer_by_link"),
    path("links/answer-series/<str:token>/", views.answer_series_by_link, name="answer_series_by_link"),
    path("links/claim/<str:token>/", views.claim_by_link, name="claim_by_link"),
    path("links/stop-watch/<str:token>/", views.stop_watch_by_link, name="stop_watch_by_link"),
]
