"""A database constraint: spans of the same thing never overlap."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, NotSupportedError, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Columns, Statement, Table
from django.db.models.constraints import BaseConstraint

# The names of the triggers end so, on SQLite.
INSERTED, UPDATED = "_insert", "_update"

# SQLite keeps moments as text, which compares rightly only while all are written as Django
# writes them: UTC, with or without microseconds. Any other form is refused.
SECONDS = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
IS_WRITTEN_OTHERWISE = (
    f"NEW.%(column)s NOT GLOB '{SECONDS}' AND NEW.%(column)s NOT GLOB '{SECONDS}.{'[0-9]' * 6}'"  # and microseconds
)
TRIGGER = (
    "CREATE TRIGGER %(name)s BEFORE %(event)s ON %(table)s FOR EACH ROW "
    "WHEN (%(starts_otherwise)s) OR (%(ends_otherwise)s) "
    "OR EXISTS (SELECT 1 FROM %(table)s AS other WHERE other.%(same)s = NEW.%(same)s "
    "AND other.%(starts)s < NEW.%(ends)s AND other.%(ends)s > NEW.%(starts)s%(but_itself)s) "
    "BEGIN SELECT RAISE(ABORT, %(message)s); END"
)
EXCLUSION = (
    "CONSTRAINT %(name)s EXCLUDE USING gist "
    "(int8range(%(same)s, %(same)s, '[]') WITH &&, tstzrange(%(starts)s, %(ends)s, '[)') WITH &&)"
)


# Typed Any where the stubs let Django pass None, which it never does.
class NoOverlap(BaseConstraint):
    """Refuse a row whose half-open span [starts, ends) overlaps another of the same `same`.

    On PostgreSQL an exclusion constraint that needs no extension; on SQLite two triggers. Both
    refuse with an IntegrityError that bears the constraint's name. SQLite rebuilds a table to
    alter it and drops its triggers then: `constraint_sql`, which every rebuild asks, defers
    their statements, so that each rebuild makes them anew.
    """

    def __init__(self, *, name: str, same: str, starts: str, ends: str, **kwargs: Any) -> None:
        self.same, self.starts, self.ends = same, starts, ends
        super().__init__(name=name, **kwargs)

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor == "postgresql":
            return Statement(EXCLUSION, **self._parts(model, schema_editor))
        schema_editor.deferred_sql.extend(self._triggers(model, schema_editor))
        return None

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor == "postgresql":
            return Statement(f"ALTER TABLE %(table)s ADD {EXCLUSION}", **self._parts(model, schema_editor))
        for trigger in self._triggers(model, schema_editor):
            schema_editor.execute(trigger, params=None)
        return None

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor == "postgresql":
            sql = "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s"
            return Statement(sql, **self._parts(model, schema_editor))
        schema_editor.deferred_sql = [sql for sql in schema_editor.deferred_sql if not self._is_mine(sql)]
        for ending in (INSERTED, UPDATED):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {schema_editor.quote_name(self.name + ending)}")
        return None

    def _parts(self, model: Any, schema_editor: BaseDatabaseSchemaEditor) -> dict[str, Any]:
        quote, table = schema_editor.quote_name, model._meta.db_table

        def column(field: str) -> Columns:
            return Columns(table, [model._meta.get_field(field).column], quote)

        return {
            "name": quote(self.name),
            "table": Table(table, quote),
            "same": column(self.same),
            "starts": column(self.starts),
            "ends": column(self.ends),
        }

    def _triggers(self, model: Any, schema_editor: BaseDatabaseSchemaEditor) -> Sequence[Statement]:
        if schema_editor.connection.vendor != "sqlite":
            raise NotSupportedError(f"{self.name} is known to PostgreSQL and SQLite only.")
        primary_key = Columns(model._meta.db_table, [model._meta.pk.column], schema_editor.quote_name)
        but_itself = Statement(" AND other.%(key)s <> OLD.%(key)s", key=primary_key)
        parts = self._parts(model, schema_editor)
        return [
            Statement(
                TRIGGER,
                **parts
                | {
                    "starts_otherwise": Statement(IS_WRITTEN_OTHERWISE, column=parts["starts"]),
                    "ends_otherwise": Statement(IS_WRITTEN_OTHERWISE, column=parts["ends"]),
                    "name": schema_editor.quote_name(self.name + ending),
                    "event": event,
                    "but_itself": condition,
                    "message": schema_editor.quote_value(self.name),
                },
            )
            for ending, event, condition in ((INSERTED, "INSERT", ""), (UPDATED, "UPDATE", but_itself))
        ]

    def _is_mine(self, sql: object) -> bool:
        return isinstance(sql, Statement) and self.name in str(sql.parts.get("name", ""))

    def validate(
        self,
        model: Any,
        instance: models.Model,
        exclude: set[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Give the admin a readable message before the database refuses. Queries once."""
        fields = {self.same, self.starts, self.ends}
        same = getattr(instance, model._meta.get_field(self.same).attname)
        starts, ends = getattr(instance, self.starts), getattr(instance, self.ends)
        if fields & set(exclude or ()) or None in (same, starts, ends):
            return
        others = model._default_manager.using(using).filter(
            **{self.same: same, f"{self.starts}__lt": ends, f"{self.ends}__gt": starts}
        )
        if not instance._state.adding:
            others = others.exclude(pk=instance.pk)
        if others.exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "same": self.same, "starts": self.starts, "ends": self.ends}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NoOverlap):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.name, self.same, self.starts, self.ends))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: name={self.name!r} same={self.same!r} span=[{self.starts}, {self.ends})>"
