"""Series: bookings that repeat every week or every second week and belong together.

All dates of a series are booked, changed and given back in one transaction: all of them or none.
What has been booked is told by the bookings; each can also be changed, moved and given back by
itself, with the ordinary verbs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from hubs.opening import HELSINKI
from rooms.availability import Alternative
from rooms.models import Booking, Room, Series
from rooms.rules import BookingDetails, Reason
from rooms.spans import utc

MOST_TIMES = 12
MOST_STAFF_TIMES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesDate:
    """One date of a series as the pattern has it, and what speaks against it.

    `special_day` names a holiday, on which the room may well be open. Where there are reasons,
    `alternatives` are what can be had instead.
    """

    series_start: datetime
    room: Room
    starts_at: datetime
    ends_at: datetime
    reasons: tuple[Reason, ...] = ()
    special_day: str = ""
    alternatives: tuple[Alternative, ...] = ()

    @property
    def is_free(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesChoice:
    """What somebody has picked for one date of the pattern: the date itself, or something instead."""

    series_start: datetime
    room: Room
    starts_at: datetime
    ends_at: datetime


def series_starts(starts_at: datetime, *, every_weeks: int, count: int) -> list[datetime]:
    """Return the starts of a series in UTC: the same time of the wall clock on each date.

    As RFC 5545 reckons: a time that spring skips is as much later, and of two equal times in
    autumn it is the first.
    """
    local = starts_at.astimezone(HELSINKI)
    later = (utc(local + timedelta(weeks=every_weeks * number)) for number in range(1, count))
    return [utc(starts_at), *later][:count]


def preview_series(
    *,
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    every_weeks: int,
    count: int,
    people: int | None = None,
    resident: User | None = None,
    is_staff: bool = False,
    at: datetime,
    ignoring: Booking | None = None,
) -> list[SeriesDate]:
    raise NotImplementedError


def book_series(
    *,
    choices: Sequence[SeriesChoice],
    every_weeks: int,
    resident: User | None,
    details: BookingDetails,
    actor: User,
    at: datetime,
    held: Booking | None = None,
    override_reason: str = "",
) -> Series:
    raise NotImplementedError


def change_following(
    *,
    booking: Booking,
    actor: User,
    at: datetime,
    room: Room | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    details: BookingDetails | None = None,
    override_reason: str = "",
) -> Series:
    raise NotImplementedError


def give_back_following(*, booking: Booking, actor: User | None, at: datetime, reason: str = "") -> list[Booking]:
    raise NotImplementedError


def approve_series(*, series: Series, actor: User, at: datetime, reason: str = "") -> Series:
    raise NotImplementedError


def decline_series(*, series: Series, actor: User, at: datetime, reason: str) -> Series:
    raise NotImplementedError
