from django import forms
from django.utils.translation import gettext_lazy as _

from hubs.lists import NamedChoiceField, QuickSelect
from hubs.models import Hub
from services.models import Category
from services.validators import SERVICE_LANGUAGES


class ServicesForm(forms.Form):
    is_filter = True  # every field may stay empty, so none needs to say so

    q = forms.CharField(label=_("Search words"), max_length=100, required=False)
    hub = NamedChoiceField(
        Hub.objects.published(),
        label=_("Service centre"),
        to_field_name="slug",
        required=False,
        empty_label=_("All service centres"),
    )
    category = NamedChoiceField(
        Category.objects.all(),
        label=_("Kind of service"),
        to_field_name="slug",
        required=False,
        empty_label=_("All kinds"),
    )
    language = forms.ChoiceField(
        widget=QuickSelect,
        label=_("Service in this language"),
        choices=[("", _("Any language")), *SERVICE_LANGUAGES.items()],
        required=False,
    )
    open = forms.BooleanField(label=_("Open now"), required=False, widget=forms.CheckboxInput(attrs={"value": "now"}))
