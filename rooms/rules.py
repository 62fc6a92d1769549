"""What a room asks of a booking: every rule once, with its reason in plain words.

Each rule is a function that looks at what is asked for (`Ask`) and answers with a `Reason` or
None. `problems` asks all of them. That no room is held twice is not a rule of this list: the
lock and the database see to it, and no member of staff can override it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, Protocol

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname, resolution_order

from accounts.models import User
from hubs.models import SpecialDay
from hubs.models.timetable import first_text
from hubs.opening import HELSINKI
from hubs.wording import at_clock_range, day_long
from rooms.enums import BookerKind, BookingChannel, BookingState, PriceGroup, WhoMayBook
from rooms.models import Booking, Closure, Room
from rooms.spans import FreeTime, Span, covers, is_on_grid, minutes_between, overlaps, snap_down, utc

QUOTA_FREE_HOURS = 24  # time taken this near its start counts against nobody's hours
REQUEST_WORKING_DAYS = 3
REQUEST_HOURS_BEFORE_START = 24
REQUEST_LEAST_HOURS = 4
CHECK_IN_MINUTES_BEFORE = 15


class Limits(Protocol):
    """What of a room limits a wish: a room, or the columns of one that a search reads."""

    @property
    def capacity(self) -> int: ...
    @property
    def shortest_minutes(self) -> int: ...
    @property
    def longest_minutes(self) -> int: ...
    @property
    def earliest_days(self) -> int: ...
    @property
    def latest_minutes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is refused, in the reader's language, saying what to do instead.

    `field` names the form field to change: starts_at, ends_at, people, purpose, booker_kind,
    organisation, name, or "" for the whole. Staff may override where `is_overridable`.
    """

    code: str
    message: str
    field: str = ""

    @property
    def is_overridable(self) -> bool:
        return self.code in OVERRIDABLE

    def __str__(self) -> str:
        return self.message


OVERRIDABLE = frozenset(
    {
        "off_grid",
        "too_short",
        "too_long",
        "too_early",
        "too_late",
        "hub_closed",
        "outside_hours",
        "crosses_hours",
        "own_booking",
        "most_active",
        "weekly_hours",
        "only_associations",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingDetails:
    """Who books and what for, as the form or the desk gives it."""

    people: int | None
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = "sv"
    purpose: str = ""
    booker_kind: BookerKind = BookerKind.PRIVATE
    organisation: str = ""
    message: str = ""
    public_title: str = ""  # for the hub’s page; empty: nothing is told there
    price_group: PriceGroup | None = None  # None: as the room and the booker say; staff may set it


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is asked for in the same breath, and will be booked with it."""

    room: Room
    starts_at: datetime
    ends_at: datetime
    created_at: datetime

    @property
    def room_id(self) -> int:
        return self.room.pk

    @property
    def hub_id(self) -> int:
        return self.room.hub_id


class Counted(NamedTuple):
    """A booking that counts against somebody's limits, as plain columns: they are read for each wish."""

    resident_id: int
    reference: str
    room_id: int
    hub_id: int
    series_id: int | None
    state: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    room_name: str


COUNTED = (
    "resident_id", "reference", "room_id", "room__hub_id", "series_id", "state", "starts_at", "ends_at", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What somebody asks for, and what is known about the room and the moment.

    `details` is None while a time is only held. `asked_at` is when the time was first asked for:
    a hold made in time stays in time while the form is filled in. `own` is what the resident has
    already (`own_bookings`), and `beside` what is asked for in the same breath, as the earlier dates
    of a series. `series_id` is the series that the booking belongs to, if it is being changed.
    `closures` are those of the free time by id, where somebody has loaded them.
    """

    room: Room
    starts_at: datetime
    ends_at: datetime
    at: datetime
    asked_at: datetime
    free_time: FreeTime
    resident: User | None = None
    details: BookingDetails | None = None
    is_staff: bool = False
    own: tuple[Counted, ...] = ()
    beside: tuple[Beside, ...] = ()
    series_id: int | None = None
    closures: Mapping[int, Closure] | None = None
    keeps_its_time: bool = False

    def __post_init__(self) -> None:
        for name in ("starts_at", "ends_at", "at", "asked_at"):
            object.__setattr__(self, name, utc(getattr(self, name)))

    @property
    def minutes(self) -> int:
        return minutes_between(self.starts_at, self.ends_at)

    @property
    def starts_on(self) -> date:
        return self.starts_at.astimezone(HELSINKI).date()


def problems(ask: Ask) -> list[Reason]:
    """Return every reason against, in the order of the form. May query for a closure."""
    rules: list[Rule] = [*WHO_RULES]
    if ask.ends_at <= ask.starts_at:
        rules.append(ends_after_it_starts)
    elif not ask.keeps_its_time:
        rules += TIME_RULES
    return [reason for rule in rules if (reason := rule(ask)) is not None]


def room_problems(room: Limits, *, minutes: int, people: int | None) -> list[Reason]:
    """Return what the room itself has against this length and number of people. Never queries."""
    checks = [too_short(room, minutes), too_long(room, minutes), too_many_people(room, people)]
    return [reason for reason in checks if reason is not None]


# --- How big, how long: these need only the room ---------------------------------------------


def too_many_people(room: Limits, people: int | None) -> Reason | None:
    if people is None or people <= room.capacity:
        return None
    message = ngettext(
        "The room holds at most %(count)d person. Choose a larger room.",
        "The room holds at most %(count)d people. Choose a larger room or fewer people.",
        room.capacity,
    ) % {"count": room.capacity}
    return Reason("capacity", message, "people")


def too_short(room: Limits, minutes: int) -> Reason | None:
    if minutes >= room.shortest_minutes:
        return None
    message = _("The shortest booking of this room is %(duration)s. Choose a later end.")
    return Reason("too_short", message % {"duration": duration_words(room.shortest_minutes)}, "ends_at")


def too_long(room: Limits, minutes: int) -> Reason | None:
    if minutes <= room.longest_minutes:
        return None
    message = _("The longest booking of this room is %(duration)s. Choose an earlier end.")
    return Reason("too_long", message % {"duration": duration_words(room.longest_minutes)}, "ends_at")


# --- Who and what for ------------------------------------------------------------------------


def can_be_booked_here(ask: Ask) -> Reason | None:
    if ask.is_staff:
        return None
    if not (ask.room.is_published and ask.room.hub.is_published):
        return Reason("not_bookable", _("This room cannot be booked at the moment. Choose another room."))
    if ask.room.channel != BookingChannel.ONLINE:
        if ask.room.channel_email:
            message = _("This room is booked through the staff. Write to %(email)s.")
            return Reason("through_staff", message % {"email": ask.room.channel_email})
        return Reason("through_staff", _("This room is booked through the staff of the service centre."))
    return None


def people_fit(ask: Ask) -> Reason | None:
    if ask.details is None:
        return None
    if ask.details.people is None or ask.details.people < 1:
        return Reason("people", _("Say how many people are coming, at least one."), "people")
    return too_many_people(ask.room, ask.details.people)


def booker_is_allowed(ask: Ask) -> Reason | None:
    if ask.details is None:
        return None
    if ask.details.booker_kind == BookerKind.CITY and not ask.is_staff:
        message = _("Only the staff book for the city. Choose a private person or an association.")
        return Reason("only_staff", message, "booker_kind")
    if ask.room.who_may_book == WhoMayBook.ASSOCIATIONS and ask.details.booker_kind == BookerKind.PRIVATE:
        message = _("This room is for associations and groups. Choose on whose behalf you book, or another room.")
        return Reason("only_associations", message, "booker_kind")
    return None


def association_is_named(ask: Ask) -> Reason | None:
    details = ask.details
    if details is None or details.booker_kind != BookerKind.ASSOCIATION or details.organisation.strip():
        return None
    return Reason("organisation", _("Give the name of the association or group."), "organisation")


def somebody_is_named(ask: Ask) -> Reason | None:
    if ask.details is None or ask.details.name.strip():
        return None
    return Reason("name", _("Give the name of a contact person."), "name")


def purpose_is_given(ask: Ask) -> Reason | None:
    if ask.details is None or not ask.room.is_purpose_required or ask.details.purpose.strip():
        return None
    return Reason("purpose", _("Say what you will use the room for. This room requires it."), "purpose")


# --- When ------------------------------------------------------------------------------------


def ends_after_it_starts(ask: Ask) -> Reason | None:
    if ask.ends_at > ask.starts_at:
        return None
    return Reason("ends_before_it_starts", _("The booking must end after it starts. Choose a later end."), "ends_at")


def starts_on_the_grid(ask: Ask) -> Reason | None:
    if is_on_grid(ask.starts_at, ask.room.grid_minutes):
        return None
    return Reason("off_grid", grid_words(ask.room), "starts_at")


def long_enough(ask: Ask) -> Reason | None:
    return too_short(ask.room, ask.minutes)


def short_enough(ask: Ask) -> Reason | None:
    return too_long(ask.room, ask.minutes)


def not_in_the_past(ask: Ask) -> Reason | None:
    first = first_start(ask.room, ask.asked_at, is_staff=ask.is_staff)
    if ask.starts_at >= ask.asked_at or (ask.starts_at >= first and ask.ends_at > ask.at):
        return None
    return Reason("past", _("That time has already passed. Choose a later time."), "starts_at")


def not_too_late(ask: Ask) -> Reason | None:
    notice = timedelta(minutes=ask.room.latest_minutes)
    if ask.starts_at < ask.asked_at or ask.starts_at >= ask.asked_at + notice:
        return None
    message = _("This room must be booked at least %(duration)s before the start. Choose a later time.")
    return Reason("too_late", message % {"duration": duration_words(ask.room.latest_minutes)}, "starts_at")


def not_too_early(ask: Ask) -> Reason | None:
    last_day = last_bookable_day(ask.room, ask.asked_at)
    if ask.starts_on <= last_day:
        return None
    message = ngettext(
        "This room can be booked at most %(count)d day ahead, now until %(day)s. Choose an earlier day.",
        "This room can be booked at most %(count)d days ahead, now until %(day)s. Choose an earlier day.",
        ask.room.earliest_days,
    )
    return Reason("too_early", message % {"count": ask.room.earliest_days, "day": day_long(last_day)}, "starts_at")


def room_is_open(ask: Ask) -> Reason | None:
    """Tell apart: closed with a reason, hub not open, outside the room's hours, over an edge of them."""
    closures = [key for start, end, key in ask.free_time.closed if start < ask.ends_at and end > ask.starts_at]
    if ask.closures is not None:
        closure = next((ask.closures[key] for key in closures if key in ask.closures), None)
    else:  # it may be reopened meanwhile
        closure = Closure.objects.filter(pk__in=closures).first() if closures else None
    if closure is not None:
        message = _("The room is closed then: %(reason)s. Choose another time or room.")
        return Reason("closed", message % {"reason": closure.reason.rstrip(".")}, "starts_at")
    if covers(ask.free_time.open, ask.starts_at, ask.ends_at):
        return None
    if not overlaps(ask.free_time.hub_open, ask.starts_at, ask.ends_at):
        message = _("%(hub)s is not open then. Choose another time.")
        return Reason("hub_closed", message % {"hub": ask.room.hub.name}, "starts_at")
    return outside_hours(ask)


def outside_hours(ask: Ask) -> Reason:
    spans = spans_of_day(ask.free_time.open, ask.starts_on)
    if not spans:
        return Reason("outside_hours", _("The room cannot be booked on that day. Choose another day."), "starts_at")
    hours = ", ".join(at_clock_range(start, end) for start, end in spans)
    if overlaps(ask.free_time.open, ask.starts_at, ask.ends_at):
        message = _("The room can be booked %(hours)s that day. Change the start or the end, so that it fits.")
        is_late = any(start <= ask.starts_at < end for start, end in spans)
        return Reason("crosses_hours", message % {"hours": hours}, "ends_at" if is_late else "starts_at")
    message = _("The room can be booked %(hours)s that day. Choose a time within those hours.")
    return Reason("outside_hours", message % {"hours": hours}, "starts_at")


def first_start(room: Room, at: datetime, *, is_staff: bool = False) -> datetime:
    """Return the earliest start that can be booked at `at`: the step of the grid that is running counts.

    Whoever stands before an empty room at 14.12 books it from 14, not from 14.30. Search and the
    room's week offer only what is still to come. A room that asks for notice or for approval has
    no such start: nobody could answer the request in time.
    """
    if room.latest_minutes or needs_approval(room, is_staff=is_staff):
        return utc(at) + timedelta(minutes=room.latest_minutes)
    return snap_down(at, room.grid_minutes)


# --- What the resident has already -------------------------------------------------------------


def no_other_room_then(ask: Ask) -> Reason | None:
    if any(other.starts_at < ask.ends_at and other.ends_at > ask.starts_at for other in ask.beside):
        message = _("Another date of the series is at the same time. Change the time of one of them, or leave it out.")
        return Reason("own_booking", message, "starts_at")
    other = next((each for each in coming(ask) if each.starts_at < ask.ends_at and each.ends_at > ask.starts_at), None)
    if other is None:
        return None
    message = _("You have already booked %(room)s at the same time (%(reference)s). Give it back or change the time.")
    return Reason("own_booking", message % {"room": other.room_name, "reference": other.reference}, "starts_at")


def not_too_many_coming(ask: Ask) -> Reason | None:
    """Count the coming bookings of this room; a series counts as one, however many dates it has."""
    limit = ask.room.most_active
    if limit is None:
        return None
    here = [other for other in coming(ask) if other.room_id == ask.room.pk and other.ends_at > ask.at]
    series = {other.series_id for other in here} - {None, ask.series_id}
    if len(series) + sum(other.series_id is None for other in here) < limit:
        return None
    message = ngettext(
        "You can have %(count)d coming booking in this room at a time. Give it back first, or choose another room.",
        "You can have %(count)d coming bookings in this room at a time. Give one back first, or choose another room.",
        limit,
    )
    return Reason("most_active", message % {"count": limit})


def within_weekly_hours(ask: Ask) -> Reason | None:
    """Count the hours of the local week (Monday to Sunday) in which the bookings start, per hub.

    A booking made within the last 24 hours before its start does not count, and is not asked.
    """
    limit = ask.room.hub.booking_minutes_per_week
    if limit is None or is_last_minute(ask.starts_at, ask.asked_at):
        return None
    monday = ask.starts_on - timedelta(days=ask.starts_on.weekday())
    week_starts, week_ends = midnight(monday), midnight(monday + timedelta(days=7))
    others: list[Counted | Beside] = [*ask.own, *ask.beside]
    used = sum(
        minutes_between(other.starts_at, other.ends_at)
        for other in others
        if other.hub_id == ask.room.hub_id
        and week_starts <= other.starts_at < week_ends
        and not is_last_minute(other.starts_at, other.created_at)
    )
    if used + ask.minutes <= limit:
        return None
    values = {
        "limit": duration_words(limit),
        "hub": ask.room.hub.name,
        "left": duration_words(max(limit - used, 0)),
        "hours": QUOTA_FREE_HOURS,
    }
    if used >= limit:
        message = _(
            "You can book %(limit)s a week in %(hub)s, and all of it is booked that week. "
            "Choose another week, or book what is still free %(hours)d hours before it starts."
        )
    else:
        message = _(
            "You can book %(limit)s a week in %(hub)s, and %(left)s of it is left that week. "
            "Choose a shorter time, or book what is still free %(hours)d hours before it starts."
        )
    return Reason("weekly_hours", message % values, "ends_at")


# --- What may be given back ---------------------------------------------------------------------


def part_problems(booking: Booking, starts_at: datetime, ends_at: datetime, *, at: datetime) -> list[Reason]:
    """Return what speaks against keeping only [starts_at, ends_at) of a booking. Never queries further."""
    grid = booking.room.grid_minutes
    if booking.state == BookingState.HELD:
        return [Reason("only_held", _("The time is not booked yet. Choose another time instead."))]
    if booking.ends_at <= at:
        return [Reason("over", _("This booking is already over, so there is nothing to give back."))]
    if ends_at <= starts_at:
        message = _("Nothing would be left. Choose a later end, or give the whole time back.")
        return [Reason("nothing_left", message, "ends_at")]
    if starts_at < booking.starts_at or ends_at > booking.ends_at:
        field = "starts_at" if starts_at < booking.starts_at else "ends_at"
        return [Reason("not_a_part", _("That is more than you have booked. Choose a time within your booking."), field)]
    if (starts_at, ends_at) == (booking.starts_at, booking.ends_at):
        message = _("That is all of your booking. Choose a later start or an earlier end.")
        return [Reason("not_a_part", message, "ends_at")]
    return [reason for reason in _edge_problems(booking, starts_at, ends_at, grid, at) if reason is not None]


def _edge_problems(
    booking: Booking, starts_at: datetime, ends_at: datetime, grid: int, at: datetime
) -> Iterable[Reason | None]:
    if starts_at != booking.starts_at:
        if booking.starts_at <= at:
            yield Reason(
                "past", _("Your time has begun. You can give back its end, but not its beginning."), "starts_at"
            )
        elif not is_on_grid(starts_at, grid):
            yield Reason("off_grid", grid_words(booking.room), "starts_at")
    if ends_at != booking.ends_at:
        if ends_at < at:
            yield Reason("past", _("That time has already passed. Choose a later end."), "ends_at")
        elif not is_on_grid(ends_at, grid):
            yield Reason("off_grid", grid_words(booking.room), "ends_at")


type Rule = Callable[[Ask], Reason | None]

WHO_RULES: tuple[Rule, ...] = (
    can_be_booked_here,
    people_fit,
    booker_is_allowed,
    association_is_named,
    purpose_is_given,
    somebody_is_named,
)
TIME_RULES: tuple[Rule, ...] = (
    not_in_the_past,
    starts_on_the_grid,
    long_enough,
    short_enough,
    not_too_late,
    not_too_early,
    room_is_open,
    no_other_room_then,
    not_too_many_coming,
    within_weekly_hours,
)


def own_bookings(
    resident: User | None, since: datetime, *, at: datetime, ignoring: Collection[Booking] = ()
) -> tuple[Counted, ...]:
    """Return what counts against the resident's limits, from the week of `since` on. One query.

    That is what is requested, confirmed or used, not merely held; `ignoring` is what is being changed.
    """
    if resident is None:
        return ()
    ours = {booking.reference for booking in ignoring}
    return tuple(each for each in counting_bookings([resident.pk], since, at=at) if each.reference not in ours)


def counting_bookings(residents: Collection[int], since: datetime, *, at: datetime) -> Iterator[Counted]:
    """Yield what counts against anybody's limits, as `own_bookings` does for one resident. One query."""
    day = since.astimezone(HELSINKI).date()
    from_monday = min(midnight(day - timedelta(days=day.weekday())), utc(at))
    bookings = Booking.objects.counted_at(at, used_too=True).filter(ends_at__gt=from_monday, resident__in=residents)
    languages = resolution_order(get_language())
    names = [f"room__{build_localized_fieldname('name', language)}" for language in languages]
    for row in bookings.order_by("starts_at", "pk").values_list(*COUNTED, *names):
        columns, room_names = row[: len(COUNTED)], row[len(COUNTED) :]
        yield Counted._make((*columns, first_text(zip(languages, room_names, strict=True))))


def coming(ask: Ask) -> list[Counted]:
    return [other for other in ask.own if other.state != BookingState.USED]


def is_last_minute(starts_at: datetime, made_at: datetime) -> bool:
    return utc(starts_at) - utc(made_at) < timedelta(hours=QUOTA_FREE_HOURS)


# --- What follows from a booking ---------------------------------------------------------------


def needs_approval(room: Room, *, is_staff: bool) -> bool:
    """Say whether the booking becomes a request.

    Nothing confirms a home municipality yet, so a room for residents only asks the staff, who
    look at the name; when an identity provider confirms it, this is the place to say so.
    """
    return not is_staff and (room.needs_approval or room.who_may_book == WhoMayBook.RESIDENTS)


def request_deadline(starts_at: datetime, at: datetime, holidays: Collection[date] | None = None) -> datetime:
    """Return when an unanswered request expires: 3 working days or 24 h before start, the first of them.

    The staff have at least four hours, but never beyond the start. Queries for holidays, unless
    somebody has loaded the `coming_holidays` for several.
    """
    starts_at, at = utc(starts_at), utc(at)
    days = coming_holidays(at) if holidays is None else holidays
    usual = min(
        utc(working_days_later(at, REQUEST_WORKING_DAYS, days)),
        starts_at - timedelta(hours=REQUEST_HOURS_BEFORE_START),
    )
    return min(max(usual, at + timedelta(hours=REQUEST_LEAST_HOURS)), starts_at)


def coming_holidays(at: datetime) -> set[date]:
    """Return the public holidays of the next three weeks, which is more than any deadline reaches."""
    today = timezone.localdate(at)
    holidays = SpecialDay.objects.filter(is_public_holiday=True, date__gte=today)
    return set(holidays.filter(date__lte=today + timedelta(days=21)).values_list("date", flat=True))


def working_days_later(at: datetime, days: int, holidays: Iterable[date]) -> datetime:
    """Return the same local time of day `days` working days later; Saturdays and Sundays do not count."""
    free_days = set(holidays)
    local = timezone.localtime(at)
    day = local.date()
    while days:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in free_days:
            days -= 1
    return datetime.combine(day, local.time(), tzinfo=local.tzinfo)


def release_moment(booking: Booking, at: datetime) -> datetime | None:
    """Return when a confirmed booking is released unless somebody checks in; None where nobody has to.

    Counted from the start, or from `at` where the time was booked while it ran. The rule that
    the room has when the booking is made holds for it, whatever the room's rule becomes.
    """
    if booking.room.release_minutes is None or booking.checked_in_at is not None:
        return None
    moment = max(utc(booking.starts_at), utc(at)) + timedelta(minutes=booking.room.release_minutes)
    return moment if moment < booking.ends_at else None


def check_in_from(booking: Booking) -> datetime:
    return booking.starts_at - timedelta(minutes=CHECK_IN_MINUTES_BEFORE)


def can_check_in(booking: Booking, at: datetime) -> bool:
    is_confirmed = booking.state_at(at) == BookingState.CONFIRMED
    return is_confirmed and booking.checked_in_at is None and at >= check_in_from(booking)


def price_group(room: Room, details: BookingDetails, *, is_staff: bool) -> PriceGroup:
    """Return the group that the booker belongs to; only staff may choose another."""
    if details.price_group is not None and is_staff:
        return details.price_group
    if details.booker_kind == BookerKind.CITY:
        return PriceGroup.FREE
    if details.booker_kind == BookerKind.ASSOCIATION and room.is_free_for_associations:
        return PriceGroup.FREE
    return PriceGroup.NORMAL


def price_cents(room: Room, group: PriceGroup, minutes: int) -> int:
    """Return the price of the whole booking in cents, to the nearest cent."""
    hourly = room.price_cents
    if group == PriceGroup.FREE:
        hourly = 0
    elif group == PriceGroup.REDUCED and room.reduced_price_cents is not None:
        hourly = room.reduced_price_cents
    return (hourly * minutes + 30) // 60


# --- In words -----------------------------------------------------------------------------------


def grid_words(room: Room) -> str:
    return {
        15: _("Bookings start on the hour or at 15, 30 or 45 minutes past it."),
        30: _("Bookings start on the hour or at half past."),
        60: _("Bookings start on the hour."),
    }[room.grid_minutes]


def duration_words(minutes: int) -> str:
    """Return “2 hours”, “45 minutes” or “1 h 30 min”, in the reader's language."""
    hours, rest = divmod(minutes, 60)
    if not rest and hours:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    if not hours:
        return ngettext("%(count)d minute", "%(count)d minutes", rest) % {"count": rest}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


def last_bookable_day(room: Limits, at: datetime) -> date:
    return at.astimezone(HELSINKI).date() + timedelta(days=room.earliest_days)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=HELSINKI)


def spans_of_day(spans: Iterable[Span], day: date) -> list[Span]:
    starts, ends = midnight(day), midnight(day + timedelta(days=1))
    return [(start, end) for start, end in spans if start < ends and end > starts]
