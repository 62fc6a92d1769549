"""A series in the admin: the desk books one for somebody, and answers all its requests at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from rooms import booking as verbs
from rooms.admin_forms import BookingForm, ReasonForm
from rooms.booking import MOST_STAFF_TIMES, Refused
from rooms.enums import BookingState, PriceGroup
from rooms.forms import local_iso, sequence_seen
from rooms.forms.series import FEWEST_TIMES, DatesForm
from rooms.models import Booking, Room, Series
from rooms.rules import Reason, price_cents, price_group

ANSWERS: dict[str, tuple[Callable[..., Series], str | Promise, str | Promise, bool]] = {
    "approve_series": (
        verbs.approve_series,
        gettext_lazy("Approve the whole series"),
        gettext_lazy("Approve all"),
        False,
    ),
    "decline_series": (
        verbs.decline_series,
        gettext_lazy("Decline the whole series"),
        gettext_lazy("Decline all"),
        True,
    ),
}


class SeriesBookingForm(BookingForm):
    """The first time of a series, how often and how many times it comes back, and for whom."""

    every = forms.TypedChoiceField(
        label=gettext_lazy("Repeats"),
        coerce=int,
        choices=[(1, gettext_lazy("every week")), (2, gettext_lazy("every second week"))],
    )
    times = forms.IntegerField(label=gettext_lazy("Times in all"), min_value=FEWEST_TIMES, max_value=MOST_STAFF_TIMES)
    account = forms.EmailField(
        label=gettext_lazy("E-mail of the resident’s account"),
        required=False,
        help_text=gettext_lazy(
            "If the person signs in with it, the series is shown on their page My bookings. "
            "Leave it empty to book by name."
        ),
    )

    def clean_day(self) -> date:
        """Refuse a slip in the year: the dates after it would lie beyond the calendar's end."""
        day: date = self.cleaned_data["day"]
        if not 2000 <= day.year <= 2999:
            raise ValidationError(_("Give a day that exists, for example 2026-11-25."), code="invalid")
        return day

    def clean_account(self) -> User | None:
        address = self.cleaned_data["account"]
        if not address:
            return None
        resident = User.objects.filter(email__iexact=address, is_active=True).first()
        if resident is None:
            message = _("Nobody signs in with this address. Leave it empty, and the series is booked by name.")
            raise ValidationError(message, code="unknown")
        return resident

    @property
    def pattern(self) -> str:
        """Return what the dates follow from: where it has changed, they have to be looked at again."""
        data = self.cleaned_data
        span = f"{local_iso(data['starts_at'])} {local_iso(data['ends_at'])}"
        return f"{data['room'].pk} {span} {data['every']} {data['times']}"


class SeriesFilter(admin.SimpleListFilter):
    """Bookings that belong to a series, or do not; with the key of a series, those of that one."""

    title = gettext_lazy("series")
    parameter_name = "series"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        choices: list[tuple[str, Any]] = [("yes", gettext_lazy("in a series")), ("no", gettext_lazy("single"))]
        asked = request.GET.get(self.parameter_name, "")
        if is_key(asked):
            choices.append((asked, gettext_lazy("this series")))
        return choices

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Booking]) -> models.QuerySet[Booking]:
        value = self.value() or ""
        if value in ("yes", "no"):
            return queryset.filter(series__isnull=value == "no")
        return queryset.filter(series=int(value)) if is_key(value) else queryset


def is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


class WithSeries(admin.ModelAdmin):
    """What the admin of bookings knows about series."""

    series_fieldsets: list[tuple[Any, Any]] = [
        (gettext_lazy("The first time"), {"fields": ["room", ("day", "starts", "ends")]}),
        (gettext_lazy("How often"), {"fields": [("every", "times")]}),
        (
            gettext_lazy("Who and what for"),
            {
                "fields": [
                    "account",
                    ("name", "organisation", "booker_kind"),
                    ("email", "phone", "language"),
                    ("people", "purpose", "price_group"),
                    "message",
                    "public_title",
                ]
            },
        ),
        (gettext_lazy("Exception"), {"fields": ["makes_exception", "override_reason"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        answers = [
            path(
                f"<int:booking_id>/{name}/",
                wrap(partial(self.answer_series_view, name=name)),
                name=f"rooms_booking_{name}",
            )
            for name in ANSWERS
        ]
        add = path("series/add/", wrap(self.add_series_view), name="rooms_booking_add_series")
        return [add, *answers, *super().get_urls()]

    # --- Booking one for somebody ----------------------------------------------------------------

    def add_series_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the first time and the rhythm, show the dates, then book what is ticked."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            first = {"day": timezone.localdate(), "times": 12, "booker_kind": "private", "language": "fi"}
            return self.show_series(request, self.series_form(request)(initial=first), None)
        form, at = self.series_form(request)(request.POST), timezone.now()
        if not form.is_valid():
            return self.show_series(request, form, None)
        is_shown = request.POST.get("do") == "book" and request.POST.get("pattern") == form.pattern
        dates = dates_form(form, request.POST if is_shown else None, at)
        if not is_shown or not dates.is_valid():
            return self.show_series(request, form, dates)
        try:
            series = self.book_series(request, form, dates, at)
        except Refused as refused:
            request.refusals = [reason for reason in refused.reasons if not refused.of or is_about_all(reason)]
            again = self.series_form(request)(request.POST)
            lines = {
                start: [reason for reason in reasons if not is_about_all(reason)]
                for start, reasons in refused.of.items()
            }
            refused_dates = {start: reasons for start, reasons in lines.items() if reasons}
            return self.show_series(request, again, dates_form(form, request.POST, at, refused=refused_dates))
        bookings = series.bookings.all()
        for each in bookings:
            self.log_addition(request, each, str(_("Booked in a series.")))
        number = len(bookings)
        words = ngettext("%(number)s time is booked.", "%(number)s times are booked.", number) % {"number": number}
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(f"{reverse('admin:rooms_booking_changelist')}?series={series.pk}&time=coming")

    def series_form(self, request: HttpRequest) -> type[SeriesBookingForm]:
        fields = [name for _title, options in self.series_fieldsets for name in flat(options["fields"])]
        form: Any = self.get_form(request, None, form=SeriesBookingForm, fields=fields)
        return form

    def book_series(self, request: HttpRequest, form: SeriesBookingForm, dates: DatesForm, at: datetime) -> Series:
        return verbs.book_series(
            choices=[option.choice for option in dates.chosen],
            every_weeks=form.cleaned_data["every"],
            resident=form.cleaned_data["account"],
            details=form.details,
            actor=request.user,
            at=at,
            override_reason=form.exception_reason,
        )

    def show_series(self, request: HttpRequest, form: SeriesBookingForm, dates: DatesForm | None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Book a series"),
            "adminform": helpers.AdminForm(form, self.series_fieldsets, {}, (), self),
            "form": form,
            "dates": dates,
            "may_override": dates is not None and may_be_overridden(dates),
            "has_errors": bool(form.errors or (dates is not None and dates.is_bound and dates.errors)),
            "opts": self.opts,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/rooms/booking/series.html", context)

    # --- Answering all its requests --------------------------------------------------------------

    def series_answers(self, booking: Booking) -> list[tuple[str, Any]]:
        """Return the address and title of each answer to the whole series, where more than one request waits."""
        if booking.series_id is None or len(self.waiting_of(booking)) < 2:
            return []
        return [
            (reverse(f"admin:rooms_booking_{name}", args=[booking.pk]), title)
            for name, (_verb, title, _button, _needs_reason) in ANSWERS.items()
        ]

    def waiting_of(self, booking: Booking) -> list[Booking]:
        """Return the requests of its series in the same hub, which are within the same reach."""
        waiting = Booking.objects.live_at(timezone.now()).filter(state=BookingState.REQUESTED, series=booking.series_id)
        return list(waiting.filter(room__hub=booking.room.hub_id).select_related("room__hub").order_by("starts_at"))

    def answer_series_view(self, request: HttpRequest, booking_id: int, name: str) -> HttpResponse:
        """Show which requests are about to be answered; a POST answers them all."""
        verb, title, button, needs_reason = ANSWERS[name]
        booking = self.get_object(request, str(booking_id))
        back = HttpResponseRedirect(reverse("admin:rooms_booking_change", args=[booking.pk]))
        if booking.series is None:
            return back
        if not super().has_change_permission(request, booking):
            raise PermissionDenied
        form = ReasonForm(request.POST or None, is_required=needs_reason)
        waiting = self.waiting_of(booking)
        if request.method != "POST" or not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": title,
                "answer": {"button": button, "needs_reason": needs_reason},
                "bookings": waiting,
                "sequence": booking.series.sequence,
                "form": form,
                "opts": self.opts,
                "media": self.media,
            }
            return TemplateResponse(request, "admin/rooms/booking/answer.html", context)
        try:
            verb(
                series=booking.series,
                actor=request.user,
                at=timezone.now(),
                reason=form.cleaned_data["reason"],
                hub=booking.room.hub,
                sequence=sequence_seen(request.POST),
            )
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
        else:
            for each in waiting:
                self.log_change(request, each, str(title))
            self.message_user(request, series_answered_words(name, len(waiting)), messages.SUCCESS)
        return back

    # --- In the list -------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("series"), ordering="series")
    def series_in_short(self, booking: Booking) -> str:
        """Link to all times of the series, in as few words as a list needs."""
        if booking.series is None:
            return "–"
        address = f"{reverse('admin:rooms_booking_changelist')}?series={booking.series.pk}"
        words = _("weekly") if booking.series.every_weeks == 1 else _("every 2nd week")
        return format_html('<a href="{}">{}</a>', address, words)


def series_answered_words(name: str, number: int) -> str:
    if name == "approve_series":
        words = ngettext("The booking is approved.", "%(number)s bookings are approved.", number)
    else:
        words = ngettext("The booking is declined.", "%(number)s bookings are declined.", number)
    return words % {"number": number}


def flat(fields: Sequence[Any]) -> list[str]:
    return [name for field in fields for name in ([field] if isinstance(field, str) else field)]


def may_be_overridden(dates: DatesForm) -> bool:
    return any(reason.is_overridable for date in dates.dates for reason in date.reasons)


def is_about_all(reason: Reason) -> bool:
    """Say whether a reason is about the details, which are the same for every date."""
    return reason.field in ("people", "purpose", "booker_kind", "organisation", "name")


def dates_form(
    form: SeriesBookingForm, data: Any, at: datetime, *, refused: Mapping[datetime, Sequence[Reason]] | None = None
) -> DatesForm:
    """Look at each date. What an exception sets aside stands against none of them."""
    wish = form.cleaned_data
    dates = verbs.preview_series(
        room=wish["room"],
        starts_at=wish["starts_at"],
        ends_at=wish["ends_at"],
        every_weeks=wish["every"],
        count=wish["times"],
        people=wish["people"],
        resident=wish["account"],
        is_staff=True,
        at=at,
    )
    if form.exception_reason:
        dates = [
            replace(date, reasons=tuple(reason for reason in date.reasons if not reason.is_overridable))
            for date in dates
        ]

    def price_of(room: Room, minutes: int) -> int:
        group: PriceGroup = price_group(room, form.details, is_staff=True)
        return price_cents(room, group, minutes)

    return DatesForm(data, dates=dates, price_of=price_of, refused=refused)
