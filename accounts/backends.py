from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts.models import User
from accounts.roles import OWN_APPS, is_city_administrator


class RoleBackend(ModelBackend):
    """Give staff the permissions of their role. Groups and permissions in the database are not used."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if obj is not None or not isinstance(user_obj, User):
            return set()
        return set(user_obj.role_permissions)

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if obj is None and isinstance(user_obj, User) and is_city_administrator(user_obj):
            return perm.partition(".")[0] in OWN_APPS
        return super().has_perm(user_obj, perm, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        if isinstance(user_obj, User) and is_city_administrator(user_obj):
            return app_label in OWN_APPS
        return super().has_module_perms(user_obj, app_label)
