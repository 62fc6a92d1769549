"""What a request asks for, read strictly: a parameter that is misspelt must not silently give another answer."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from hubs.models import Hub
from hubs.opening import HELSINKI
from servicetorg.addresses import CODES
from servicetorg.api.problems import Wrong

LIMIT, MOST = 100, 1000
MOST_PAGES = 100_000
REPEATABLE = {"room"}


class Asked:
    """The parameters of one request. Each method returns what is meant, or raises `Wrong`."""

    def __init__(self, request: HttpRequest, allowed: Collection[str]) -> None:
        self.given = request.GET
        for name in self.given:
            if name not in allowed:
                known = ", ".join(sorted(allowed)) or "none"
                raise Wrong(name, f"There is no parameter “{name}” here. There are: {known}.")
            if name not in REPEATABLE and len(self.given.getlist(name)) > 1:
                raise Wrong(name, f"“{name}” is given more than once.")

    def language(self, default: str = "") -> str:
        return self.choice("language", CODES, default)

    def choice(self, name: str, values: Collection[str], default: str = "") -> str:
        given = self.given.get(name, default)
        if name in self.given and given not in values:
            raise Wrong(name, f"“{name}” must be one of: {', '.join(values)}.")
        return given

    def flag(self, name: str) -> bool:
        return self.choice(name, ("true", "false"), "false") == "true"

    def number(self, name: str, default: int, *, most: int) -> int:
        given = self.given.get(name)
        if given is None:
            return default
        if not (given.isascii() and given.isdigit() and len(given) <= len(str(most)) and 1 <= int(given) <= most):
            raise Wrong(name, f"“{name}” must be a whole number from 1 to {most}.")
        return int(given)

    def page(self) -> int:
        return self.number("page", 1, most=MOST_PAGES)

    def limit(self, default: int = LIMIT, *, most: int = MOST) -> int:
        return self.number("limit", default, most=most)

    def hub(self) -> Hub | None:
        """Return the published hub that is named. Queries."""
        given = self.given.get("hub")
        if given is None:
            return None
        hub = Hub.objects.published().filter(slug=given).first()
        if hub is None:
            raise Wrong("hub", "There is no such hub. Their names are the ids of /api/v1/hubs.")
        return hub

    def moment(self, name: str) -> datetime | None:
        """Return a moment in UTC. Without an offset it is told by the clocks in Finland."""
        given = self.given.get(name)
        if given is None:
            return None
        try:
            # A plus sign that nobody has escaped comes as a space.
            moment = datetime.fromisoformat(given.strip().replace(" ", "+") if "T" in given else given)
            return (moment if moment.tzinfo else moment.replace(tzinfo=HELSINKI)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Wrong(name, f"“{name}” must be a moment such as 2026-11-24T12:00:00Z, or a day.") from None

    def days(self, *, default: int, most: int) -> tuple[date, date]:
        """Return the first and the last day that are asked for, `from` and `to`; today and so many days otherwise."""
        first = self.day("from") or timezone.localdate()
        last = self.day("to") or self._after(first, default - 1)
        if last < first:
            raise Wrong("to", "“to” is before “from”.")
        if (last - first).days >= most:
            raise Wrong("to", f"At most {most} days can be asked for at once.")
        return first, last

    def day(self, name: str) -> date | None:
        given = self.given.get(name)
        if given is None:
            return None
        try:
            day = date.fromisoformat(given)
        except ValueError:
            raise Wrong(name, f"“{name}” must be a day such as 2026-11-24.") from None
        if not 2000 <= day.year <= 2100:
            raise Wrong(name, f"“{name}” must be a day from 2000 to 2100.")
        return day

    def _after(self, day: date, days: int) -> date:
        return day + timedelta(days=days)
