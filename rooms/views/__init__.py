from rooms.views.answer_series import answer_series_by_link
from rooms.views.book import book
from rooms.views.book_series import book_series
from rooms.views.bookings import booking, calendar, give_back, my_bookings
from rooms.views.changing import change_booking, give_back_part
from rooms.views.check_in import check_in, check_in_booking
from rooms.views.display import display, now
from rooms.views.find import find
from rooms.views.links import answer_by_link, check_in_by_link, give_back_by_link
from rooms.views.room import room
from rooms.views.series import series, series_calendar
from rooms.views.watches import claim_by_link, offer, stop_watch_by_link, watch, watch_new

__all__ = [
    "answer_by_link",
    "answer_series_by_link",
    "book",
    "book_series",
    "booking",
    "calendar",
    "change_booking",
    "check_in",
    "check_in_booking",
    "check_in_by_link",
    "claim_by_link",
    "display",
    "find",
    "give_back",
    "give_back_by_link",
    "give_back_part",
    "my_bookings",
    "now",
    "offer",
    "room",
    "series",
    "series_calendar",
    "stop_watch_by_link",
    "watch",
    "watch_new",
]
