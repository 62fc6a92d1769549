from rooms.models.booking import Booking, BookingEvent, BookingMail, BusyPeriod, Closure, Series, WrittenOnceError
from rooms.models.room import Equipment, Room
from rooms.models.watch import Offer, Watch

__all__ = [
    "Booking",
    "BookingEvent",
    "BookingMail",
    "BusyPeriod",
    "Closure",
    "Equipment",
    "Offer",
    "Room",
    "Series",
    "Watch",
    "WrittenOnceError",
]
