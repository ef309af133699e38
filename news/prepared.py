"""Queries that Django writes once a process, and PostgreSQL plans once a connection.

Either takes several times as long as asking them.
"""

from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Value
from django.utils import timezone
from django.utils.functional import cached_property


class Given(Value):
    """A value that is known only when the query is asked: Given("slug"), or the present time, NOW."""

    def as_sql(self, compiler, connection):
        return "%s", [self]


NOW = Given("now")


class Prepared:
    """The query of a function that returns a QuerySet of whole objects, with Given values in its filters."""

    def __init__(self, make):
        self.make = make
        self.planned = WeakSet()  # the connections on which PostgreSQL knows the query

    @cached_property
    def statement(self):
        """The objects' manager, the SQL and its parameters, some of them Given."""
        queryset = self.make()
        sql, parameters = queryset.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        return queryset.model._default_manager, sql, parameters

    def __call__(self, **values):
        """Return the list of objects: their fields and annotations, and nothing that is joined."""
        manager, sql, parameters = self.statement
        values["now"] = connection.ops.adapt_datetimefield_value(timezone.now())
        if connection.vendor == "postgresql":
            sql, parameters = self.execution()
        given = [values[each.value] if isinstance(each, Given) else each for each in parameters]
        return list(manager.raw(sql, given))

    def execution(self):
        """Have PostgreSQL plan the query if the connection is new; return SQL that asks it, and its Given.

        https://www.postgresql.org/docs/current/sql-prepare.html
        """
        _, sql, parameters = self.statement
        given = [each for each in parameters if isinstance(each, Given)]
        name = connection.ops.quote_name(self.make.__name__)
        with connection.cursor() as cursor:  # a connection that was lost has been replaced
            if connection.connection not in self.planned:
                numbers = iter(range(1, len(given) + 1))
                places = [f"${next(numbers)}" if isinstance(each, Given) else "%s" for each in parameters]
                constants = [each for each in parameters if not isinstance(each, Given)]
                with connection.wrap_database_errors:
                    cursor.cursor.execute(f"PREPARE {name} AS {sql % tuple(places)}", constants)
                self.planned.add(connection.connection)
        return f"EXECUTE {name} ({', '.join(['%s'] * len(given))})", given
