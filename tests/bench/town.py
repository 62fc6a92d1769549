"""A town to measure in: hubs, rooms, hours, residents and bookings, in the sizes S and L.

Everything follows from the size, the seed and the day, so that two databases hold the same. Rows
are written as a backup would be read in, past the verbs, but never past the database's own rules.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction

from accounts.models import User
from hubs.models import Hub, Period, Span, Timetable
from hubs.opening import HELSINKI
from hubs.special_days import seed_special_days
from rooms.booking.writing import snapshot
from rooms.enums import BookingState, EventKind, RoomKind
from rooms.models import Booking, BookingEvent, BusyPeriod, Closure, Equipment, Room
from rooms.models.booking import REFERENCE_ALPHABET, REFERENCE_LENGTH
from services.enums import ProviderKind
from services.models import Category, Listing, Provider, Service
from tests.cast import three_languages

SEED = 1972  # the year in which Esbo became a town
LISTINGS_OF_A_HUB, KINDS_OF_SERVICE = 15, 4
LENGTHS = (60, 60, 90, 120, 120, 180)
ROWS_AT_ONCE = 20_000
PIECES = ("projector", "screen", "piano", "hearing loop", "kitchen", "stage", "mirrors", "video calls")
KINDS = (RoomKind.MEETING, RoomKind.WORK, RoomKind.HALL, RoomKind.TEACHING, RoomKind.GROUP)


@dataclass(frozen=True)
class Size:
    name: str
    hubs: int
    rooms: int
    days: int
    bookings: int
    residents: int

    @property
    def in_words(self) -> str:
        return f"{self.hubs} hubs, {self.rooms:,} rooms, {self.bookings:,} bookings over {self.days} days"


SIZES = {
    "S": Size("S", hubs=2, rooms=12, days=90, bookings=1_500, residents=100),
    "L": Size("L", hubs=50, rooms=1_000, days=365, bookings=500_000, residents=20_000),
}


@transaction.atomic
def build(size: Size, *, at: datetime) -> None:
    """Fill an empty, migrated database. Half of the days lie behind `at`."""
    chance = random.Random(SEED)
    today = at.astimezone(HELSINKI).date()
    seed_special_days(range(today.year - 1, today.year + 3))
    rooms = make_rooms(size)
    residents = make_residents(size)
    spans = plan(size, rooms, today - timedelta(days=size.days // 2), chance)
    make_bookings(spans, residents, at, chance)
    make_closures(rooms[:: 40 if size.rooms > 40 else 6], today)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


# --- Places --------------------------------------------------------------------------------------


def make_rooms(size: Size) -> list[Room]:
    """Make the hubs with their rooms: of every ten rooms one is a hall with two parts, two have their own hours."""
    pieces = [
        Equipment.objects.create(slug=name.replace(" ", "-"), order=order, **three_languages("name", name, name, name))
        for order, name in enumerate(PIECES)
    ]
    services = make_services()
    city = Provider.objects.create(
        slug="city", kind=ProviderKind.CITY, **three_languages("name", "Staden", "Kaupunki", "The city")
    )
    rooms: list[Room] = []
    for number in range(size.hubs):
        hub = make_hub(number)
        whole = None
        for order in range(size.rooms // size.hubs):
            place = order % 10
            room = make_room(hub, order, whole if place in (1, 2) else None)
            whole = room if place == 0 else whole
            room.equipment.set(pieces[(order + n) % len(pieces)] for n in range(3))
            if place in (8, 9):
                give_hours(room.timetable, 0b0011111, time(9), time(18))
            rooms.append(room)
        for order, service in enumerate(services):
            give_hours(make_listing(hub, service, city, order).timetable, 0b0011111, time(9), time(15))
    return rooms


def make_services() -> list[Service]:
    """Make what each hub offers, of four kinds."""
    kinds = [
        Category.objects.create(
            slug=f"kind-{n}", order=n, **three_languages("name", f"Slag {n}", f"Laji {n}", f"Kind {n}")
        )
        for n in range(KINDS_OF_SERVICE)
    ]
    return [
        Service.objects.create(
            slug=f"service-{n}",
            category=kinds[n % len(kinds)],
            **three_languages("name", f"Bibliotek {n}", f"Kirjasto {n}", f"Library {n}"),
        )
        for n in range(LISTINGS_OF_A_HUB)
    ]


def make_listing(hub: Hub, service: Service, provider: Provider, order: int) -> Listing:
    summary = (
        "Böcker, tidningar och ett lugnt hörn.",
        "Kirjoja, lehtiä ja rauhallinen nurkka.",
        "Books and a calm corner.",
    )
    return Listing.objects.create(
        hub=hub,
        service=service,
        provider=provider,
        slug=service.slug,
        order=order,
        name_sv=service.name_sv,
        name_fi=service.name_fi,
        name_en=service.name_en,
        **three_languages("summary", *summary),
    )


def make_hub(number: int) -> Hub:
    name = f"Servicetorg {number + 1}", f"Palvelutori {number + 1}", f"Service Centre {number + 1}"
    hub = Hub.objects.create(
        slug=f"hub-{number + 1}",
        order=number,
        **three_languages("name", *name),
        **three_languages("street", "Torget 1", "Tori 1", "Tori 1"),
        **three_languages("locality", "Esbo", "Espoo", "Espoo"),
        postal_code="02770",
    )
    give_hours(hub.timetable, 0b0011111, time(8), time(21), mode="self_service")
    give_hours(hub.timetable, 0b1100000, time(9), time(19), mode="self_service", parent=hub.timetable.periods.get())
    return hub


def make_room(hub: Hub, order: int, whole: Room | None) -> Room:
    kind = RoomKind.HALL if whole is not None or order % 10 == 0 else KINDS[order % len(KINDS)]
    name = f"Rum {order + 1}", f"Huone {order + 1}", f"Room {order + 1}"
    summary = "Ljust rum med stolar och bord.", "Valoisa huone, tuolit ja pöydät.", "A light room, chairs and tables."
    return Room.objects.create(
        hub=hub,
        parent=whole,
        slug=f"room-{order + 1}",
        order=order,
        kind=kind,
        floor=str(1 + order % 3),
        **three_languages("name", *name),
        **three_languages("summary", *summary),
        capacity=(60, 30, 30, 4, 6, 8, 10, 12, 16, 20)[order % 10],
        grid_minutes=(30, 30, 30, 15, 30, 60)[order % 6],
        gap_minutes=(0, 0, 15, 0, 30)[order % 5],
        shortest_minutes=60 if order % 6 == 5 else 30,
        earliest_days=365,
        release_minutes=15 if order % 4 == 3 else None,
        price_cents=(0, 0, 1200)[order % 3],
    )


def give_hours(
    timetable: Timetable,
    weekdays: int,
    opens: time,
    closes: time,
    *,
    mode: str = "staffed",
    parent: Period | None = None,
) -> None:
    period = parent or Period.objects.create(timetable=timetable, kind="regular", first_day=date(2020, 1, 1))
    Span.objects.create(period=period, weekdays=weekdays, opens=opens, closes=closes, mode=mode)


def make_residents(size: Size) -> list[int]:
    people = [User(email=f"resident{n}@example.com", name=f"Resident {n}", password="!") for n in range(size.residents)]
    User.objects.bulk_create(people, batch_size=5_000)
    return list(User.objects.order_by("pk").values_list("pk", flat=True))


# --- Bookings --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Planned:
    room: Room
    starts_at: datetime
    ends_at: datetime


def plan(size: Size, rooms: Sequence[Room], first_day: date, chance: random.Random) -> list[Planned]:
    """Spread the bookings over rooms and days, so that no part is booked while its whole is."""
    parents = {room.parent_id for room in rooms}
    planned: list[Planned] = []
    for number in range(size.days):
        day = first_day + timedelta(days=number)
        # What is missing on average is made up for from day to day.
        wanted = round(size.bookings * (number + 1) / size.days) - len(planned)
        midnight = datetime.combine(day, time.min, tzinfo=HELSINKI)
        opens, closes = (8, 21) if day.weekday() < 5 else (9, 19)
        # A room is filled from the morning on, so that nothing overlaps; which are filled differs from day to day.
        hours = {room.pk: opens * 60 + chance.choice((0, 60, 120, 240, 420, 540)) for room in rooms}
        whole_until = dict.fromkeys(parents, 0)
        bookable = chance.sample(rooms, len(rooms))
        while wanted > 0 and bookable:
            left = []
            for room in bookable:
                length = chance.choice(LENGTHS)
                begin = -(-max(hours[room.pk], whole_until.get(room.parent_id, 0)) // 60) * 60
                if room.pk in parents:  # the whole takes its parts: only after everything else of the day
                    continue
                if begin + length > closes * 60:
                    continue
                hours[room.pk] = begin + length + room.gap_minutes + chance.choice((0, 0, 60, 120))
                starts_at = (midnight + timedelta(minutes=begin)).astimezone(UTC)
                planned.append(Planned(room, starts_at, starts_at + timedelta(minutes=length)))
                left.append(room)
                wanted -= 1
                if not wanted:
                    break
            bookable = left
    return planned


def make_bookings(planned: Sequence[Planned], residents: Sequence[int], at: datetime, chance: random.Random) -> None:
    """Write the bookings, their busy periods and one event each."""
    for first in range(0, len(planned), ROWS_AT_ONCE):
        write_bookings(first + 1, planned[first : first + ROWS_AT_ONCE], residents, at, chance)
    for model in (Booking, BusyPeriod, BookingEvent):
        move_sequence(model)


def write_bookings(
    first: int, planned: Sequence[Planned], residents: Sequence[int], at: datetime, chance: random.Random
) -> None:
    bookings, busy, events = [], [], []
    for number, each in enumerate(planned, start=first):
        is_over = each.ends_at <= at
        resident = chance.choice(residents)
        booking = Booking(
            pk=number,
            reference="".join(chance.choices(REFERENCE_ALPHABET, k=REFERENCE_LENGTH)),
            room_id=each.room.pk,
            resident_id=resident,
            state=BookingState.USED if is_over else BookingState.CONFIRMED,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            gap_minutes=each.room.gap_minutes,
            name=f"Resident {resident}",
            email="resident@example.com",
            people=2,
            created_at=each.starts_at - timedelta(days=chance.randrange(1, 30)),
            updated_at=at,
        )
        if not is_over and each.room.release_minutes is not None:
            booking.expires_at = each.starts_at + timedelta(minutes=each.room.release_minutes)
            if booking.expires_at <= at:
                booking.checked_in_at, booking.expires_at = each.starts_at, None
        ends_at = each.ends_at + timedelta(minutes=each.room.gap_minutes)
        bookings.append(booking)
        busy.append(
            BusyPeriod(pk=number, room_id=each.room.pk, starts_at=each.starts_at, ends_at=ends_at, booking_id=number)
        )
        new = snapshot(booking)
        events.append(
            BookingEvent(
                pk=number,
                booking_id=number,
                kind=EventKind.CONFIRMED,
                at=booking.created_at,
                actor_id=resident,
                new=new,
            )
        )
    for model, things in ((Booking, bookings), (BusyPeriod, busy), (BookingEvent, events)):
        write(model, things)


def make_closures(rooms: Iterable[Room], today: date) -> None:
    """Close some rooms for three days in a time that no bookings lie in."""
    starts_at = datetime.combine(today + timedelta(days=400), time(8), tzinfo=HELSINKI)
    ends_at = starts_at + timedelta(days=3)
    for room in rooms:
        closure = Closure.objects.create(
            room=room, starts_at=starts_at, ends_at=ends_at, **three_languages("reason", "Golvet", "Lattia", "Floor")
        )
        BusyPeriod.objects.create(room=room, starts_at=starts_at, ends_at=ends_at, closure=closure)


def write(model: Any, things: Sequence[Any]) -> None:
    """Write many rows as quickly as the database takes them."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    names = [connection.ops.quote_name(field.column) for field in fields]
    table = connection.ops.quote_name(model._meta.db_table)

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                for thing in things:
                    copy.write_row(row_of(thing, fields))
        else:
            places = ", ".join(["%s"] * len(names))
            sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"
            cursor.executemany(sql, [row_of(thing, fields) for thing in things])


def row_of(thing: Any, fields: Sequence[Any]) -> list[Any]:
    return [field.get_db_prep_save(getattr(thing, field.attname), connection) for field in fields]


def move_sequence(model: Any) -> None:
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)
