from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from modeltranslation.admin import TranslationAdmin

from accounts.scoped_admin import RoleScopedAdmin
from hubs.admin import in_languages
from servicetorg.models import InfoPage


@admin.register(InfoPage)
class InfoPageAdmin(RoleScopedAdmin, TranslationAdmin):
    list_display = ["title", "slug", "changed_at"]
    readonly_fields = ["slug", "changed_at"]
    fields = ["slug", *in_languages("title", "body"), "changed_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # each has its own address in the code

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
