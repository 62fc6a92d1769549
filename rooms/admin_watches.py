"""What residents wait for in vain, for the staff who plan rooms and hours: what, where and when, not who."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.scoped_admin import RoleScopedAdmin
from hubs.wording import at_clock_range, day_short
from rooms.enums import RoomKind
from rooms.models import Offer, Watch
from rooms.rules import duration_words
from rooms.wording import weekdays_words

SHOWN = (
    "when", "length", "how_many", "where", "what", "first_day", "last_day", "made", "state_now", "offered",
)  # fmt: skip


class WaitingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", gettext_lazy("waiting now")), ("ended", gettext_lazy("stopped or over"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Watch]) -> models.QuerySet[Watch]:
        active = Watch.objects.active_at(timezone.now())
        match self.value():
            case "waiting":
                return queryset.filter(pk__in=active)
            case "ended":
                return queryset.exclude(pk__in=active)
        return queryset


class WatchAdmin(RoleScopedAdmin):
    """A list to read. Whoever waits anywhere waits in every hub, so that each hub's staff see it."""

    hub_path = "hub"
    view_on_site = False  # the resident's own page
    list_display = ["when", "length", "how_many", "where", "what", "wait_until", "offered", "state_now"]
    list_per_page = 50
    list_filter = [WaitingFilter, ("hub", admin.RelatedOnlyFieldListFilter), "kind"]
    list_select_related = ["hub", "room"]
    ordering = ["-created_at"]
    fields = SHOWN
    readonly_fields = SHOWN

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Watch | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Watch | None = None) -> bool:
        return False

    def within_reach(self, request: HttpRequest) -> models.Q:
        reach = super().within_reach(request)
        return reach | models.Q(hub=None) if reach else reach

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Watch]:
        offers = Offer.objects.filter(watch=models.OuterRef("pk")).order_by().values("watch")
        count = models.Subquery(offers.annotate(count=models.Count("pk")).values("count"))
        return super().get_queryset(request).annotate(offer_count=count).prefetch_related("equipment")

    @admin.display(description=gettext_lazy("when"), ordering="from_time")
    def when(self, watch: Watch) -> str:
        hours = at_clock_range(watch.from_time, watch.until_time)
        # Translators: weekdays and a span of time, such as “Tuesday, Thursday 17:00–21:00”.
        return _("%(days)s %(hours)s") % {"days": weekdays_words(watch.weekdays), "hours": hours}

    @admin.display(description=gettext_lazy("length"), ordering="minutes")
    def length(self, watch: Watch) -> str:
        return duration_words(watch.minutes)

    @admin.display(description=gettext_lazy("people"), ordering="people")
    def how_many(self, watch: Watch) -> int:
        return watch.people

    @admin.display(description=gettext_lazy("where"), ordering="hub")
    def where(self, watch: Watch) -> str:
        if watch.room is not None:
            return f"{watch.room}, {watch.hub}"
        return str(watch.hub) if watch.hub is not None else _("any service centre")

    @admin.display(description=gettext_lazy("what"))
    def what(self, watch: Watch) -> str:
        kind = [str(RoomKind(watch.kind).label)] if watch.kind else []
        return ", ".join([*kind, *(piece.name for piece in watch.equipment.all())]) or "–"

    @admin.display(description=gettext_lazy("until"), ordering="last_day")
    def wait_until(self, watch: Watch) -> str:
        return day_short(watch.last_day)

    @admin.display(description=gettext_lazy("made"), ordering="created_at")
    def made(self, watch: Watch) -> date:
        return timezone.localdate(watch.created_at)

    @admin.display(description=gettext_lazy("offered"), ordering="offer_count")
    def offered(self, watch: Any) -> int:
        """Tell how often a time was offered."""
        return watch.offer_count or 0

    @admin.display(description=gettext_lazy("state"))
    def state_now(self, watch: Watch) -> str:
        if watch.is_active_at(timezone.now()):
            return _("waiting")
        return _("stopped") if watch.stopped_at is not None else _("over")
