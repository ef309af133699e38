import django.db.models.deletion
from django.db import migrations, models

from news.words import MAY_BE_OFFERED, WORDS_OF_TEXT, learn_all

# A later migration that has SQLite rebuild the table of SearchEntry must make the triggers anew.
# A word goes with the post that it belongs to, or when that says it no more; a new one comes, if it is not there.
FORGET = "DELETE FROM news_word WHERE entry_id = OLD.post_id"
LEARN = """
    INSERT INTO news_word (word, entry_id) SELECT value, NEW.post_id FROM {words}
    WHERE {may_be_offered} AND {is_new} ORDER BY value ON CONFLICT DO NOTHING
"""
SQLITE = [
    "CREATE TRIGGER news_word_insert AFTER INSERT ON news_searchentry BEGIN {learn}; END",
    """
    CREATE TRIGGER news_word_update AFTER UPDATE OF text ON news_searchentry WHEN OLD.text <> NEW.text
    BEGIN {forget} AND instr(NEW.text, ' ' || word || ' ') = 0; {learn_new}; END
    """,
    "CREATE TRIGGER news_word_delete AFTER DELETE ON news_searchentry BEGIN {forget}; END",
]
POSTGRESQL = [
    """
    CREATE OR REPLACE FUNCTION news_word_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            {forget};
        ELSIF TG_OP = 'UPDATE' THEN
            {forget} AND strpos(NEW.text, ' ' || word || ' ') = 0;
        END IF;
        -- Two that learn would wait for each other's words, in a deadlock too: the other's come at night.
        IF TG_OP <> 'DELETE' AND pg_try_advisory_xact_lock(TG_RELID::bigint) THEN
            IF TG_OP = 'INSERT' THEN
                {learn};
            ELSE
                {learn_new};
            END IF;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER news_word_rows AFTER INSERT OR DELETE ON news_searchentry
    FOR EACH ROW EXECUTE FUNCTION news_word_change()
    """,
    """
    CREATE TRIGGER news_word_texts AFTER UPDATE ON news_searchentry FOR EACH ROW
    WHEN (OLD.text <> NEW.text) EXECUTE FUNCTION news_word_change()
    """,
]


def make_triggers(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    place = "instr" if vendor == "sqlite" else "strpos"
    words = {"words": WORDS_OF_TEXT[vendor].format(text="NEW.text"), "may_be_offered": MAY_BE_OFFERED[vendor]}
    parts = {
        "forget": FORGET,
        "learn": LEARN.format(**words, is_new="true"),
        "learn_new": LEARN.format(**words, is_new=f"{place}(OLD.text, ' ' || value || ' ') = 0"),
    }
    for sql in SQLITE if vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(sql.format(**parts))
    learn_all()


def drop_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for event in ("insert", "update", "delete"):
            schema_editor.execute(f"DROP TRIGGER news_word_{event}")
    else:
        schema_editor.execute("DROP FUNCTION news_word_change CASCADE")


class Migration(migrations.Migration):

    dependencies = [
        ("news", "0015_missed_address"),
    ]

    operations = [
        migrations.CreateModel(
            name="Word",
            fields=[
                ("word", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("entry", models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="news.searchentry")),
            ],
            options={
                "verbose_name": "känt ord",
                "verbose_name_plural": "kända ord",
            },
        ),
        migrations.RunPython(make_triggers, drop_triggers),
    ]
