from django.conf import settings
from django.db import migrations


def write_texts(apps, schema_editor):
    """Give a new site its texts about itself, so that staff find them in the admin and may edit them."""
    from servicetorg.models import Slug, shipped_text

    InfoPage = apps.get_model("servicetorg", "InfoPage")
    for slug in Slug.values:
        fields = {}
        for language, _name in settings.LANGUAGES:
            fields[f"title_{language}"], fields[f"body_{language}"] = shipped_text(slug, language)
        texts = {**fields, "title": fields["title_sv"], "body": fields["body_sv"]}
        InfoPage.objects.get_or_create(slug=slug, defaults=texts)


class Migration(migrations.Migration):
    dependencies = [("servicetorg", "0002_info_pages")]
    operations = [migrations.RunPython(write_texts, migrations.RunPython.noop, elidable=False)]
