"""Admin classes that let editors reach only what is theirs: lists, pages, choices and forged forms alike."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.core.validators import MinValueValidator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from modeltranslation.translator import translator

from accounts import roles

# A slip such as the year 206; the year 1 even breaks Django, which cannot turn it into UTC.
EARLIEST = MinValueValidator(datetime(2000, 1, 1, tzinfo=UTC))


class ScopedChoices(admin.options.BaseModelAdmin):
    """Offer as choices only what the person reaches in the admin of the model chosen from.

    A form takes no other answer than its choices, so nothing can be moved to another hub either.
    """

    def choices_within_reach(
        self, db_field: models.Field, request: HttpRequest, choices: models.QuerySet
    ) -> models.QuerySet:
        related = self.admin_site.get_model_admin(db_field.related_model) if self._is_registered(db_field) else None
        if not isinstance(related, RoleScopedAdmin):
            return choices
        return choices.filter(related.within_reach(request))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = False  # a hub is not deleted from the form of a listing
        if field is not None and isinstance(db_field, models.DateTimeField):
            field.validators.append(EARLIEST)
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs = self._limited(db_field, request, kwargs)
        if not db_field.blank and not roles.is_city_administrator(request.user):
            within_reach = list(kwargs["queryset"].values_list("pk", flat=True)[:2])
            if len(within_reach) == 1:  # who edits one hub is not asked which
                kwargs.setdefault("initial", within_reach[0])
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **self._limited(db_field, request, kwargs))

    def _is_registered(self, db_field: models.Field) -> bool:
        return self.admin_site.is_registered(db_field.related_model)

    def _limited(self, db_field: Any, request: HttpRequest, kwargs: dict[str, Any]) -> dict[str, Any]:
        choices = kwargs.get("queryset")
        if choices is None:
            choices = self.get_field_queryset(kwargs.get("using"), db_field, request)
        if choices is None:
            choices = db_field.remote_field.model._default_manager.all()
        return {**kwargs, "queryset": self.choices_within_reach(db_field, request, choices)}


class RoleScopedAdmin(ScopedChoices, admin.ModelAdmin):
    """A model admin in which editors see and change what belongs to their hub or provider.

    `hub_path` and `provider_path` lead from the model to the hub and to the provider ("pk" where the
    model is one itself); several ways are given as a tuple. Without any path the model belongs to
    nobody, and the role alone decides. Fields of `city_only_fields` are shown to city administrators
    only. What is out of reach does not exist: 404.
    """

    hub_path: str | tuple[str, ...] = ()
    provider_path: str | tuple[str, ...] = ()
    city_only_fields: Sequence[str] = ()

    def within_reach(self, request: HttpRequest) -> models.Q:
        hub_paths, provider_paths = _as_tuple(self.hub_path), _as_tuple(self.provider_path)
        if not hub_paths and not provider_paths:
            return models.Q()
        return roles.within_reach(request.user, hub_paths, provider_paths)

    def reaches(self, request: HttpRequest, obj: models.Model | None) -> bool:
        """Say whether the object, as it is stored, is within reach. Queries unless everything is."""
        if obj is None or roles.is_city_administrator(request.user):
            return True
        return self.model._default_manager.filter(self.within_reach(request), pk=obj.pk).exists()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).filter(self.within_reach(request))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and self.reaches(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self.reaches(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.reaches(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if not self.city_only_fields or roles.is_city_administrator(request.user):
            return fieldsets
        return [(title, {**options, "fields": self._for_editors(options["fields"])}) for title, options in fieldsets]

    def history_form_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show an earlier version. Bringing it back as a whole would walk around the choices above."""
        if request.method == "POST":
            raise PermissionDenied
        return super().history_form_view(request, *args, **kwargs)

    def get_history_queryset(self, request: HttpRequest, history_manager: Any, pk_name: str, object_id: Any) -> Any:
        """Return the versions as the package does, without its call of select_related() for no field at all."""
        links = [field.name for field in history_manager.model.tracked_fields if isinstance(field, models.ForeignKey)]
        return history_manager.filter(**{pk_name: object_id}).select_related("history_user", *links)

    def set_history_delta_changes(self, request: HttpRequest, versions: Sequence[Any], *args: Any) -> None:
        """Tell of each version what it changed, field by field, in each language by itself.

        The column without a language is left out: it holds a copy in whatever language was on.
        """
        translated = set(translator.get_options_for_model(self.model).all_fields)
        for newer, older in pairwise(versions):
            delta = newer.diff_against(older, excluded_fields=translated, foreign_keys_are_objs=True)
            delta = replace(delta, changes=[change for change in delta.changes if (change.old or change.new)])
            helper = self.get_historical_record_context_helper(request, newer)
            newer.history_delta_changes = helper.context_for_delta_changes(delta)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def _for_editors(self, fields: Sequence[Any]) -> list[Any]:
        return [field for field in fields if field not in self.city_only_fields]


def _as_tuple(paths: str | tuple[str, ...]) -> tuple[str, ...]:
    return (paths,) if isinstance(paths, str) else paths
