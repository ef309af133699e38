import json
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import migrations, models


def read_notes(apps, schema_editor):
    """What was a file of this machine, in DATA_DIR/notes, is the site's now."""
    for path in (settings.DATA_DIR / "notes").glob("*.json"):
        with suppress(ValueError, KeyError, TypeError):
            facts = json.loads(path.read_text())
            at = datetime.fromisoformat(facts.pop("at"))
            apps.get_model("hgf_site", "Run").objects.create(name=path.stem, at=at, facts=facts)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Run",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("facts", models.JSONField(default=dict)),
            ],
        ),
        migrations.RunPython(read_notes, migrations.RunPython.noop, elidable=True),
    ]
