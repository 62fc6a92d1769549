"""The closures of a room that a visitor to its page should know before looking for a time."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from hubs.deviations import COMING_DAYS
from hubs.opening import HELSINKI
from hubs.wording import at_clock_range, day_in_sentence, days_in_sentence
from rooms.models import Closure, Room
from rooms.wording import moment_words


@dataclass(frozen=True, slots=True)
class ComingClosure:
    closure: Closure
    is_of_this_room: bool

    @property
    def title(self) -> str:
        """Write “Closed on Thursday 3 December, 10:00–12:00”, “Closed 3–5 December”."""
        starts, ends = (each.astimezone(HELSINKI) for each in (self.closure.starts_at, self.closure.ends_at))
        last = (ends - timedelta(microseconds=1)).date()
        is_whole_days = starts.time() == ends.time() == time(0)
        if starts.date() == last:
            words = {"day": day_in_sentence(last), "time": at_clock_range(starts, ends)}
            return (_("Closed on %(day)s") if is_whole_days else _("Closed on %(day)s, %(time)s")) % words
        if is_whole_days:
            return _("Closed %(days)s") % {"days": days_in_sentence(starts.date(), last)}
        return _("Closed from %(start)s to %(end)s") % {"start": moment_words(starts), "end": moment_words(ends)}


def coming_closures(room: Room, at: datetime) -> list[ComingClosure]:
    """Return the closures of the room, its parts and what it is a part of, that are now or begin soon. One query."""
    of_room = Q(room=room) | Q(room__parent=room) | Q(room__parts=room)
    found = Closure.objects.filter(of_room, ends_at__gt=at, starts_at__lt=at + timedelta(days=COMING_DAYS))
    return [ComingClosure(each, each.room_id == room.pk) for each in found.select_related("room").distinct()]
