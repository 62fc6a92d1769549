"""The closure assistant of the admin: choose rooms and time, see what it hits, and do it in one step."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.scoped_admin import RoleScopedAdmin
from hubs.opening import HELSINKI
from hubs.wording import day_range
from rooms.booking import Closing, Hit, PlanRefused, Refused, close_rooms, plan_closure
from rooms.booking.closing import closures_within
from rooms.closing_forms import CANCEL, ClosingForm, DecisionForm, is_lost, value_of, who_words
from rooms.enums import BookingState, EventKind
from rooms.models import Booking, BookingEvent, Closure, Room
from rooms.models.room import RoomQuerySet
from rooms.spans import Span
from rooms.wording import moment_words, when_words


class WithAssistant(RoleScopedAdmin):
    """For the admin of closures: the pages of the assistant.

    What is chosen is in the address, so that the plan can be reloaded and an error of the ordinary form
    can lead to it. A POST decides about each booking, and does everything or nothing.
    """

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path("assistant/", self.admin_site.admin_view(self.assistant_view), name="rooms_closure_assistant"),
            path("assistant/done/", self.admin_site.admin_view(self.done_view), name="rooms_closure_done"),
        ]
        return [*pages, *super().get_urls()]

    def assistant_view(self, request: HttpRequest) -> HttpResponse:
        """Ask which rooms and when; with an answer, show what it hits."""
        self.must_be_allowed(request)
        rooms = self.rooms_within_reach(request)
        asked = request.GET if "first_day" in request.GET else None
        form = ClosingForm(asked, within=rooms, closures=self.get_queryset(request))
        if asked is None or "change" in asked or not form.is_valid():
            return self.page(request, "choose", _("Close rooms"), form=form)
        return self.plan_view(request, form, rooms)

    def plan_view(self, request: HttpRequest, form: ClosingForm, rooms: RoomQuerySet) -> HttpResponse:
        """Show what the closure hits. A POST closes the rooms, or shows what has come in between."""
        refused: Refused | None = None
        posted = request.POST if request.method == "POST" else None
        hits = _hits(form, rooms)
        decisions = _decisions(hits, rooms, posted)
        if posted is not None and all(each.is_valid() for each in decisions):
            try:
                return self.close(request, form, decisions)
            except Refused as error:
                refused, hits = error, _hits(form, rooms)
                decisions = _decisions(hits, rooms, posted, refused=error)
        data = form.cleaned_data
        return self.page(
            request,
            "plan",
            _("Close rooms: what happens to the bookings"),
            form=form,
            refused=refused,
            has_errors=any(each.errors or each.against for each in decisions),
            by_room=[(room, list(of)) for room, of in groupby(decisions, key=lambda each: each.booking.room)],
            held=[hit.booking for hit in hits if hit.booking.state == BookingState.HELD],
            summary=Summary.of(decisions),
            rooms=data["rooms"],
            when=closed_words(data["starts_at"], data["ends_at"]),
            closed=[
                (closure, closed_words(closure.starts_at, closure.ends_at))
                for closure in closures_within(data["rooms"], data["starts_at"], data["ends_at"])
                if closure != data["closure"]
            ],
            change_address=f"?{request.GET.urlencode()}&change=yes",
        )

    def close(self, request: HttpRequest, form: ClosingForm, decisions: Sequence[DecisionForm]) -> HttpResponse:
        data, at = form.cleaned_data, timezone.now()
        done = close_rooms(
            rooms=data["rooms"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            reason=form.reason,
            decisions={each.booking.pk: each.decision for each in decisions if each.decision is not None},
            instead_of=data["closure"],
            actor=_editor(request),
            at=at,
        )
        self.log(request, done, replaced=data["closure"])
        told = [("at", at.isoformat()), *(("closure", closure.pk) for closure in done.closures)]
        return HttpResponseRedirect(f"{reverse('admin:rooms_closure_done')}?{urlencode(told)}")

    def log(self, request: HttpRequest, done: Closing, *, replaced: Closure | None) -> None:
        bookings = self.admin_of(Booking)
        for closure in done.closures:
            if closure == replaced:
                self.log_change(request, closure, _("Changed with the closure assistant"))
            else:
                self.log_addition(request, closure, _("Closed with the closure assistant"))
        for booking in done.moved:
            bookings.log_change(request, booking, _("Moved, because the room closes"))
        for booking in done.cancelled:
            bookings.log_change(request, booking, _("Cancelled, because the room closes"))

    def done_view(self, request: HttpRequest) -> HttpResponse:
        """Tell what has been done, and whom to call. The address names the moment and the closures."""
        self.must_be_allowed(request)
        at = _moment(request.GET.get("at", ""))
        if at is None:
            raise Http404
        keys = [key for key in request.GET.getlist("closure") if key.isdecimal() and len(key) < 19]
        events = BookingEvent.objects.filter(
            at=at, actor=_editor(request), kind__in=[EventKind.CHANGED, EventKind.CANCELLED]
        )
        within = self.admin_of(Booking).get_queryset(request)
        told = list(events.filter(booking__in=within).exclude(old__state=BookingState.HELD).select_related("booking"))
        rooms = Room.objects.in_bulk({key for event in told for key in (event.old["room"], event.new["room"])})
        moved = [Told.of(event, rooms) for event in told if event.kind == EventKind.CHANGED]
        cancelled = [Told.of(event, rooms) for event in told if event.kind == EventKind.CANCELLED]
        closures = list(self.get_queryset(request).filter(pk__in=keys).select_related("room__hub"))
        if not closures:
            raise Http404
        return self.page(
            request,
            "done",
            _("The rooms are closed"),
            closures=[(closure, closed_words(closure.starts_at, closure.ends_at)) for closure in closures],
            moved=moved,
            cancelled=cancelled,
            to_call=[each for each in (*moved, *cancelled) if not each.booking.email],
        )

    def must_be_allowed(self, request: HttpRequest) -> None:
        bookings = self.admin_of(Booking)
        if not (self.has_add_permission(request) and bookings.has_change_permission(request)):
            raise PermissionDenied

    def rooms_within_reach(self, request: HttpRequest) -> RoomQuerySet:
        rooms: RoomQuerySet = Room.objects.filter(self.admin_of(Room).within_reach(request))
        return rooms

    def admin_of(self, model: type[Model]) -> Any:
        return self.admin_site.get_model_admin(model)

    def page(self, request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "media": self.media}
        return TemplateResponse(request, f"admin/rooms/closure/{name}.html", {**frame, **context})


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the plan comes to as it stands, in words."""

    sentences: list[str]
    is_open: bool

    @classmethod
    def of(cls, decisions: Sequence[DecisionForm]) -> "Summary":
        chosen = [each["choice"].value() for each in decisions]
        cancelled, waiting = chosen.count(CANCEL), len([one for one in chosen if not one])
        moved = len(chosen) - cancelled - waiting
        told = {each.booking.series_id or each.booking.reference: each.booking for each in decisions}
        mails = Counter(booking.language for booking in told.values() if booking.email)
        silent = len(told) - mails.total()
        counted = [
            (moved, ngettext("%(number)s booking is moved.", "%(number)s bookings are moved.", moved)),
            (cancelled, ngettext("%(number)s booking is cancelled.", "%(number)s bookings are cancelled.", cancelled)),
            (
                waiting,
                ngettext(
                    "%(number)s booking waits for your choice.", "%(number)s bookings wait for your choice.", waiting
                ),
            ),
            (
                silent,
                ngettext(
                    "%(number)s person has no e-mail address and must be called.",
                    "%(number)s people have no e-mail address and must be called.",
                    silent,
                ),
            ),
        ]
        sentences = [words % {"number": number} for number, words in counted if number]
        return cls(sentences=sentences + ([_mail_words(mails)] if mails else []), is_open=waiting > 0)


def _mail_words(mails: Counter[str]) -> str:
    """Say in which languages mails are sent, and how many."""
    languages = [
        # Translators: a language and how many mails are sent in it, such as “Swedish: 3”.
        _("%(language)s: %(number)s") % {"language": get_language_info(code)["name_translated"], "number": number}
        for code, number in sorted(mails.items())
    ]
    return _("Mails with the reason: %(languages)s.") % {"languages": ", ".join(languages)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What has been done about one booking."""

    booking: Booking
    who: str
    before: str
    after: str

    @classmethod
    def of(cls, event: BookingEvent, rooms: dict[int, Room]) -> "Told":
        before, after = (
            _("%(room)s, %(when)s") % {"room": rooms[then["room"]], "when": when_words(_span(then))}
            for then in (event.old, event.new)
        )
        return cls(booking=event.booking, who=who_words(event.booking), before=before, after=after)


def _hits(form: ClosingForm, rooms: RoomQuerySet) -> list[Hit]:
    data = form.cleaned_data
    return plan_closure(
        data["rooms"], data["starts_at"], data["ends_at"], at=timezone.now(), among=rooms.filter(is_published=True)
    )


def _decisions(
    hits: Iterable[Hit], rooms: RoomQuerySet, posted: QueryDict | None, *, refused: Refused | None = None
) -> list[DecisionForm]:
    """Return a form for each booking that needs a decision, with what has been decided so far.

    A move that could not be had, and that the plan would not suggest again, gives way to what it suggests now.
    """
    booked = [hit for hit in hits if hit.booking.state != BookingState.HELD]
    choices = {room.pk: room for room in rooms.select_related("hub", "parent").order_by("hub", "order", "slug")}
    against = refused.against if isinstance(refused, PlanRefused) else {}
    decisions = []
    for hit in booked:
        prefix = f"booking-{hit.booking.pk}"
        is_new = posted is not None and f"{prefix}-seen" not in posted
        given = posted
        if posted is not None and posted.get("rest") == CANCEL and not posted.get(f"{prefix}-choice"):
            given = posted.copy()
            given[f"{prefix}-choice"] = CANCEL
        reasons = against.get(hit.booking.pk, [])
        if given is not None and reasons and is_lost(given.get(f"{prefix}-choice", ""), hit):
            given = given.copy()
            given[f"{prefix}-choice"] = value_of(hit.best) if hit.best else ""
        decision = DecisionForm(None if is_new else given, hit=hit, rooms=choices)
        decision.against = [str(reason) for reason in reasons]
        if is_new and not decision.against:
            decision.against = [_("This booking has been made since you opened the page.")]
        decisions.append(decision)
    return decisions


def closed_words(starts_at: datetime, ends_at: datetime) -> str:
    """Write a day or several where whole days are closed, otherwise from when until when."""
    starts, ends = starts_at.astimezone(HELSINKI), ends_at.astimezone(HELSINKI)
    if starts.time() == ends.time() == time(0):
        return _("%(days)s, all day") % {"days": day_range(starts.date(), ends.date() - timedelta(days=1))}
    if starts.date() == (ends - timedelta(microseconds=1)).date():
        return when_words((starts, ends))
    return _("%(start)s – %(end)s") % {"start": moment_words(starts), "end": moment_words(ends)}


def _editor(request: HttpRequest) -> User:
    """Return who is signed in: the site lets nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _span(then: dict[str, Any]) -> Span:
    return datetime.fromisoformat(then["starts_at"]), datetime.fromisoformat(then["ends_at"])


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
