"""Queries that Django writes once a process: writing one takes several times as long as asking it."""

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
        given = [values[each.value] if isinstance(each, Given) else each for each in parameters]
        return list(manager.raw(sql, given))
