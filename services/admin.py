from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from simple_history.admin import SimpleHistoryAdmin

from accounts import roles
from accounts.missing_texts import MissingTextFilter, WithMissingTexts
from accounts.scoped_admin import RoleScopedAdmin
from hubs.admin import WithOpeningHours, in_languages
from services.models import Category, Listing, Provider, Service
from services.validators import SERVICE_LANGUAGES


@admin.register(Category)
class CategoryAdmin(WithMissingTexts, RoleScopedAdmin, TranslationAdmin):
    list_display = ["name", "slug", "icon", "order", "missing_texts"]
    search_fields = ["slug", "name_sv", "name_fi", "name_en"]
    fields = [*in_languages("name"), "slug", "icon", "order", "leads_to_rooms"]


@admin.register(Service)
class ServiceAdmin(WithMissingTexts, RoleScopedAdmin, TranslationAdmin):
    list_display = ["name", "category", "slug", "missing_texts"]
    list_filter = ["category", MissingTextFilter]
    list_select_related = ["category"]
    search_fields = ["slug", "name_sv", "name_fi", "name_en", "keywords_sv", "keywords_fi", "keywords_en"]
    fields = [*in_languages("name"), "slug", "category", *in_languages("keywords"), "ptv_class"]


@admin.register(Provider)
class ProviderAdmin(WithMissingTexts, RoleScopedAdmin, TranslationAdmin):
    list_display = ["name", "kind", "slug", "missing_texts"]
    list_filter = ["kind"]
    search_fields = ["slug", "name_sv", "name_fi", "name_en"]
    filter_horizontal = ["editors"]
    fields = [*in_languages("name"), "slug", "kind", *in_languages("website"), "editors"]


class LanguageDaysField(forms.MultipleChoiceField):
    """Checkboxes of the weekdays, for each language: “sv-2” is Swedish on Tuesdays. Its value is {"sv": [2]}."""

    widget = forms.CheckboxSelectMultiple(attrs={"class": "language-days"})

    def __init__(self, **kwargs: Any) -> None:
        choices = [
            (language, [(f"{code}-{day + 1}", name) for day, name in WEEKDAYS_ABBR.items()])
            for code, language in SERVICE_LANGUAGES.items()
        ]
        super().__init__(choices=choices, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return [f"{code}-{day}" for code, days in value.items() for day in days]
        return value

    def clean(self, value: Any) -> dict[str, list[int]]:
        days: dict[str, list[int]] = {}
        for choice in super().clean(value):
            code, _dash, day = choice.partition("-")
            days.setdefault(code, []).append(int(day))
        return {code: sorted(each) for code, each in days.items() if len(each) < 7}

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class ListingForm(forms.ModelForm):
    languages = forms.MultipleChoiceField(
        label=_("Languages of service"),
        choices=list(SERVICE_LANGUAGES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    language_days = LanguageDaysField(
        label=_("On certain weekdays only"),
        help_text=_("Tick days only for a language that is not there every day. A language with days is ticked too."),
    )

    class Meta:
        model = Listing
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets choose

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        hub = data.get("hub") or (self.instance.hub if self.instance.hub_id else None)
        if any(notice.hub != hub for notice in data.get("notices", ())):
            self.add_error("notices", ValidationError(_("Choose notices of the same hub.")))
        with_days = data.get("language_days", {})
        if "languages" in data:
            data["languages"] = [code for code in SERVICE_LANGUAGES if code in {*data["languages"], *with_days}]
        return data


@admin.register(Listing)
class ListingAdmin(WithMissingTexts, WithOpeningHours, RoleScopedAdmin, TranslationAdmin, SimpleHistoryAdmin):
    form = ListingForm
    change_form_template = "admin/services/listing/page.html"
    hub_path = "hub"
    provider_path = "provider"
    texts_shown = ("name", "summary")
    list_display = ["name", "hub", "service", "provider", "appointment", "is_published", "missing_texts"]
    list_filter = ["hub", "provider", "service__category", "appointment", "is_published", MissingTextFilter]
    list_select_related = ["hub", "service", "provider"]
    search_fields = ["slug", "name_sv", "name_fi", "name_en", "summary_sv", "summary_fi", "summary_en"]
    fieldsets = [
        (None, {"fields": [*in_languages("name", "summary"), ("is_published", "order")]}),
        (_("Opening hours"), {"fields": ["opening_hours"]}),
        (_("Where and by whom"), {"fields": [("hub", "slug"), ("service", "provider"), "notices"]}),
        (
            _("For the visitor"),
            {
                "fields": [
                    "appointment",
                    *in_languages("appointment_text", "booking_url", "audience", "bring", "details", "price_text"),
                    "languages",
                    "floor",
                    *in_languages("directions", "step_free_way", "self_service_rules"),
                ]
            },
        ),
        (_("Languages on certain weekdays only"), {"classes": ["collapse"], "fields": ["language_days"]}),
        (_("Contact"), {"fields": [("phone", "email"), *in_languages("phone_text", "website")]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Listing | None = None) -> tuple[str, ...]:
        """Leave to the hub what is the hub's: a provider edits what its listing says, not where it is."""
        readonly = tuple(super().get_readonly_fields(request, obj))
        if obj is None or roles.edits_hub(request.user, obj.hub):
            return readonly
        return (*readonly, "hub", "slug", "service", "provider", "notices", "order")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "notices":
            kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def delete_model(self, request: HttpRequest, obj: Listing) -> None:
        timetable = obj.timetable
        super().delete_model(request, obj)
        timetable.delete()  # nobody else's hours follow a listing's

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Listing]) -> None:
        for listing in queryset.select_related("timetable"):
            self.delete_model(request, listing)
