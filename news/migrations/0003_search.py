import django.db.models.deletion
from django.db import migrations, models

from news.search import entry_of

VECTOR = """
ALTER TABLE news_searchentry ADD COLUMN vector tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('swedish', title) || to_tsvector('simple', title), 'A')
    || to_tsvector('swedish', text) || to_tsvector('simple', text)
) STORED
"""


def add_vector(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(VECTOR)
        schema_editor.execute("CREATE INDEX search_vector ON news_searchentry USING gin (vector)")


def index_posts(apps, schema_editor):
    Post, SearchEntry = apps.get_model("news", "Post"), apps.get_model("news", "SearchEntry")
    for key, title, text in Post.objects.values_list("pk", "title", "search_text"):
        title, text = entry_of(title, text)
        SearchEntry.objects.create(post_id=key, title=title, text=text)


class Migration(migrations.Migration):

    dependencies = [
        ("news", "0002_share_a_draft"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("post", models.OneToOneField(on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name="search_entry", serialize=False, to="news.post")),
                ("title", models.TextField()),
                ("text", models.TextField()),
            ],
            options={
                "verbose_name": "sökord",
                "verbose_name_plural": "sökord",
            },
        ),
        migrations.RunPython(add_vector, migrations.RunPython.noop),
        migrations.RunPython(index_posts, migrations.RunPython.noop, elidable=True),
    ]
