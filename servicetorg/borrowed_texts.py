"""Texts of Django and django-simple-history that staff read, and that their own catalogues lack or say badly.

Nothing imports this. They are named here so that `makemessages` puts them into our catalogues, which come first.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

DJANGO = (
    _("- Select an option -"),
    _(" By %(filter_title)s "),
    _("Filter by %(field_name)s"),
    _("Run"),
    _("Search %(name)s"),
    _("Pagination %(name)s"),
    _("Change or view list link"),
    _(
        "Are you sure you want to delete the %(object_name)s “%(escaped_object)s”? "
        "All of the following related items will be deleted:"
    ),
    _(
        "Deleting the %(object_name)s “%(escaped_object)s” would result in deleting related objects, "
        "but your account doesn't have permission to delete the following types of objects:"
    ),
    _(
        "Deleting the %(object_name)s “%(escaped_object)s” would require deleting the following "
        "protected related objects:"
    ),
    ngettext_lazy("…and %(count)d more object.", "…and %(count)d more objects.", "count"),
)
SIMPLE_HISTORY = (
    _("Change history: %s"),
    _("View history: %s"),
    _("View %s"),
    _("Revert %s"),
    _("View %(verbose_name)s"),
    _("Revert %(verbose_name)s"),
    _("Revert"),
    _("History"),
    _("Close"),
    _("Created"),
    _("Changed"),
    _("Deleted"),
    _("Deleted %(type_name)s"),
    _("This object doesn't have a change history."),
    _("Choose a date from the list below to revert to a previous version of this object."),
    _("Press the 'Revert' button below to revert to this version of the object."),
)
