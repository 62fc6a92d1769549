from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0006_hub_page_tells_of_bookings'),
    ]

    operations = [
        migrations.AddField(
            model_name='equipment',
            name='changed_at',
            field=models.DateTimeField(auto_now=True, verbose_name='changed'),
        ),
        migrations.AddField(
            model_name='room',
            name='changed_at',
            field=models.DateTimeField(auto_now=True, verbose_name='changed'),
        ),
    ]
