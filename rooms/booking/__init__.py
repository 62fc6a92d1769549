"""Everything that happens to bookings and closures. Nothing else writes busy periods.

Each verb is one transaction: lock, ask the rules, write the booking, its busy periods and the
event, and queue the mail. `at` is the moment of the act; all moments are aware.

Locks are taken in one order everywhere, so that no two verbs wait for each other: first the
resident (limits per person cannot be beaten by parallel requests), then the rooms and their parts
in the order of their ids, then bookings and then their series in the order of theirs. On SQLite the
transaction itself is the lock. The database has the last word: `room_is_never_held_twice`.

A refusal is `Refused`, which tells every reason; `Taken` when somebody else has the time.
Both offer `alternatives`, and neither leaves anything changed.
"""

from rooms.booking.closing import (
    Cancel,
    Closing,
    Hit,
    Move,
    PlanRefused,
    change_closure,
    close_room,
    close_rooms,
    plan_closure,
    reopen_room,
)
from rooms.booking.due import expire_due, finish_due, forget_holds, release, release_due, remind, remind_due
from rooms.booking.offers import claim_offer, continue_watch, decline_offer, offer_due, start_watch, stop_watch
from rooms.booking.opened import note_opened
from rooms.booking.refusals import Refused, Taken
from rooms.booking.residents import HOLD_TIME, book_room, change_booking, check_in, give_back, give_back_part, hold
from rooms.booking.series import (
    MOST_STAFF_TIMES,
    MOST_TIMES,
    SeriesChoice,
    SeriesDate,
    approve_series,
    book_series,
    change_following,
    decline_series,
    give_back_following,
    preview_following,
    preview_series,
    series_starts,
)
from rooms.booking.staff import approve, cancel, decline
from rooms.booking.titles import show_title, take_title_away
from rooms.rules import BookingDetails, Reason

__all__ = [
    "HOLD_TIME",
    "MOST_STAFF_TIMES",
    "MOST_TIMES",
    "BookingDetails",
    "Cancel",
    "Closing",
    "Hit",
    "Move",
    "PlanRefused",
    "Reason",
    "Refused",
    "SeriesChoice",
    "SeriesDate",
    "Taken",
    "approve",
    "approve_series",
    "book_room",
    "book_series",
    "cancel",
    "change_booking",
    "change_closure",
    "change_following",
    "check_in",
    "claim_offer",
    "close_room",
    "close_rooms",
    "continue_watch",
    "decline",
    "decline_offer",
    "decline_series",
    "expire_due",
    "finish_due",
    "forget_holds",
    "give_back",
    "give_back_following",
    "give_back_part",
    "hold",
    "note_opened",
    "offer_due",
    "plan_closure",
    "preview_following",
    "preview_series",
    "release",
    "release_due",
    "remind",
    "remind_due",
    "reopen_room",
    "series_starts",
    "show_title",
    "start_watch",
    "stop_watch",
    "take_title_away",
]
