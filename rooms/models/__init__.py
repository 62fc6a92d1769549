from rooms.models.booking import Booking, BookingEvent, BookingMail, BusyPeriod, Closure, Series, WrittenOnceError
from rooms.models.room import Equipment, Room
from rooms.models.watch import FreedTime, KnownHours, Offer, Watch

__all__ = [
    "Booking",
    "BookingEvent",
    "BookingMail",
    "BusyPeriod",
    "Closure",
    "Equipment",
    "FreedTime",
    "KnownHours",
    "Offer",
    "Room",
    "Series",
    "Watch",
    "WrittenOnceError",
]
