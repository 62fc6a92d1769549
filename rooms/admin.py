from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from modeltranslation.admin import TranslationAdmin

from accounts import roles
from accounts.missing_texts import MissingTextFilter, WithMissingTexts
from accounts.scoped_admin import RoleScopedAdmin
from hubs.admin import WithOpeningHours, in_languages
from hubs.wording import at_clock, at_clock_range, day_short
from rooms import booking as verbs
from rooms.admin_closing import WithAssistant
from rooms.admin_day_sheet import WithDaySheet
from rooms.admin_forms import BookingForm, ReasonForm, RoomForm
from rooms.admin_hours import HoursFilter, WithHours
from rooms.admin_series import SeriesFilter, WithSeries
from rooms.admin_titles import TitleFilter, WithTitles
from rooms.admin_watches import WatchAdmin
from rooms.booking import Refused
from rooms.closing_forms import ClosureForm
from rooms.enums import BookingState
from rooms.forms import sequence_seen
from rooms.models import Booking, BookingMail, Closure, Equipment, Room, Watch
from rooms.no_shows import no_shows
from rooms.rules import can_check_in
from rooms.wording import moment_words, money, state_tag, when_words

admin.site.register(Watch, WatchAdmin)

ANSWERABLE = (BookingState.REQUESTED, BookingState.CONFIRMED)


@admin.register(Equipment)
class EquipmentAdmin(WithMissingTexts, RoleScopedAdmin, TranslationAdmin):
    list_display = ["name", "slug", "order", "missing_texts"]
    search_fields = ["slug", "name_sv", "name_fi", "name_en"]
    fields = [*in_languages("name"), "slug", "order"]


@admin.register(Room)
class RoomAdmin(WithMissingTexts, WithOpeningHours, RoleScopedAdmin, TranslationAdmin):
    form = RoomForm
    hub_path = "hub"
    texts_shown = ("name", "summary")
    list_display = ["name", "hub", "kind", "capacity", "needs_approval", "channel", "is_published", "missing_texts"]
    list_filter = ["hub", "kind", "channel", "needs_approval", "is_published", MissingTextFilter]
    list_select_related = ["hub"]
    search_fields = ["slug", "name_sv", "name_fi", "name_en", "summary_sv", "summary_fi", "summary_en"]
    fieldsets = [
        (None, {"fields": [("hub", "slug", "parent"), *in_languages("name", "summary"), ("is_published", "order")]}),
        (gettext_lazy("Opening hours"), {"fields": ["opening_hours"]}),
        (
            gettext_lazy("The room"),
            {
                "fields": [
                    ("kind", "capacity", "area", "floor"),
                    "equipment",
                    *in_languages("directions", "not_allowed"),
                    "notices",
                ]
            },
        ),
        (gettext_lazy("Accessibility"), {"fields": ["is_wheelchair_accessible", "accessibility"]}),
        (
            gettext_lazy("Who may book, and how"),
            {
                "fields": [
                    ("channel", "channel_email"),
                    ("who_may_book", "needs_approval", "is_purpose_required"),
                    ("most_active", "cancel_hours", "release_minutes"),
                ]
            },
        ),
        (
            gettext_lazy("When and how long"),
            {
                "fields": [
                    ("grid_minutes", "shortest_minutes", "longest_minutes"),
                    ("earliest_days", "latest_minutes", "gap_minutes"),
                ]
            },
        ),
        (
            gettext_lazy("Price"),
            {"fields": [("price_cents", "reduced_price_cents", "is_free_for_associations")]},
        ),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        return False  # taken off the site by unpublishing: bookings and their figures stay

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        return naming_the_hub(field) if db_field.name == "parent" else field


class ThroughVerbs(RoleScopedAdmin):
    """A model admin that saves through a verb of rooms/booking/.

    `save_model` calls the verb. What it refuses undoes everything, and the same page comes back with
    the reasons beside the fields they are about.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        show = partial(super().changeform_view, request, object_id, form_url, extra_context)
        try:
            return show()
        except Refused as refused:
            request.refusals = refused.reasons
            return show()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusals = getattr(request, "refusals", ())
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        return naming_the_hub(field) if db_field.name == "room" else field


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("waiting", gettext_lazy("waiting for approval")),
            ("live", gettext_lazy("confirmed or waiting")),
            ("ended", gettext_lazy("cancelled, declined or expired")),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Booking]) -> models.QuerySet[Booking]:
        live = Booking.objects.live_at(timezone.now())
        match self.value():
            case "waiting":
                return queryset.filter(pk__in=live.filter(state=BookingState.REQUESTED))
            case "live":
                return queryset.filter(pk__in=live.filter(state__in=ANSWERABLE))
            case "ended":
                used = Booking.objects.used_at(timezone.now())
                return queryset.exclude(pk__in=live).exclude(pk__in=used).exclude(state=BookingState.USED)
        return queryset


class TimeFilter(admin.SimpleListFilter):
    title = gettext_lazy("time")
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("today", gettext_lazy("today")),
            ("coming", gettext_lazy("from now on")),
            ("past", gettext_lazy("past")),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        now = timezone.now()
        match self.value():
            case "today":
                return queryset.filter(starts_at__date=timezone.localdate(now))
            case "coming":
                return queryset.filter(ends_at__gt=now)
            case "past":
                return queryset.filter(ends_at__lte=now)
        return queryset


class Answer(NamedTuple):
    """What the staff can say to a booking on a page of its own."""

    verb: Callable[..., Booking]
    title: str | Promise
    button: str | Promise
    needs_reason: bool
    states: tuple[BookingState, ...]


ANSWERS = {
    "approve": Answer(
        verbs.approve, gettext_lazy("Approve the booking"), gettext_lazy("Approve"), False, (BookingState.REQUESTED,)
    ),
    "decline": Answer(
        verbs.decline,
        gettext_lazy("Decline the booking"),
        gettext_lazy("Decline"),
        True,
        (BookingState.REQUESTED,),
    ),
    "cancel": Answer(
        verbs.cancel, gettext_lazy("Cancel the booking"), gettext_lazy("Cancel the booking"), True, ANSWERABLE
    ),
    "check_in": Answer(
        verbs.check_in, gettext_lazy("Check in"), gettext_lazy("Check in"), False, (BookingState.CONFIRMED,)
    ),
}


@admin.register(Booking)
class BookingAdmin(WithDaySheet, WithSeries, WithTitles, WithHours, ThroughVerbs):
    form = BookingForm
    hub_path = "room__hub"
    view_on_site = False  # the resident's own page
    list_display = [
        "reference",
        "when_in_short",
        "room",
        "hub",
        "name",
        "state_now",
        "answer_in_short",
        "series_in_short",
    ]
    list_per_page = 50
    list_filter = [
        StateFilter,
        TimeFilter,
        SeriesFilter,
        TitleFilter,
        HoursFilter,
        ("room__hub", admin.RelatedOnlyFieldListFilter),
        ("room", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["room__hub", "series"]
    search_fields = ["reference", "series__reference", "name", "email", "phone", "organisation"]
    search_help_text = gettext_lazy("Booking number, name, e-mail, phone number or association.")
    date_hierarchy = "starts_at"
    actions = ["approve_selected", "decline_selected"]
    readonly_fields = [
        "reference",
        "state_now",
        "answer_by",
        "made",
        "checked_in",
        "not_come",
        "series_in_short",
        "title_now",
        "when",
        "hub",
        "price",
        "staff_note",
        "reason",
        "mails_given_up",
    ]
    facts = (
        gettext_lazy("Booking"),
        {
            "fields": [
                ("reference", "state_now", "answer_by"),
                "series_in_short",
                "title_now",
                ("made", "price", "checked_in"),
                "not_come",
                "staff_note",
                "reason",
                "mails_given_up",
            ]
        },
    )
    details = (
        gettext_lazy("Who and what for"),
        {
            "fields": [
                ("name", "organisation", "booker_kind"),
                ("email", "phone", "language"),
                ("people", "purpose", "price_group"),
                "message",
                "public_title",
            ]
        },
    )

    def get_fieldsets(self, request: HttpRequest, obj: Booking | None = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return [self.facts, (gettext_lazy("When and where"), {"fields": ["when", ("room", "hub")]}), self.details]
        editable = [
            (gettext_lazy("When and where"), {"fields": ["room", ("day", "starts", "ends", "last_day")]}),
            self.details,
            (gettext_lazy("Exception"), {"fields": ["makes_exception", "override_reason"]}),
        ]
        return editable if obj is None else [self.facts, *editable]

    def to_do(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Tell the front page how many requests wait for an answer."""
        if not self.has_change_permission(request):
            return []
        waiting = Booking.objects.live_at(timezone.now()).filter(state=BookingState.REQUESTED)
        number = waiting.filter(self.within_reach(request)).count()
        words = ngettext("%(number)s booking waits for your answer", "%(number)s bookings wait for your answer", number)
        address = reverse("admin:rooms_booking_changelist") + "?state=waiting"
        waiting_for_answer = [(address, words % {"number": number})] if number else []
        return waiting_for_answer + self.hours_to_do(request) + self.titles_to_do(request)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Name the hub only to whoever sees more than one. Where titles are looked at, show what that needs."""
        one_hub = not roles.is_city_administrator(request.user) and request.user.edited_hubs.count() == 1
        names = self.titles_display if "title" in request.GET else self.list_display
        return [name for name in names if not (one_hub and name == "hub")]

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """Put what is next first where somebody looks ahead."""
        if request.GET.get("title") == "waiting" or "hours" in request.GET:
            return ["starts_at"]
        if request.GET.get("state") == "waiting":
            return ["expires_at"]
        return ["starts_at"] if request.GET.get("time") in ("today", "coming") else ["-starts_at"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"day": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def has_change_permission(self, request: HttpRequest, obj: Booking | None = None) -> bool:
        if obj is not None and obj.state_at(timezone.now()) not in ANSWERABLE:
            return False  # it is over, or a resident is filling in the form
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Booking | None = None) -> bool:
        return False  # bookings are cancelled: what happened stays written

    def save_model(self, request: HttpRequest, obj: Booking, form: BookingForm, change: bool) -> None:
        data = form.cleaned_data
        wish = {
            "room": data["room"],
            "starts_at": data["starts_at"],
            "ends_at": data["ends_at"],
            "details": form.details,
            "override_reason": form.exception_reason,
            "actor": request.user,
            "at": timezone.now(),
        }
        if change:
            sequence = sequence_seen(request.POST)
            verbs.change_booking(booking=Booking.objects.get(pk=obj.pk), sequence=sequence, **wish)
        else:
            obj.pk = verbs.book_room(resident=None, **wish).pk
        obj.refresh_from_db()

    def get_urls(self) -> list[URLPattern]:
        answers = [
            path(
                f"<int:booking_id>/{name}/",
                self.admin_site.admin_view(partial(self.answer_view, name=name)),
                name=f"rooms_booking_{name}",
            )
            for name in ANSWERS
        ]
        return [*answers, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        booking = self.get_object(request, object_id)
        context = {"answers": self.answers_to(request, booking), "events": booking.events.select_related("actor")}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def answers_to(self, request: HttpRequest, booking: Booking) -> list[tuple[str, str | Promise]]:
        """Return the address and the title of each answer that the booking still takes."""
        if not self.has_change_permission(request, booking):
            return []
        state = booking.state_at(timezone.now())
        single = [
            (reverse(f"admin:rooms_booking_{name}", args=[booking.pk]), answer.title)
            for name, answer in ANSWERS.items()
            if state in answer.states and (name != "check_in" or can_check_in(booking, timezone.now()))
        ]
        return [*single, *self.series_answers(booking)]

    def answer_view(self, request: HttpRequest, booking_id: int, name: str) -> HttpResponse:
        """Show what is about to be answered; a POST does it."""
        answer, booking = ANSWERS[name], self.get_object(request, str(booking_id))
        if not super().has_change_permission(request, booking):
            raise PermissionDenied
        form = ReasonForm(request.POST or None, is_required=answer.needs_reason)
        if request.method == "POST" and form.is_valid():
            seen = sequence_seen(request.POST)
            self.answer(request, name, [booking], form.cleaned_data["reason"], sequence=seen)
            return HttpResponseRedirect(reverse("admin:rooms_booking_change", args=[booking.pk]))
        return self.ask_for_reason(request, answer, [booking], form, sequence=booking.sequence)

    @admin.action(description=gettext_lazy("Approve selected"), permissions=["change"])
    def approve_selected(self, request: HttpRequest, queryset: models.QuerySet[Booking]) -> None:
        self.answer(request, "approve", queryset, "")

    @admin.action(description=gettext_lazy("Decline selected…"), permissions=["change"])
    def decline_selected(self, request: HttpRequest, queryset: models.QuerySet[Booking]) -> HttpResponse | None:
        form = ReasonForm(request.POST if "answered" in request.POST else None)
        if form.is_bound and form.is_valid():
            self.answer(request, "decline", queryset, form.cleaned_data["reason"])
            return None
        return self.ask_for_reason(request, ANSWERS["decline"], list(queryset), form, action="decline_selected")

    def answer(self, request: HttpRequest, name: str, bookings: Any, reason: str, sequence: int | None = None) -> None:
        """Answer each booking by itself and say how each went. `sequence` is that of a single one, as it was seen."""
        done = 0
        for booking in bookings:
            try:
                verb = ANSWERS[name].verb
                verb(booking=booking, actor=request.user, at=timezone.now(), reason=reason, sequence=sequence)
            except Refused as refused:
                words = {"reference": booking.reference, "reason": str(refused)}
                self.message_user(request, _("%(reference)s: %(reason)s") % words, messages.ERROR)
            else:
                done += 1
                self.log_change(request, booking, str(ANSWERS[name].title))
        if done:
            self.message_user(request, answered_words(name, done), messages.SUCCESS)

    def ask_for_reason(
        self,
        request: HttpRequest,
        answer: Answer,
        bookings: list[Booking],
        form: ReasonForm,
        *,
        action: str = "",
        sequence: int | None = None,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": answer.title,
            "answer": answer,
            "bookings": bookings,
            "form": form,
            "action": action,
            "sequence": sequence,
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
            "opts": self.opts,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/rooms/booking/answer.html", context)

    @admin.display(description=gettext_lazy("when"), ordering="starts_at")
    def when(self, booking: Booking) -> str:
        return when_words((booking.starts_at, booking.ends_at))

    @admin.display(description=gettext_lazy("when"), ordering="starts_at")
    def when_in_short(self, booking: Booking) -> str:
        day = day_short(timezone.localdate(booking.starts_at))
        # Translators: a day and a time in a list, such as “Wed 25 Nov 14:00–16:00”.
        return _("%(day)s %(time)s") % {"day": day, "time": at_clock_range(booking.starts_at, booking.ends_at)}

    @admin.display(description=gettext_lazy("hub"), ordering="room__hub")
    def hub(self, booking: Booking) -> str:
        return str(booking.room.hub)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_now(self, booking: Booking) -> str:
        return state_tag(booking, timezone.now())[0]

    @admin.display(description=gettext_lazy("answer by"), ordering="expires_at")
    def answer_by(self, booking: Booking) -> str:
        deadline = deadline_of_answer(booking)
        return moment_words(deadline) if deadline else "–"

    @admin.display(description=gettext_lazy("answer by"), ordering="expires_at")
    def answer_in_short(self, booking: Booking) -> str:
        deadline = deadline_of_answer(booking)
        if deadline is None:
            return "–"
        return _("%(day)s %(time)s") % {"day": day_short(timezone.localdate(deadline)), "time": at_clock(deadline)}

    @admin.display(description=gettext_lazy("not come"))
    def not_come(self, booking: Booking) -> str:
        """Tell how often the resident has not come: the staff decide what follows from it."""
        number = no_shows(booking, at=timezone.now())
        words = ngettext(
            "%(number)s booking in 90 days was released because nobody checked in",
            "%(number)s bookings in 90 days were released because nobody checked in",
            number,
        )
        return words % {"number": number} if number else "–"

    @admin.display(description=gettext_lazy("not delivered"))
    def mails_given_up(self, booking: Booking) -> str:
        """Tell of mails that the receiver's server refuses, so that somebody can ring instead."""
        number = BookingMail.objects.given_up().filter(event__booking=booking).count()
        words = ngettext(
            "%(number)s e-mail about this booking could not be delivered. Is the address right?",
            "%(number)s e-mails about this booking could not be delivered. Is the address right?",
            number,
        )
        return words % {"number": number} if number else "–"

    @admin.display(description=gettext_lazy("checked in"))
    def checked_in(self, booking: Booking) -> str:
        return moment_words(booking.checked_in_at) if booking.checked_in_at else "–"

    @admin.display(description=gettext_lazy("made"))
    def made(self, booking: Booking) -> str:
        return moment_words(booking.created_at)

    @admin.display(description=gettext_lazy("price"))
    def price(self, booking: Booking) -> str:
        return money(booking.price_cents)


@admin.register(Closure)
class ClosureAdmin(WithMissingTexts, WithAssistant, ThroughVerbs, TranslationAdmin):
    form = ClosureForm
    hub_path = "room__hub"
    texts_shown = ("reason",)
    list_display = ["room", "hub", "starts_at", "ends_at", "reason", "missing_texts"]
    list_filter = [TimeFilter, "room__hub", MissingTextFilter]
    list_select_related = ["room__hub"]
    search_fields = ["reason_sv", "reason_fi", "reason_en", "room__name_sv", "room__name_fi", "room__name_en"]
    date_hierarchy = "starts_at"
    ordering = ["-starts_at"]
    fields = ["room", ("starts_at", "ends_at"), *in_languages("reason")]

    def get_readonly_fields(self, request: HttpRequest, obj: Closure | None = None) -> tuple[str, ...]:
        readonly = tuple(super().get_readonly_fields(request, obj))
        return readonly if obj is None else (*readonly, "room")

    def save_model(self, request: HttpRequest, obj: Closure, form: ClosureForm, change: bool) -> None:
        data, at = form.cleaned_data, timezone.now()
        reason = {language: data[f"reason_{language}"] or "" for language in ("sv", "fi", "en")}
        span = {"starts_at": data["starts_at"], "ends_at": data["ends_at"]}
        if change:
            closure = Closure.objects.get(pk=obj.pk)
            for language, text in reason.items():
                setattr(closure, f"reason_{language}", text)
            verbs.change_closure(closure=closure, at=at, **span)
        else:
            obj.pk = verbs.close_room(room=data["room"], reason=reason, actor=request.user, at=at, **span).pk
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        verbs.reopen_room(closure=obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Closure]) -> None:
        for closure in queryset:
            verbs.reopen_room(closure=closure)

    @admin.display(description=gettext_lazy("hub"), ordering="room__hub")
    def hub(self, closure: Closure) -> str:
        return str(closure.room.hub)


def deadline_of_answer(booking: Booking) -> datetime | None:
    """Return until when the staff have to answer, if the booking waits for an answer."""
    return booking.expires_at if booking.state_at(timezone.now()) == BookingState.REQUESTED else None


def naming_the_hub(field: Any) -> Any:
    """Let the choices of rooms tell in which hub each is."""
    if field is not None:
        field.queryset = field.queryset.select_related("hub")
        field.label_from_instance = lambda room: f"{room.hub} – {room}"
    return field


def answered_words(name: str, number: int) -> str:
    match name:
        case "approve":
            words = ngettext("The booking is approved.", "%(number)s bookings are approved.", number)
        case "decline":
            words = ngettext("The booking is declined.", "%(number)s bookings are declined.", number)
        case "check_in":
            words = ngettext("Checked in.", "%(number)s bookings are checked in.", number)
        case _other:
            words = ngettext("The booking is cancelled.", "%(number)s bookings are cancelled.", number)
    return words % {"number": number}
