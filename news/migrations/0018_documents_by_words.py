import django.db.models.deletion
from django.db import migrations, models

from news.search import entry_of

VECTOR = """
ALTER TABLE news_documententry ADD COLUMN vector tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('swedish', title) || to_tsvector('simple', title), 'A')
    || to_tsvector('swedish', text) || to_tsvector('simple', text)
) STORED
"""


def add_vector(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(VECTOR)
        schema_editor.execute("CREATE INDEX document_vector ON news_documententry USING gin (vector)")


def index_documents(apps, schema_editor):
    Document, DocumentEntry = apps.get_model("documents", "Document"), apps.get_model("news", "DocumentEntry")
    for document in Document.objects.only("title", "text", "pages_with_addresses").iterator():
        text = document.text if document.pages_with_addresses == [] else ""
        title, text = entry_of(document.title, f"{document.title}\n{text}")
        DocumentEntry.objects.create(document_id=document.pk, title=title, text=text)


class Migration(migrations.Migration):

    dependencies = [
        ("documents", "0004_found_by_index"),
        ("news", "0017_languages"),
    ]

    operations = [
        migrations.CreateModel(
            name="DocumentEntry",
            fields=[
                ("document", models.OneToOneField(on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name="search_entry", serialize=False, to="documents.document")),
                ("title", models.TextField()),
                ("text", models.TextField()),
            ],
            options={
                "verbose_name": "sökord",
                "verbose_name_plural": "sökord",
            },
        ),
        migrations.RunPython(add_vector, migrations.RunPython.noop),
        migrations.RunPython(index_documents, migrations.RunPython.noop, elidable=True),
    ]
