"""What a browser does with a form of the admin."""

from typing import Any


def filled_in(page: Any) -> dict[str, Any]:
    """Return what a browser would send back for the form of an admin page."""
    form = page.context["adminform"].form
    data: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if isinstance(value, (list, tuple)) or hasattr(field.field.widget, "widgets"):
            subwidgets = getattr(field.field.widget, "widgets", None)
            if subwidgets:
                parts = field.field.widget.decompress(value)
                data |= {f"{field.html_name}_{n}": part for n, part in enumerate(parts) if part is not None}
            else:
                data[field.html_name] = [getattr(one, "pk", one) for one in value]
        elif value is not None and value is not False:
            data[field.html_name] = value
    for inline in page.context["inline_admin_formsets"]:
        prefix = inline.formset.prefix
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return data


def choices_of(page: Any, name: str) -> set[str]:
    return {str(value) for value, _label in page.context["adminform"].form.fields[name].choices}
