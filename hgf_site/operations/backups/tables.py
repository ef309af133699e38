"""Rows of a database as lines of JSON, and back: the same lines for SQLite and PostgreSQL.

Models are those of the migrations that a database or an archive has, not those of the code: so a
backup can be made just before migrating, and an old one be loaded and then migrated.
"""

import base64
import datetime
import json
from contextlib import contextmanager

from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from hgf_site.operations.backups.archive import MAX_RECORD_BYTES, TABLE_MEMBER, InvalidBackup

# What a backup leaves out: who is logged in, counts of an hour, when commands ran, letters, so that a
# restored site sends none again, and what the database makes of other rows.
EXCLUDED = {
    "sessions.session",
    "contacts.emaillimit",
    "hgf_site.run",
    "mailing.letter",
    "mailing.delivery",
    "mailing.sending",
    "news.word",
}
BATCH = 500
TEXT = (models.CharField, models.TextField, models.FileField)  # stored as they are, whatever their class


# --- Which tables, with which columns ---


def recorded_migrations(loader=None):
    """Return {app: [names]} of what has been applied to the database; empty for an empty one."""
    loader = loader or MigrationLoader(connection)
    migrations = {}
    for app, name in sorted(loader.applied_migrations):
        migrations.setdefault(app, []).append(name)
    return migrations


def unknown_migrations(migrations):
    """Return those of {app: [names]} that this version of the site does not have, as app.name."""
    known = MigrationLoader(None).disk_migrations
    return [
        f"{app}.{name}" for app, names in migrations.items() for name in names if (app, name) not in known
    ]


def last_migrations(loader, migrations):
    """Return the last of the {app: [names]} in each app, as keys of the loader's graph."""
    given = {(app, name) for app, names in migrations.items() for name in names}
    return sorted(
        key
        for key in given & loader.graph.nodes.keys()
        if not any(
            child.key in given and child.key[0] == key[0] for child in loader.graph.node_map[key].children
        )
    )


def models_at(migrations, loader=None):
    """Return {label: model} of all tables with rows of ours, as they were after {app: [names]}."""
    loader = loader or MigrationLoader(None)
    apps = loader.project_state(last_migrations(loader, migrations)).apps
    return {
        model._meta.label_lower: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in EXCLUDED
    }


def columns(model):
    return [field for field in model._meta.concrete_fields if not field.generated]


# --- Out ---


@contextmanager
def consistent_snapshot():
    """Let all reading inside see the database as it is now, while others go on writing."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()  # which reads the usual mode from the settings
        usual, connection.transaction_mode = connection.transaction_mode, "DEFERRED"
        try:
            with transaction.atomic():
                yield
        finally:
            connection.transaction_mode = usual
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


def json_lines(model):
    """Yield each row of a model as a line of JSON in bytes, in the order of the primary key."""
    fields = columns(model)
    rows = model._base_manager.order_by("pk").values_list(*[field.attname for field in fields])
    for values in rows.iterator(chunk_size=BATCH):
        row = {
            # A text is what the database holds, whatever a field class makes of it.
            field.attname: field.get_prep_value(value) if isinstance(field, TEXT) else value
            for field, value in zip(fields, values, strict=True)
        }
        yield json.dumps(row, ensure_ascii=False, default=as_text).encode() + b"\n"


def as_text(value):
    """Write what JSON has no word for, exactly, as the fields' to_python reads it again."""
    match value:
        case datetime.datetime():  # Django's own would leave out microseconds
            return value.astimezone(datetime.UTC).isoformat()
        case datetime.time():
            return value.isoformat()
        case bytes() | memoryview():
            return base64.b64encode(value).decode()
    return DjangoJSONEncoder().default(value)


def pictures_of(model):
    """Return the names of all files that the rows of a model say they have."""
    names = set()
    for field in columns(model):
        if isinstance(field, models.FileField):
            names |= set(model._base_manager.values_list(field.attname, flat=True))
    return names - {"", None}


# --- In ---


class Loader:
    """Fills an empty database with an archive's rows, table by table, then migrates it to today's code."""

    def __init__(self, migrations):
        """Make the tables as they were after the migrations {app: [names]}, without a row."""
        make_tables(migrations)
        self.models = models_at(migrations)
        self.rows = {}
        with transaction.atomic():
            for model in self.models.values():  # what a migration put there is in the archive too
                empty(model)

    def load(self, name, stream):
        """Insert the lines of the binary file `stream` into the table that `name`, a path, stands for."""
        label = TABLE_MEMBER.fullmatch(name)[1]
        if label not in self.models:
            raise InvalidBackup(f"{name} is no table of a site with the migrations that it names")
        self.rows[label] = insert(self.models[label], stream, name)

    def finish(self):
        """Check what was loaded against itself; let new rows get new keys."""
        if missing := self.models.keys() - self.rows.keys():
            raise InvalidBackup(f"the tables {', '.join(sorted(missing))} are missing")
        connection.check_constraints()
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(self.models.values())):
                cursor.execute(statement)


def make_tables(migrations):
    executor = MigrationExecutor(connection)
    executor.migrate(last_migrations(executor.loader, migrations))


def empty(model):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608  our own name


def insert(model, stream, name):
    """Insert rows as they are: no save() and no pre_save() puts anything right. Return how many."""
    fields = columns(model)
    quote = connection.ops.quote_name
    into = f"{quote(model._meta.db_table)} ({', '.join(quote(field.column) for field in fields)})"
    statement = f"INSERT INTO {into} VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608  our own names
    count, batch = 0, []
    with connection.cursor() as cursor:
        while line := stream.readline(MAX_RECORD_BYTES):
            count += 1
            try:
                row = json.loads(line)
                batch.append([value_for(field, row.pop(field.attname)) for field in fields])
            except Exception as error:
                raise InvalidBackup(f"row {count} of {name} cannot be read ({error!r})") from error
            if row:
                raise InvalidBackup(f"row {count} of {name} has more than the table: {', '.join(row)}")
            if len(batch) == BATCH:
                cursor.executemany(statement, batch)
                batch = []
        if batch:
            cursor.executemany(statement, batch)
    return count


def value_for(field, value):
    """Return a value from JSON as the database's own driver takes it."""
    if value is None or (isinstance(field, TEXT) and isinstance(value, str)):
        return value
    return field.get_db_prep_save(field.to_python(value), connection)
