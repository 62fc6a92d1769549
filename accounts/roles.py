"""Who may do what, as plain questions. The answers come from the person and what they edit.

A city administrator edits everything of ours. A hub editor edits one or more hubs with all that
is in them. A provider editor edits the listings of a provider, wherever they are. A superuser is
for technical work. None of these counts without `is_staff` and `is_active`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Model, Q

if TYPE_CHECKING:
    from accounts.models import User

OWN_APPS = frozenset({"accounts", "hubs", "services", "rooms", "surveys", "servicetorg"})
EVERYTHING = ("view", "add", "change", "delete")

HUB_EDITOR = {
    "hubs.hub": ("view", "change"),
    "hubs.notice": EVERYTHING,
    "hubs.regulargroup": EVERYTHING,
    "hubs.timetable": ("view", "change"),
    "hubs.period": EVERYTHING,
    "hubs.span": EVERYTHING,
    "hubs.specialday": ("view",),
    "services.listing": ("view", "add", "change"),
    "rooms.room": ("view", "add", "change"),
    "rooms.booking": ("view", "add", "change"),
    "rooms.closure": EVERYTHING,
    "rooms.watch": ("view",),
    "surveys.survey": EVERYTHING,
    "surveys.question": EVERYTHING,
    "surveys.finding": EVERYTHING,
    "servicetorg.report": ("view", "change"),
    "servicetorg.suitablerooms": EVERYTHING,
    "servicetorg.synonymgroup": ("view", "add", "change"),
    "servicetorg.zerohitquery": ("view",),
}
PROVIDER_EDITOR = {
    "hubs.timetable": ("view", "change"),
    "hubs.period": EVERYTHING,
    "hubs.span": EVERYTHING,
    "services.listing": ("view", "change"),
    "servicetorg.report": ("view", "change"),
}


def is_city_administrator(user: "User") -> bool:
    return user.is_active and user.is_staff and (user.is_city_administrator or user.is_superuser)


def edits_hub(user: "User", hub: Model) -> bool:
    """Say whether the person edits this hub. One query, none for a city administrator."""
    return is_city_administrator(user) or (_is_editor(user) and user.edited_hubs.filter(pk=hub.pk).exists())


def within_reach(user: "User", hub_paths: Iterable[str], provider_paths: Iterable[str] = ()) -> Q:
    """Return the condition that keeps what the person edits; the paths lead from the model to hub and provider."""
    if is_city_administrator(user):
        return Q()
    condition = Q(pk__in=[])
    if _is_editor(user):
        for path in hub_paths:
            condition |= Q(**{f"{path}__in": user.edited_hubs.all()})
        for path in provider_paths:
            condition |= Q(**{f"{path}__in": user.edited_providers.all()})
    return condition


def permissions(user: "User") -> frozenset[str]:
    """Return the permissions of the person's roles besides those of a city administrator. Two queries."""
    if not _is_editor(user):
        return frozenset()
    return (_names(HUB_EDITOR) if user.edited_hubs.exists() else frozenset()) | (
        _names(PROVIDER_EDITOR) if user.edited_providers.exists() else frozenset()
    )


def _is_editor(user: "User") -> bool:
    return user.is_active and user.is_staff


def _names(role: dict[str, tuple[str, ...]]) -> frozenset[str]:
    return frozenset(
        f"{app}.{action}_{model}"
        for app, model, actions in ((*label.split("."), actions) for label, actions in role.items())
        for action in actions
    )
