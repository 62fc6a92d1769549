from django.contrib.auth.backends import ModelBackend


class RoleBackend(ModelBackend):
    """Give staff the permissions of their role."""
