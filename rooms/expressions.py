"""What Django has no expression for."""

from typing import Any

from django.db.models import BooleanField, Func


class LastsLong(Func):
    """Whether more than half a day lies between a start and an end, given in this order."""

    arity = 2
    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_options: Any) -> tuple[str, tuple[Any, ...]]:
        return self._compare(compiler, "%(end)s - %(start)s > interval '12 hours'")

    def as_sqlite(self, compiler: Any, connection: Any, **_options: Any) -> tuple[str, tuple[Any, ...]]:
        return self._compare(compiler, "julianday(%(end)s) - julianday(%(start)s) > 0.5")

    def _compare(self, compiler: Any, template: str) -> tuple[str, tuple[Any, ...]]:
        (start, first), (end, second) = (compiler.compile(each) for each in self.get_source_expressions())
        return f"({template % {'start': start, 'end': end}})", (*second, *first)
