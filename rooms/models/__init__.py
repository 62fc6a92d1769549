from rooms.models.booking import Booking, BookingEvent, BookingMail, BusyPeriod, Closure, WrittenOnceError
from rooms.models.room import Equipment, Room

__all__ = ["Booking", "BookingEvent", "BookingMail", "BusyPeriod", "Closure", "Equipment", "Room", "WrittenOnceError"]
