from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modeltranslation.admin import TranslationAdmin

from accounts.scoped_admin import RoleScopedAdmin
from hubs.admin import in_languages
from rooms.models import Room
from services.models import Listing
from servicetorg.models import InfoPage, Report, SuitableRooms, SynonymGroup, ZeroHitQuery
from servicetorg.reports.admin import ReportAdmin
from servicetorg.suitable_rooms import rooms_for

admin.site.register(Report, ReportAdmin)


@admin.register(InfoPage)
class InfoPageAdmin(RoleScopedAdmin, TranslationAdmin):
    list_display = ["title", "slug", "changed_at"]
    readonly_fields = ["slug", "changed_at"]
    fields = ["slug", *in_languages("title", "body"), "changed_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # each has its own address in the code

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SynonymForm(forms.ModelForm):
    class Meta:
        model = SynonymGroup
        fields = ["words_sv", "words_fi", "words_en"]
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in fields}


@admin.register(SynonymGroup)
class SynonymGroupAdmin(RoleScopedAdmin):
    form = SynonymForm
    list_display = ["words_sv", "words_fi", "words_en"]
    list_display_links = ["words_sv", "words_fi", "words_en"]
    search_fields = ["words_sv", "words_fi", "words_en"]
    fields = ["words_sv", "words_fi", "words_en"]

    def save_model(self, request: HttpRequest, obj: SynonymGroup, form: Any, change: bool) -> None:
        """Save it, and take what it answers from the list of what was not found."""
        super().save_model(request, obj, form, change)
        ZeroHitQuery.objects.asked_in(word for _language, word in obj.members()).delete()


@admin.register(ZeroHitQuery)
class ZeroHitQueryAdmin(RoleScopedAdmin):
    """What was searched for in vain. Nobody adds or edits one; a synonym or a better search word answers it."""

    list_display = ["query", "make_a_synonym", "count", "language", "guess", "last_on"]
    list_display_links = None
    list_filter = ["language"]
    search_fields = ["query"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("what to do"))
    def make_a_synonym(self, asked: ZeroHitQuery) -> SafeString:
        """Lead to the form of a new group that holds the words already, in the language of the page they came from."""
        address = reverse("admin:servicetorg_synonymgroup_add")
        return format_html(
            '<a href="{}?{}">{}</a>',
            address,
            urlencode({f"words_{asked.language}": asked.query}),
            _("Make a synonym"),
        )

    def to_do(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Tell on the front page of the admin what was asked more than once and found nothing."""
        if not self.has_view_permission(request):
            return []
        often = ZeroHitQuery.objects.filter(count__gt=1).count()
        if not often:
            return []
        words = ngettext(
            "%(count)d search that was made more than once found nothing",
            "%(count)d searches that were made more than once found nothing",
            often,
        )
        return [(reverse("admin:servicetorg_zerohitquery_changelist"), words % {"count": often})]


class SuitableRoomsForm(forms.ModelForm):
    class Meta:
        model = SuitableRooms
        fields = ["listing", "rooms"]
        widgets = {"rooms": forms.CheckboxSelectMultiple}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        listing: Listing | None = data.get("listing") or (self.instance.listing if self.instance.pk else None)
        if listing is not None and any(room.hub_id != listing.hub_id for room in data.get("rooms", ())):
            self.add_error("rooms", _("Choose rooms of the same house as the listing."))
        return data


@admin.register(SuitableRooms)
class SuitableRoomsAdmin(RoleScopedAdmin):
    """Which rooms the page of a listing shows. Without a row a rule chooses; a row without rooms shows none."""

    form = SuitableRoomsForm
    hub_path = "listing__hub"
    list_display = ["listing", "of_hub", "room_names"]
    list_filter = [("listing__hub", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["listing__hub"]

    def get_urls(self) -> list[URLPattern]:
        of = path("of/<int:listing>/", self.admin_site.admin_view(self.of), name="servicetorg_suitablerooms_of")
        return [of, *super().get_urls()]

    def of(self, request: HttpRequest, listing: int) -> HttpResponseRedirect:
        """Lead from a listing to the choice of its rooms, or to the form that makes one."""
        chosen = SuitableRooms.objects.filter(listing=listing).first()
        if chosen is not None:
            return HttpResponseRedirect(reverse("admin:servicetorg_suitablerooms_change", args=[chosen.pk]))
        return HttpResponseRedirect(reverse("admin:servicetorg_suitablerooms_add") + f"?listing={listing}")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the rooms that the rule has chosen."""
        data = super().get_changeform_initial_data(request)
        key = str(data.get("listing", ""))
        listing = Listing.objects.for_list().filter(pk=key).first() if key.isdigit() else None
        return data if listing is None else {**data, "rooms": [room.pk for room in rooms_for(listing)]}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[SuitableRooms]:
        return super().get_queryset(request).prefetch_related("rooms")

    def get_readonly_fields(self, request: HttpRequest, obj: SuitableRooms | None = None) -> tuple[str, ...]:
        return ("listing",) if obj is not None else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.queryset = field.queryset.select_related("hub")
        field.label_from_instance = named_with_hub
        return field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.queryset = field.queryset.select_related("hub")
        field.label_from_instance = named_with_hub
        return field

    @admin.display(description=_("hub"))
    def of_hub(self, chosen: SuitableRooms) -> str:
        return str(chosen.listing.hub)

    @admin.display(description=_("rooms"))
    def room_names(self, chosen: SuitableRooms) -> str:
        return ", ".join(room.name for room in chosen.rooms.all()) or "–"


def named_with_hub(thing: Listing | Room) -> str:
    return f"{thing} ({thing.hub})"
