from django.forms.renderers import TemplatesSetting


class FieldRenderer(TemplatesSetting):
    """Render every form field through one template, so that label, hint and error stay tied."""

    field_template_name = "forms/field.html"
