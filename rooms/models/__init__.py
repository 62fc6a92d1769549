from rooms.models.booking import Booking, BookingEvent, BusyPeriod, Closure
from rooms.models.room import Equipment, Room

__all__ = ["Booking", "BookingEvent", "BusyPeriod", "Closure", "Equipment", "Room"]
