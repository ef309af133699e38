import common.publishing.models
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('object_id', models.PositiveBigIntegerField()),
                ('state', models.JSONField()),
                ('version', models.CharField(max_length=32)),
                ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('share_key', models.CharField(default=common.publishing.models.new_share_key, max_length=32)),
                ('content_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='contenttypes.contenttype')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'förslag',
                'verbose_name_plural': 'förslag',
                'default_permissions': ('change',),
                'constraints': [models.UniqueConstraint(fields=('content_type', 'object_id'), name='one_proposal_of_a_row')],
            },
        ),
    ]
