"""Queries whose SQL Django writes once a process: writing it takes longer than the answer of the database."""

from copy import copy
from functools import cache, wraps

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Value
from django.utils import timezone


class Given(Value):
    """A value that is known only when the query is asked, such as Given("slug")."""

    def as_sql(self, compiler, connection):
        return "%s", [self]


NOW, TODAY = Given("now"), Given("today")


def compiled(make):
    """Decorate a function that returns a QuerySet with Given values in its filters.

    Called with those values by name, it returns the list of what the QuerySet holds then; of one that is
    sliced, `[:10]`, those after the first `offset`.
    """

    @cache
    def written():
        queryset = make()
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        if queryset.query.is_sliced:
            sql, parameters = f"{sql} OFFSET %s", [*parameters, Given("offset")]
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        compiler.get_converters = lambda columns: converters
        return queryset, compiler, sql, parameters

    @wraps(make)
    def ask(offset=0, **values):
        queryset, compiler, sql, parameters = written()
        compiler, queryset = copy(compiler), queryset.all()
        compiler.connection = connections[DEFAULT_DB_ALIAS]  # of this thread
        values["offset"] = offset
        values["now"] = compiler.connection.ops.adapt_datetimefield_value(timezone.now())
        values["today"] = compiler.connection.ops.adapt_datefield_value(timezone.localdate())
        given = [values[one.value] if isinstance(one, Given) else one for one in parameters]
        compiler.as_sql = lambda: (sql, given)
        queryset.query.get_compiler = lambda **_: compiler
        return list(queryset)

    return ask
