from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hubs.deviations import coming
from hubs.enums import Mode
from hubs.models import Hub
from hubs.models.timetable import load_schedules
from hubs.opening import Schedule, State
from hubs.wording import clock, day_short, state_detail, state_words
from rooms.display import Board, make_boards
from rooms.enums import BookingChannel
from rooms.views.display import show
from services.models import Listing
from servicetorg.free_rooms import FreeRoom, evening_of, free_within, is_late

MOST_NOTICES = 3
DAYS_AHEAD, MOST_DEVIATIONS = 7, 2
MOST_FREE_TONIGHT = 5
MOST_ROWS, ROWS_A_NOTICE_TAKES = 13, 2  # at their usual size on a screen of 16:9


@dataclass(frozen=True, slots=True)
class Door:
    """The house, or a service in it, and until when it is open, as briefly as a wall allows."""

    state: State
    at: datetime
    listing: Listing | None = None

    @property
    def words(self) -> str:
        """Write “closes at 20”, which says that it is open, or all of it where that says too little."""
        usual = self.state.mode in (None, Mode.STAFFED)
        return (state_detail(self.state, self.at) if usual else "") or self.sentence

    @property
    def sentence(self) -> str:
        return state_words(self.state, self.at)


@never_cache
@require_safe
def hub_display(request: HttpRequest, hub: str) -> HttpResponse:
    """Show the house on a screen at its entrance: what is open until when, the rooms now and next, notices."""
    at = timezone.now()
    here = get_object_or_404(Hub.objects.for_list(), slug=hub)
    listings = list(here.listings.for_list())
    rooms = list(here.rooms.published().select_related("hub", "timetable"))
    schedules = load_schedules([each.timetable_id for each in [here, *listings, *rooms]])
    boards = make_boards(rooms, at=at, schedules=schedules)
    doors = [door(schedules[listing.timetable_id], at, listing) for listing in listings]
    notices = list(here.notices.for_whole_hub().shown_at(at)[:MOST_NOTICES])
    deviations = coming(schedules[here.timetable_id], at, days=DAYS_AHEAD)[:MOST_DEVIATIONS]
    house = door(schedules[here.timetable_id], at)
    changes = [each.state.closes_at or each.state.opens_at for each in [house, *doors]]
    ends = [moment for moment in changes if moment is not None] + [board.now.ends_at for board in boards]
    evening = free_tonight(boards, at) if is_late(at) else []
    rows = max(len(doors), len(boards)) + ROWS_A_NOTICE_TAKES * len(notices) + bool(evening)
    context = {
        "hub": here,
        "house": house,
        "doors": doors,
        "boards": boards,
        "deviations": deviations,
        "notices": notices,
        "is_full": rows > MOST_ROWS,
        "clock": lambda: clock(at),
        "day": lambda: day_short(at),
        "tonight": evening,
        "seconds_left": int((min(ends) - at).total_seconds()) if ends else 0,
    }
    return show(request, "hub_display.html", context, at)


def free_tonight(boards: list[Board], at: datetime) -> list[FreeRoom]:
    """Return what whoever comes in can still book for tonight. Never queries."""
    today = [
        FreeRoom(board.room, [(each.starts_at, each.ends_at) for each in (board.now, *board.coming) if each.is_free])
        for board in boards
        if board.room.channel == BookingChannel.ONLINE and board.room.parent_id is None
    ]
    return free_within(today, evening_of(at))[:MOST_FREE_TONIGHT]


def door(schedule: Schedule, at: datetime, listing: Listing | None = None) -> Door:
    return Door(schedule.state(at), at, listing)
