from django.conf import settings
from django.db import migrations, models

SLUG = "open-data"


def write_text(apps, schema_editor):
    """Give a site that had its texts before this page came its text too."""
    from servicetorg.models import shipped_text

    InfoPage = apps.get_model("servicetorg", "InfoPage")
    fields = {}
    for language, _name in settings.LANGUAGES:
        fields[f"title_{language}"], fields[f"body_{language}"] = shipped_text(SLUG, language)
    texts = {**fields, "title": fields["title_sv"], "body": fields["body_sv"]}
    InfoPage.objects.get_or_create(slug=SLUG, defaults=texts)


class Migration(migrations.Migration):
    dependencies = [("servicetorg", "0006_reports_and_suitable_rooms")]
    operations = [
        migrations.AlterField(
            model_name="infopage",
            name="slug",
            field=models.SlugField(
                choices=[
                    ("accessibility", "Accessibility statement"),
                    ("privacy", "Privacy"),
                    ("open-data", "Open data"),
                ],
                unique=True,
                verbose_name="page",
            ),
        ),
        migrations.RunPython(write_text, migrations.RunPython.noop, elidable=False),
    ]
