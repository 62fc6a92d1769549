from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modeltranslation.admin import TranslationAdmin

from accounts.scoped_admin import RoleScopedAdmin
from hubs.admin import in_languages
from servicetorg.models import InfoPage, SynonymGroup, ZeroHitQuery


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
