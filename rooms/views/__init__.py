from rooms.views.book import book
from rooms.views.bookings import booking, calendar, give_back, my_bookings
from rooms.views.display import display, now
from rooms.views.find import find
from rooms.views.room import room

__all__ = ["book", "booking", "calendar", "display", "find", "give_back", "my_bookings", "now", "room"]
