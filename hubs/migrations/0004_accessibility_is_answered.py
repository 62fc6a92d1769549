from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("hubs", "0003_hub_page_complete"),
    ]

    operations = [
        migrations.RemoveField(
            model_name='historicalhub',
            name='accessibility_features',
        ),
        migrations.RemoveField(
            model_name='hub',
            name='accessibility_features',
        ),
    ]
