"""The first promise: no room is ever held twice, whatever writes.

Here the code is bypassed: raw SQL on the test database, SQLite or PostgreSQL, before and after
the table is rebuilt by a migration.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.operations import RemoveConstraint
from django.db.migrations.state import ModelState, ProjectState

from accounts.models import User
from hubs.models import Hub
from rooms.booking import BookingDetails, Taken, book_room
from rooms.constraints import NoOverlap
from rooms.enums import BookingState
from rooms.models import Booking, BusyPeriod, Closure, Room
from tests.cast import TUESDAY, helsinki, make_room

NAME = "room_is_never_held_twice"
TEN = datetime(2026, 11, 25, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)

OVERLAPS = [
    pytest.param(TEN, TEN + HOUR, id="the same span"),
    pytest.param(TEN - HOUR, TEN + TICK, id="over its start by a microsecond"),
    pytest.param(TEN + HOUR - TICK, TEN + 2 * HOUR, id="over its end by a microsecond"),
    pytest.param(TEN - HOUR, TEN + 2 * HOUR, id="around it"),
    pytest.param(TEN + HOUR / 4, TEN + HOUR / 2, id="within it"),
    pytest.param(TEN + HOUR / 2, TEN + HOUR / 2 + TICK, id="within it, with a microsecond"),
]
NEIGHBOURS = [
    pytest.param(TEN - HOUR, TEN, id="before"),
    pytest.param(TEN + HOUR, TEN + 2 * HOUR, id="after"),
    pytest.param(TEN + HOUR, TEN + HOUR + TICK, id="after, a microsecond"),
    pytest.param(TEN - TICK, TEN, id="before, a microsecond"),
    pytest.param(TEN + timedelta(days=1), TEN + timedelta(days=1) + HOUR, id="next day"),
]


def closure(room: Room) -> Closure:
    return Closure.objects.create(room=room, starts_at=TEN, ends_at=TEN + HOUR, reason="x")


def insert(room: Room, starts_at: datetime, ends_at: datetime) -> None:
    """Insert a busy period by SQL, in a transaction of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rooms_busyperiod (room_id, starts_at, ends_at, closure_id) VALUES (%s, %s, %s, %s)",
            [room.pk, adapted(starts_at), adapted(ends_at), closure(room).pk],
        )


def update(starts_at: datetime, ends_at: datetime, old_start: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rooms_busyperiod SET starts_at = %s, ends_at = %s WHERE starts_at = %s",
            [adapted(starts_at), adapted(ends_at), adapted(old_start)],
        )


def adapted(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


@pytest.mark.django_db
@pytest.mark.parametrize(("starts_at", "ends_at"), OVERLAPS)
def test_the_database_refuses_an_overlapping_insert(hall: Room, starts_at: datetime, ends_at: datetime) -> None:
    insert(hall, TEN, TEN + HOUR)
    with pytest.raises(IntegrityError, match=NAME):
        insert(hall, starts_at, ends_at)


@pytest.mark.django_db
@pytest.mark.parametrize(("starts_at", "ends_at"), OVERLAPS)
def test_the_database_refuses_an_overlapping_update(hall: Room, starts_at: datetime, ends_at: datetime) -> None:
    insert(hall, TEN, TEN + HOUR)
    insert(hall, TEN + 5 * HOUR, TEN + 6 * HOUR)
    with pytest.raises(IntegrityError, match=NAME):
        update(starts_at, ends_at, TEN + 5 * HOUR)


@pytest.mark.django_db
@pytest.mark.parametrize(("starts_at", "ends_at"), NEIGHBOURS)
def test_the_database_accepts_neighbours(hall: Room, starts_at: datetime, ends_at: datetime) -> None:
    insert(hall, TEN, TEN + HOUR)
    insert(hall, starts_at, ends_at)
    assert BusyPeriod.objects.count() == 2


@pytest.mark.django_db
def test_spans_with_microseconds_are_compared_rightly(hall: Room) -> None:
    half_a_second = timedelta(microseconds=500_000)
    insert(hall, TEN + half_a_second, TEN + HOUR + half_a_second)
    insert(hall, TEN - HOUR, TEN + half_a_second)
    for starts_at, ends_at in ((TEN - 2 * HOUR, TEN), (TEN + HOUR, TEN + 2 * HOUR)):
        with pytest.raises(IntegrityError, match=NAME):
            insert(hall, starts_at, ends_at)
    insert(hall, TEN + HOUR + half_a_second, TEN + 2 * HOUR)


@pytest.mark.django_db
def test_a_row_may_move_over_its_own_span(hall: Room) -> None:
    insert(hall, TEN, TEN + HOUR)
    update(TEN + HOUR / 2, TEN + 2 * HOUR, TEN)
    assert BusyPeriod.objects.get().ends_at == TEN + 2 * HOUR


@pytest.mark.django_db
def test_two_rooms_may_be_taken_at_once_but_not_by_moving_into_one(hall: Room) -> None:
    other = make_room(hall.hub, "other")
    insert(hall, TEN, TEN + HOUR)
    insert(other, TEN, TEN + HOUR)
    with pytest.raises(IntegrityError, match=NAME), transaction.atomic():
        BusyPeriod.objects.filter(room=other).update(room=hall)


@pytest.mark.django_db
def test_one_insert_of_many_rows_is_refused_too(hall: Room) -> None:
    reason = closure(hall)
    rows = [
        BusyPeriod(room=hall, starts_at=TEN + minutes, ends_at=TEN + minutes + HOUR, closure=reason)
        for minutes in (timedelta(0), timedelta(minutes=30))
    ]
    with pytest.raises(IntegrityError, match=NAME), transaction.atomic():
        BusyPeriod.objects.bulk_create(rows)
    assert not BusyPeriod.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["2026-11-25T10:30:00", "2026-11-25 10:30:00+00:00", "2026-11-25 10:30", "2026-11-25 10:30:00.5", "1795948200"],
)
def test_sqlite_refuses_moments_written_so_that_they_compare_wrongly(hall: Room, text: str) -> None:
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_typeof(starts_at) FROM rooms_busyperiod UNION SELECT 'timestamptz'::regtype")
            assert cursor.fetchall() == [("timestamp with time zone",)]  # a moment is no text here
        return
    reason = closure(hall)
    for values in ([text, "2026-11-25 11:00:00"], ["2026-11-25 09:00:00", text]):
        with pytest.raises(IntegrityError, match=NAME), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO rooms_busyperiod (room_id, starts_at, ends_at, closure_id) VALUES (%s, %s, %s, %s)",
                [hall.pk, *values, reason.pk],
            )


@pytest.mark.django_db
def test_other_rules_of_the_database(hall: Room) -> None:
    with pytest.raises(IntegrityError, match="busy_period_ends_after_it_starts"):
        insert(hall, TEN, TEN)
    with pytest.raises(IntegrityError, match="busy_period_belongs_to_a_booking_or_a_closure"), transaction.atomic():
        BusyPeriod.objects.create(room=hall, starts_at=TEN, ends_at=TEN + HOUR)
    with pytest.raises(IntegrityError, match="held_or_requested_booking_has_a_deadline"), transaction.atomic():
        Booking.objects.create(room=hall, state=BookingState.HELD, starts_at=TEN, ends_at=TEN + HOUR)
    with pytest.raises(IntegrityError, match="booking_ends_after_it_starts"), transaction.atomic():
        Booking.objects.create(room=hall, state=BookingState.CONFIRMED, starts_at=TEN, ends_at=TEN)
    with pytest.raises(IntegrityError, match="booking_is_for_at_least_one_person"), transaction.atomic():
        Booking.objects.create(
            room=hall, state=BookingState.CONFIRMED, starts_at=TEN, ends_at=TEN + HOUR, people=0
        )  # fmt: skip


# --- After a later migration --------------------------------------------------------------------------


@pytest.fixture
def rebuilt(transactional_db: None) -> Iterator[list[str]]:
    """Rebuild the table as later migrations do: a field changes, is added, renamed and removed again."""
    note = models.CharField(max_length=20, default="x")
    note.set_attributes_from_name("note")
    starts_at = BusyPeriod._meta.get_field("starts_at")
    indexed = models.DateTimeField(db_index=True)
    indexed.set_attributes_from_name("starts_at")
    done = []
    with foreign_keys_off(), connection.schema_editor() as editor:
        editor.alter_field(BusyPeriod, starts_at, indexed)
        done.append("altered")
    with foreign_keys_off(), connection.schema_editor() as editor:
        editor.alter_field(BusyPeriod, indexed, starts_at)
        editor.add_field(BusyPeriod, note)
        done.append("added")
    yield done
    with foreign_keys_off(), connection.schema_editor() as editor:
        editor.remove_field(BusyPeriod, note)


class foreign_keys_off:  # noqa: N801 - reads as what it does
    """SQLite rebuilds a table only while foreign keys are not enforced, as `migrate` sees to."""

    def __enter__(self) -> None:
        connection.disable_constraint_checking()

    def __exit__(self, *error: object) -> None:
        connection.enable_constraint_checking()


@pytest.mark.django_db(transaction=True)
def test_the_database_still_refuses_after_the_table_is_rebuilt(rebuilt: list[str], kalajarvi: Hub) -> None:
    hall = make_room(kalajarvi)
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, "rooms_busyperiod")]
    assert (rebuilt, "note" in columns) == (["altered", "added"], True)
    reason = closure(hall)
    with connection.cursor() as cursor:
        sql = "INSERT INTO rooms_busyperiod (room_id, starts_at, ends_at, closure_id, note) VALUES (%s, %s, %s, %s, '')"
        cursor.execute(sql, [hall.pk, adapted(TEN), adapted(TEN + HOUR), reason.pk])
        with pytest.raises(IntegrityError, match=NAME), transaction.atomic():
            cursor.execute(sql, [hall.pk, adapted(TEN + HOUR / 2), adapted(TEN + 2 * HOUR), reason.pk])
        cursor.execute(sql, [hall.pk, adapted(TEN + HOUR), adapted(TEN + 2 * HOUR), reason.pk])
        with pytest.raises(IntegrityError, match=NAME), transaction.atomic():
            cursor.execute("UPDATE rooms_busyperiod SET starts_at = %s", [adapted(TEN)])


@pytest.mark.django_db(transaction=True)
def test_a_migration_can_remove_the_constraint_and_add_it_again(kalajarvi: Hub) -> None:
    hall = make_room(kalajarvi)
    removal = RemoveConstraint("busyperiod", NAME)
    before = ProjectState.from_apps(apps)
    after = before.clone()
    removal.state_forwards("rooms", after)
    with foreign_keys_off(), connection.schema_editor() as editor:
        removal.database_forwards("rooms", editor, before, after)
    try:
        insert(hall, TEN, TEN + HOUR)
        insert(hall, TEN, TEN + HOUR)
    finally:
        BusyPeriod.objects.all().delete()
        with foreign_keys_off(), connection.schema_editor() as editor:
            removal.database_backwards("rooms", editor, after, before)
    insert(hall, TEN, TEN + HOUR)
    with pytest.raises(IntegrityError, match=NAME):
        insert(hall, TEN, TEN + HOUR)


def the_constraint() -> NoOverlap:
    return next(constraint for constraint in BusyPeriod._meta.constraints if isinstance(constraint, NoOverlap))


def test_a_migration_knows_the_constraint_and_sees_when_it_changes() -> None:
    constraint = the_constraint()
    assert constraint.clone() == constraint
    other = NoOverlap(name=NAME, same="room", starts="starts_at", ends="starts_at")
    assert other != constraint
    before, after = ProjectState(), ProjectState()
    before.add_model(ModelState.from_model(BusyPeriod))
    changed = ModelState.from_model(BusyPeriod)
    changed.options["constraints"] = [
        other if isinstance(one, NoOverlap) else one for one in changed.options["constraints"]
    ]
    after.add_model(changed)
    operations = MigrationAutodetector(before, after)._detect_changes()["rooms"][0].operations
    assert [type(operation).__name__ for operation in operations] == ["RemoveConstraint", "AddConstraint"]


# --- Before the database: the admin, the verb -----------------------------------------------------------


@pytest.mark.django_db
def test_validation_gives_a_message_to_read(hall: Room) -> None:
    insert(hall, TEN, TEN + HOUR)
    row = BusyPeriod(room=hall, starts_at=TEN + HOUR / 2, ends_at=TEN + 2 * HOUR, closure=closure(hall))
    with pytest.raises(ValidationError) as refusal:
        row.validate_constraints()
    assert refusal.value.messages == [str(the_constraint().violation_error_message)]


@pytest.mark.django_db
def test_validation_lets_a_row_be_itself_and_leaves_missing_fields_to_their_own_messages(hall: Room) -> None:
    insert(hall, TEN, TEN + HOUR)
    BusyPeriod.objects.get().validate_constraints()
    the_constraint().validate(BusyPeriod, BusyPeriod(room=hall, starts_at=TEN))
    the_constraint().validate(
        BusyPeriod, BusyPeriod(room=hall, starts_at=TEN, ends_at=TEN + HOUR), exclude={"room"}
    )  # fmt: skip


@pytest.mark.django_db
def test_a_verb_turns_the_refusal_of_the_database_into_taken(
    hall: Room, resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has written without asking the verbs, after they looked and before they wrote."""
    span = {"starts_at": helsinki(2026, 11, 25, 17), "ends_at": helsinki(2026, 11, 25, 18)}
    smuggled = Booking.objects.create(room=hall, state=BookingState.CONFIRMED, **span)
    BusyPeriod.objects.create(room=hall, booking=smuggled, **span)
    monkeypatch.setattr("rooms.spans.FreeTime.is_busy", lambda *_args: False)
    with pytest.raises(Taken) as refusal:
        book_room(
            room=hall,
            resident=resident,
            actor=resident,
            **span,
            details=BookingDetails(people=1, name="Kim"),
            at=TUESDAY,
        )
    assert [reason.code for reason in refusal.value.reasons] == ["taken"]
    assert refusal.value.alternatives
    assert Booking.objects.get() == smuggled
