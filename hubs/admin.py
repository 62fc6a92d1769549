from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTimeWidget
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language_info, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin, TranslationStackedInline
from simple_history.admin import SimpleHistoryAdmin

from accounts import roles
from accounts.missing_texts import MissingTextFilter, WithMissingTexts
from accounts.scoped_admin import RoleScopedAdmin
from hubs import deviations, deviations_in_words, opening, wording
from hubs.enums import HolidayRule, PeriodKind, Severity, WeekParity
from hubs.forms import HubForm, NoticeForm, PeriodForm, RegularGroupForm, SpanForm, special_day_choices
from hubs.models import Hub, Notice, Period, RegularGroup, Span, SpecialDay, Timetable, load_schedules
from hubs.models.timetable import OWNERS

PREVIEW_DAYS = 28

# Asked before hours may change on a page of the admin, with the reason by language, as far as it is given there.
# What it returns is called afterwards. Apps above add what lives by the hours.
type Looker = Callable[[HttpRequest, Mapping[str, str]], Callable[[], None]]
lookers: list[Looker] = []


def when_hours_change(look: Looker) -> Looker:
    lookers.append(look)
    return look


def in_languages(*names: str) -> list[tuple[str, str, str]]:
    """Set the three languages of a field side by side, each field on its own row."""
    return [(f"{name}_sv", f"{name}_fi", f"{name}_en") for name in names]


class WithOpeningHours(admin.ModelAdmin):
    """For the admin of whatever has a timetable: a read-only `opening_hours` that leads to it.

    One press says that the hours are right, on the page itself and for several in the list.
    """

    actions = ["confirm_hours_today"]
    change_form_template = "admin/hubs/with_hours.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), "opening_hours")

    @admin.display(description=_("opening hours"))
    def opening_hours(self, owner: Any) -> str:
        if owner is None or owner.timetable_id is None:
            return gettext("Save first, then give the opening hours.")
        schedule = load_schedules([owner.timetable_id])[owner.timetable_id]
        return format_html(
            '{} · {} · <a href="{}">{}</a>',
            wording.weekly_words(schedule, timezone.localdate()),
            confirmed_words(schedule.confirmed_at),
            reverse("admin:hubs_timetable_change", args=[owner.timetable_id]),
            _("Edit the opening hours"),
        )

    @admin.action(description=_("Confirm the hours today"), permissions=["change"])
    def confirm_hours_today(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        # Not on the queryset given: it may be ordered and joined, which an update cannot be.
        chosen = Timetable.objects.filter(pk__in=list(queryset.values_list("timetable", flat=True)))
        number = chosen.confirm(by=request.user, at=timezone.now())  # type: ignore[arg-type]  # the admin is signed in to
        self.message_user(request, hours_are_confirmed(number), messages.SUCCESS)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if "_confirm" in request.POST:
            self.confirm_hours_today(request, self.model._default_manager.filter(pk=obj.pk))
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)


class ChangesHours(admin.ModelAdmin):
    """For the admin of whatever hours are made of: lets those who live by them look before and after a change.

    `why` is the field whose text residents read as the reason.
    """

    why = ""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self.watched(super().changeform_view, request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self.watched(super().delete_view, request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self.watched(super().changelist_view, request, *args, **kwargs)

    def watched(self, view: Callable[..., Any], request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        reason = {code: request.POST.get(f"{self.why}_{code}", "") for code, _name in settings.LANGUAGES}
        tell = [look(request, reason) for look in lookers]
        response = view(request, *args, **kwargs)
        for each in tell:
            each()
        return response


def confirmed_words(confirmed_at: datetime | None) -> str:
    if confirmed_at is None:
        return gettext("Hours never confirmed")
    return gettext("Hours confirmed %(day)s") % {"day": wording.day_long(confirmed_at)}


def hours_are_confirmed(number: int) -> str:
    message = ngettext("The hours are confirmed.", "%(number)s opening hours are confirmed.", number)
    return message % {"number": number}


@admin.register(Hub)
class HubAdmin(WithOpeningHours, RoleScopedAdmin, TranslationAdmin, SimpleHistoryAdmin):
    form = HubForm
    hub_path = "pk"
    city_only_fields = ["slug", "is_example", "order", "editors"]
    list_display = ["name", "district", "is_published", "is_example", "order"]
    list_filter = ["is_published", "is_example"]
    search_fields = ["slug", "name_sv", "name_fi", "name_en", "street_sv", "street_fi"]
    filter_horizontal = ["editors"]
    fieldsets = [
        (None, {"fields": ["slug", *in_languages("name", "building", "district", "summary")]}),
        (_("Opening hours"), {"fields": ["opening_hours", *in_languages("hours_note")]}),
        (
            _("Address and finding the way"),
            {
                "fields": [
                    *in_languages("street"),
                    "postal_code",
                    *in_languages("locality", "address_detail", "stop", "directions"),
                    *in_languages("parking", "bicycles", "entrance", "doors"),
                    ("latitude", "longitude"),
                ]
            },
        ),
        (_("Accessibility"), {"fields": ["accessibility"]}),
        (_("Contact"), {"fields": [("phone", "email"), *in_languages("website")]}),
        (
            _("Publishing and booking"),
            {"fields": ["is_published", "is_example", "order", "area", "booking_minutes_per_week", "editors"]},
        ),
    ]


class NoticeTimeFilter(admin.SimpleListFilter):
    title = _("shown")
    parameter_name = "shown"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("now", _("now")), ("later", _("later")), ("past", _("no longer"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Notice]) -> models.QuerySet[Notice]:
        now = timezone.now()
        match self.value():
            case "now":
                return queryset.filter(starts_at__lte=now, ends_at__gt=now)
            case "later":
                return queryset.filter(starts_at__gt=now)
            case "past":
                return queryset.filter(ends_at__lte=now)
        return queryset


@admin.register(Notice)
class NoticeAdmin(WithMissingTexts, RoleScopedAdmin, TranslationAdmin):
    form = NoticeForm
    hub_path = "hub"
    texts_shown = ("title",)
    list_display = ["title", "hub", "severity", "is_for_whole_hub", "starts_at", "ends_at", "missing_texts"]
    list_filter = [NoticeTimeFilter, "hub", "severity", MissingTextFilter]
    list_select_related = ["hub"]
    search_fields = ["title_sv", "title_fi", "title_en"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "hub",
                    "severity",
                    "starts_at",
                    "ends_at",
                    *in_languages("title", "text"),
                ]
            },
        ),
        (_("Where it is shown"), {"fields": ["is_for_whole_hub", "listings", "rooms", "preview"]}),
    ]
    readonly_fields = ["preview"]

    def get_form(self, request: HttpRequest, obj: Notice | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.reach = roles.within_reach(request.user, ["hub"])
        return form

    @admin.display(description=_("preview"))
    def preview(self, notice: Notice | None) -> str:
        """Link the pages as they will be when the notice begins; each shows it in its own language."""
        if notice is None or notice.pk is None:
            return gettext("Save first, then see how it will look.")
        moment = f"{timezone.localtime(max(notice.starts_at, timezone.now())):%Y-%m-%dT%H:%M}"
        # A room's page cannot be asked about another time, but shows its hub's.
        places = [notice.hub] if notice.is_for_whole_hub else list(notice.listings.select_related("hub"))  # type: ignore[attr-defined]
        links = [
            (address_in(code, place), moment, f"{place}, {get_language_info(code)['name_local']}")
            for place in places
            for code, _name in settings.LANGUAGES
        ]
        return format_html_join(mark_safe("<br>"), '<a href="{}?at={}">{}</a>', links) or "–"

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for name in NoticeForm.SHOWN_ON:
            getattr(form.instance, name).set(form.cleaned_data[name])
        if form.instance.severity == Severity.CLOSED:
            self.warn_of_hours(request, form.instance, form.places())

    def warn_of_hours(self, request: HttpRequest, notice: Notice, places: list[Any]) -> None:
        """Tell where the hours know of no closed day, though a notice says that something is closed."""
        schedules = load_schedules([place.timetable_id for place in places])
        message = _(
            "The notice says that something is closed, but the opening hours of %(place)s have no closed day while "
            "it is shown. If it is closed, add an exception to the hours as well."
        )
        for place in places:
            if not knows_of_closing(schedules[place.timetable_id], notice):
                words = message % {"place": place}
                link = reverse("admin:hubs_timetable_change", args=[place.timetable_id])
                html = format_html('{} <a href="{}">{}</a>', words, link, gettext("Edit the opening hours"))
                self.message_user(request, html, messages.WARNING)


class GroupTimeFilter(admin.SimpleListFilter):
    title = _("shown")
    parameter_name = "shown"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("now", _("now")), ("later", _("later")), ("past", _("no longer"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[RegularGroup]) -> models.QuerySet[RegularGroup]:
        today = timezone.localdate()
        match self.value():
            case "now":
                return queryset.filter(first_day__lte=today, last_day__gte=today)
            case "later":
                return queryset.filter(first_day__gt=today)
            case "past":
                return queryset.filter(last_day__lt=today)
        return queryset


@admin.register(RegularGroup)
class RegularGroupAdmin(RoleScopedAdmin, TranslationAdmin):
    """Groups that agreed to be told of on the hub's page. Nobody is named here but the group."""

    form = RegularGroupForm
    hub_path = "hub"
    list_display = ["name", "hub", "when_words", "first_day", "last_day", "agreed_on"]
    list_filter = [GroupTimeFilter, "hub"]
    list_select_related = ["hub"]
    search_fields = ["name_sv", "name_fi", "name_en"]
    formfield_overrides = {models.TimeField: {"widget": AdminTimeWidget(format="%H:%M")}}
    fieldsets = [
        (None, {"fields": ["hub", *in_languages("name", "text", "place"), "website"]}),
        (_("When"), {"fields": ["weekdays", "week_parity", ("starts", "ends")]}),
        (_("Shown on the page"), {"fields": [("first_day", "last_day"), "agreed_on"]}),
    ]

    @admin.display(description=_("when"), ordering="weekdays")
    def when_words(self, group: RegularGroup) -> str:
        return group.when_words


class UndecidedFilter(admin.SimpleListFilter):
    title = _("special days")
    parameter_name = "undecided"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("must be decided within a year"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Timetable]) -> models.QuerySet[Timetable]:
        if self.value() != "yes":
            return queryset
        undecided = Timetable.objects.undecided(timezone.localdate())
        return queryset.filter(pk__in=undecided.values("pk"))


class ConfirmedFilter(admin.SimpleListFilter):
    title = _("confirmed")
    parameter_name = "confirmed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("recently", _("in the last half year")),
            ("long_ago", _("more than half a year ago")),
            ("never", pgettext_lazy("hours confirmed", "never")),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Timetable]) -> models.QuerySet[Timetable]:
        half_a_year_ago = timezone.now() - timedelta(days=183)
        match self.value():
            case "recently":
                return queryset.filter(confirmed_at__gte=half_a_year_ago)
            case "long_ago":
                return queryset.filter(confirmed_at__lt=half_a_year_ago)
            case "never":
                return queryset.filter(confirmed_at__isnull=True)
        return queryset


@admin.register(Timetable)
class TimetableAdmin(ChangesHours, RoleScopedAdmin):
    """The hours page: whose hours, what else they follow, the periods, and four weeks of what comes of it."""

    hub_path = ("hub", "listing__hub", "room__hub")
    provider_path = "listing__provider"
    change_form_template = "admin/hubs/timetable/change_form.html"
    list_display = ["__str__", "what", "of_hub", "holiday_rule", "confirmed_at", "confirmed_by"]
    list_filter = [UndecidedFilter, ConfirmedFilter, "holiday_rule"]
    search_fields = [
        f"{owner}__name_{language}" for owner in ("hub", "listing", "room") for language in ("sv", "fi", "en")
    ]
    ordering = ["pk"]  # hubs were made before what is in them
    actions = ["confirm_hours_today"]
    fields = ["fallback", "holiday_rule", "confirmed_at", "confirmed_by"]
    readonly_fields = ["confirmed_at", "confirmed_by"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Timetable]:
        return super().get_queryset(request).select_related(*OWNERS, "confirmed_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Timetable | None = None) -> tuple[str, ...]:
        readonly = tuple(super().get_readonly_fields(request, obj))
        # A choice that does not offer the present answer would take it away when saved.
        if obj is not None and not self.reaches(request, obj.fallback):
            return (*readonly, "fallback")
        return readonly

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "fallback":
            kwargs["queryset"] = Timetable.objects.with_owner()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # made together with the hub, the listing or the room

    def has_delete_permission(self, request: HttpRequest, obj: Timetable | None = None) -> bool:
        return False

    def to_do(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Tell the front page of the admin whose special days somebody has to decide."""
        if not self.has_change_permission(request):
            return []
        number = self.get_queryset(request).undecided(timezone.localdate()).count()
        words = ngettext(
            "%(number)s place has special days to decide", "%(number)s places have special days to decide", number
        )
        address = reverse("admin:hubs_timetable_changelist") + "?undecided=yes"
        return [(address, words % {"number": number})] if number else []

    @admin.display(description=_("hours of"))
    def what(self, timetable: Timetable) -> Any:
        owner = timetable.owner
        return owner._meta.verbose_name if owner is not None else "–"

    @admin.display(description=_("hub"))
    def of_hub(self, timetable: Timetable) -> Any:
        return house_of(timetable) or "–"

    @admin.action(description=_("Confirm the hours today"), permissions=["change"])
    def confirm_hours_today(self, request: HttpRequest, queryset: models.QuerySet[Timetable]) -> None:
        # Not on the queryset given: it may be ordered and joined, which an update cannot be.
        chosen = Timetable.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        number = chosen.confirm(by=request.user, at=timezone.now())  # type: ignore[arg-type]  # the admin is signed in to
        self.message_user(request, hours_are_confirmed(number), messages.SUCCESS)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        timetable = self.get_object(request, object_id)
        context = preview(timetable) if timetable is not None else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def response_change(self, request: HttpRequest, obj: Timetable) -> HttpResponse:
        if "_confirm" in request.POST:
            self.confirm_hours_today(request, Timetable.objects.filter(pk=obj.pk))
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)


class SpanInline(TranslationStackedInline):
    model = Span
    form = SpanForm
    extra = 0
    min_num = 0
    fields = ["weekdays", ("opens", "closes", "mode"), *in_languages("note")]
    formfield_overrides = {models.TimeField: {"widget": AdminTimeWidget(format="%H:%M")}}


@admin.register(Period)
class PeriodAdmin(ChangesHours, RoleScopedAdmin, TranslationAdmin):
    """One period with its spans; reached from the hours page, and goes back to it."""

    why = "title"
    hub_path = ("timetable__hub", "timetable__listing__hub", "timetable__room__hub")
    provider_path = "timetable__listing__provider"
    form = PeriodForm
    inlines = [SpanInline]
    change_form_template = "admin/hubs/period/change_form.html"
    list_display = ["__str__", "timetable", "kind", "first_day", "last_day", "special_day"]
    fields = [
        "timetable",
        "kind",
        ("first_day", "last_day"),
        "special_day",
        "week_parity",
        *in_languages("title"),
    ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # not on the front page: periods belong to a timetable

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Period]:
        owners = ("timetable__hub", "timetable__listing__hub", "timetable__room__hub")
        return super().get_queryset(request).select_related(*owners)

    def get_readonly_fields(self, request: HttpRequest, obj: Period | None = None) -> tuple[str, ...]:
        readonly = tuple(super().get_readonly_fields(request, obj))
        return (*readonly, "timetable") if obj is not None else readonly

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "timetable":
            kwargs["queryset"] = Timetable.objects.with_owner()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        day = first_day_outside_the_house(form.instance.timetable, timezone.localdate())
        if day is not None:
            message = _(
                "Some of these hours are outside the hub's own hours, the first time on %(day)s. That is allowed. "
                "Check that people get in."
            )
            self.message_user(request, message % {"day": wording.day_medium(day)}, messages.WARNING)

    def response_post_save_add(self, request: HttpRequest, obj: Period) -> HttpResponseRedirect:
        return self.back_to_the_hours(obj)

    def response_post_save_change(self, request: HttpRequest, obj: Period) -> HttpResponseRedirect:
        return self.back_to_the_hours(obj)

    def back_to_the_hours(self, period: Period) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:hubs_timetable_change", args=[period.timetable_id]))

    def delete_model(self, request: HttpRequest, obj: Period) -> None:
        request.period_timetable_id = obj.timetable_id  # type: ignore[attr-defined]  # the way back
        super().delete_model(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        super().response_delete(request, obj_display, obj_id)
        return HttpResponseRedirect(reverse("admin:hubs_timetable_change", args=[request.period_timetable_id]))  # type: ignore[attr-defined]


class YearFilter(admin.SimpleListFilter):
    title = _("year")
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(day.year), str(day.year)) for day in SpecialDay.objects.dates("date", "year")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[SpecialDay]) -> models.QuerySet[SpecialDay]:
        year = self.value()
        return queryset.filter(date__year=int(year)) if year and year.isdigit() else queryset


@admin.register(SpecialDay)
class SpecialDayAdmin(ChangesHours, RoleScopedAdmin, TranslationAdmin):
    why = "name"
    list_display = ["date", "name", "is_public_holiday", "changes_hours", "key"]
    list_filter = [YearFilter, "changes_hours", "is_public_holiday"]
    search_fields = ["key", "name_sv", "name_fi", "name_en"]
    fields = ["date", *in_languages("name"), "is_public_holiday", "changes_hours", "key"]


def knows_of_closing(schedule: opening.Schedule, notice: Notice) -> bool:
    """Say whether the hours are closed at all, beyond what is usual, while the notice is shown."""
    first, last = (timezone.localtime(moment).date() for moment in (notice.starts_at, notice.ends_at))
    if not schedule.open_time(notice.starts_at, notice.ends_at):
        return True
    return any(each.kind == deviations.Kind.CLOSED for each in deviations.deviations(schedule, first, last))


def address_in(language: str, place: Any) -> str:
    with translation.override(language):
        return place.get_absolute_url()


def preview(timetable: Timetable) -> dict[str, Any]:
    """Return what the hours page shows below the form: periods in words and four weeks computed."""
    today = timezone.localdate()
    schedule = load_schedules([timetable.pk])[timetable.pk]
    monday = today - timedelta(days=today.weekday())
    names = dict(special_day_choices())
    return {
        "periods": [
            (period, period.title or names.get(period.special_day) or period.get_kind_display(), period_words(period))
            for period in in_order(timetable.periods.prefetch_related("spans"))
        ],
        "undecided": [wording.day_long(day.date) for day in schedule.undecided(today)],
        "told": [
            deviations_in_words.title(each)
            for each in deviations.deviations(schedule, today, today + timedelta(days=PREVIEW_DAYS))
        ],
        "weeks": [
            (day.isocalendar().week, wording.week(schedule, day, today))
            for day in (monday + timedelta(weeks=n) for n in range(PREVIEW_DAYS // 7))
        ],
    }


def in_order(periods: Iterable[Period]) -> list[Period]:
    """Sort as people think of them: the regular hours, then seasons, then exceptions."""
    kinds = list(PeriodKind)
    return sorted(
        periods, key=lambda period: (kinds.index(PeriodKind(period.kind)), period.first_day or date.max, period.pk)
    )


def period_words(period: Period) -> str:
    """Write a period's own hours in a line: those of a week in which nothing else held."""
    value = period.as_value(span.as_value() for span in period.spans.all())
    alone = replace(
        value,
        kind=PeriodKind.REGULAR,
        first_day=date.min,
        last_day=None,
        special_day="",
        week_parity=WeekParity.EVERY,
    )
    return wording.weekly_words(opening.Schedule((alone,), HolidayRule.AS_USUAL), timezone.localdate())


def house_of(timetable: Timetable) -> Hub | None:
    owner = timetable.owner
    return owner if owner is None or isinstance(owner, Hub) else owner.hub


def first_day_outside_the_house(timetable: Timetable, today: date) -> date | None:
    """Return the first day in four weeks on which a listing or room is open and its hub is not. Queries."""
    house = house_of(timetable)
    if house is None or house.timetable_id == timetable.pk:
        return None
    schedules = load_schedules([timetable.pk, house.timetable_id])
    first, last = (opening.to_utc(day, opening.MIDNIGHT) for day in (today, today + timedelta(days=PREVIEW_DAYS)))
    open_house = schedules[house.timetable_id].open_time(first, last)
    for starts_at, ends_at in schedules[timetable.pk].open_time(first, last):
        if not any(opens <= starts_at and ends_at <= closes for opens, closes in open_house):
            return starts_at.astimezone(opening.HELSINKI).date()
    return None
