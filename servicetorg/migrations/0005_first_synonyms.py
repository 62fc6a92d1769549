from django.db import migrations


def write_groups(apps, schema_editor):
    """Give a site the words that residents use, so that staff find them in the admin and may edit them."""
    from servicetorg.search.synonyms import shipped_groups

    SynonymGroup = apps.get_model("servicetorg", "SynonymGroup")
    SynonymGroup.objects.bulk_create(SynonymGroup(**group) for group in shipped_groups())


class Migration(migrations.Migration):
    dependencies = [("servicetorg", "0004_search")]
    operations = [migrations.RunPython(write_groups, migrations.RunPython.noop, elidable=False)]
