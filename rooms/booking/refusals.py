"""How a verb says no."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from rooms.alternatives import instead_of
from rooms.availability import Alternative
from rooms.models import Booking, Room
from rooms.rules import Reason
from rooms.spans import Span


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """The rules say no: `reasons` tell why and what to do; nothing has been written.

    Of a series, `of` tells the reasons of each date by its `series_start`.
    """

    def __init__(
        self,
        reasons: Sequence[Reason],
        *,
        room: Room | None = None,
        span: Span | None = None,
        people: int | None = None,
        at: datetime | None = None,
        of: Mapping[datetime, Sequence[Reason]] | None = None,
    ) -> None:
        super().__init__(" ".join(reason.message for reason in reasons))
        self.reasons = list(reasons)
        self.room, self.span, self.people, self.at = room, span, people, at
        self.of = {start: list(against) for start, against in (of or {}).items()}

    @cached_property
    def alternatives(self) -> list[Alternative]:
        """Return what can be had instead. Queries when first asked, after the lock is gone."""
        if self.room is None or self.span is None or self.at is None:
            return []
        return list(instead_of(self.room, *self.span, self.people, at=self.at, reasons=self.reasons).choices)


class Taken(Refused):
    """Somebody else has the time. `bookings` names who, where the staff close a room."""

    def __init__(self, reasons: Sequence[Reason], *, bookings: Sequence[Booking] = (), **context: Any) -> None:
        super().__init__(reasons, **context)
        self.bookings = list(bookings)


def taken_reason() -> Reason:
    return Reason("taken", _("This time is already taken. Choose another time or room."), "starts_at")


def changed_meanwhile_reason() -> Reason:
    message = _("Somebody has changed this booking at the same time. Look at it again before you change it.")
    return Reason("changed_meanwhile", message)
