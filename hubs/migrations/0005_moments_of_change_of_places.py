from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hubs', '0004_accessibility_is_answered'),
    ]

    operations = [
        migrations.AddField(
            model_name='hub',
            name='changed_at',
            field=models.DateTimeField(auto_now=True, verbose_name='changed'),
        ),
        migrations.AddField(
            model_name='specialday',
            name='changed_at',
            field=models.DateTimeField(auto_now=True, verbose_name='changed'),
        ),
        migrations.AddField(
            model_name='timetable',
            name='changed_at',
            field=models.DateTimeField(auto_now=True, verbose_name='changed'),
        ),
    ]
