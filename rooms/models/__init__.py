from rooms.models.booking import Booking, BookingEvent, BookingMail, BusyPeriod, Closure, Series, WrittenOnceError
from rooms.models.room import Equipment, Room
from rooms.models.watch import FreedTime, Offer, Watch

__all__ = [
    "Booking",
    "BookingEvent",
    "BookingMail",
    "BusyPeriod",
    "Closure",
    "Equipment",
    "FreedTime",
    "Offer",
    "Room",
    "Series",
    "Watch",
    "WrittenOnceError",
]
