from django.urls import path

from rooms import views

app_name = "rooms"
urlpatterns = [
    path("rooms/", views.find, name="find"),
    path("rooms/<slug:hub>/<slug:room>/", views.room, name="room"),
    path("rooms/<slug:hub>/<slug:room>/book/", views.book, name="book"),
    path("rooms/<slug:hub>/<slug:room>/display/", views.display, name="display"),
    path("rooms/<slug:hub>/<slug:room>/now/", views.now, name="now"),
    path("bookings/", views.my_bookings, name="my_bookings"),
    path("bookings/<slug:reference>/", views.booking, name="booking"),
    path("bookings/<slug:reference>/give-back/", views.give_back, name="give_back"),
    path("bookings/<slug:reference>/booking.ics", views.calendar, name="calendar"),
]
