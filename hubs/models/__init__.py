from hubs.models.group import RegularGroup
from hubs.models.hub import Hub
from hubs.models.notice import Notice
from hubs.models.timetable import Period, Span, SpecialDay, Timetable, load_schedules

__all__ = ["Hub", "Notice", "Period", "RegularGroup", "Span", "SpecialDay", "Timetable", "load_schedules"]
