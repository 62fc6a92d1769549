from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.scoped_admin import RoleScopedAdmin

# Rights come from roles, and an address is the person's own: neither has a page of its own.
admin.site.unregister(Group)
admin.site.unregister(EmailAddress)


class PersonCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name", "language")


@admin.register(User)
class PersonAdmin(RoleScopedAdmin, UserAdmin):
    """People, for city administrators: nobody else has a permission here.

    What an editor edits is chosen on the hub or the provider. A technical superuser is out of reach
    for everybody who is not one, or a new password would open everything.
    """

    add_form = PersonCreationForm
    list_display = ["email", "name", "is_staff", "is_city_administrator", "edits", "last_login"]
    list_filter = ["is_staff", "is_city_administrator", "is_active", "language"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    filter_horizontal = ()
    readonly_fields = ["edits", "last_login", "joined_at"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (_("Contact"), {"fields": ["name", "phone", "language"]}),
        (
            _("Role"),
            {"fields": ["is_active", "is_staff", "is_city_administrator", "is_superuser", "edits"]},
        ),
        (_("Dates"), {"fields": ["last_login", "joined_at"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": ["email", "name", "language", "usable_password", "password1", "password2"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        people = super().get_queryset(request).prefetch_related("edited_hubs", "edited_providers")
        return people if request.user.is_superuser else people.filter(is_superuser=False)

    def reaches(self, request: HttpRequest, obj: Any) -> bool:
        return super().reaches(request, obj) and (obj is None or request.user.is_superuser or not obj.is_superuser)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return fieldsets
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name != "is_superuser"]})
            for title, options in fieldsets
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # closed by switching off “active”; bookings keep who made them

    @admin.display(description=_("edits"))
    def edits(self, person: User) -> str:
        edited = [*person.edited_hubs.all(), *person.edited_providers.all()]
        return ", ".join(str(one) for one in edited) or "–"
