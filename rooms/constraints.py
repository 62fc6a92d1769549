"""A database constraint: spans of the same thing never overlap."""

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models.constraints import BaseConstraint


class NoOverlap(BaseConstraint):
    """Refuse a row whose half-open span [starts, ends) overlaps another of the same `same`."""

    def __init__(self, *, name: str, same: str, starts: str, ends: str, **kwargs: Any) -> None:
        self.same, self.starts, self.ends = same, starts, ends
        super().__init__(name=name, **kwargs)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "same": self.same, "starts": self.starts, "ends": self.ends}

    def constraint_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str | None:
        return None

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement | None:
        return None

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement | None:
        return None

    def validate(self, *args: Any, **kwargs: Any) -> None:
        return None
