"""Rules that the database keeps, with their message shown at the field they are about."""

from functools import reduce
from operator import and_

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Left, Replace
from django.db.models.lookups import Exact

from common.spelling import spell_fields

HTTPS_ONLY = "Adressen måste börja med https://."


class FieldConstraintsModel(models.Model):
    """A model whose constraints speak at a field: the one named by violation_error_code.

    Django itself puts the message of a check constraint on top of the form.
    """

    class Meta:
        abstract = True

    def clean_fields(self, exclude=None):
        spell_fields(type(self), self)  # before it is asked whether a name is taken
        super().clean_fields(exclude)

    def validate_constraints(self, exclude=None):
        if self.has_valid_constraints(exclude):
            return
        try:
            super().validate_constraints(exclude)
        except ValidationError as failure:
            fields = {field.name for field in self._meta.fields} - set(exclude or ())
            errors = {}
            for name, messages in failure.error_dict.items():
                for error in messages:
                    at_field = name == NON_FIELD_ERRORS and error.code in fields
                    errors.setdefault(error.code if at_field else name, []).append(error)
            raise ValidationError(errors) from None

    def has_valid_constraints(self, exclude):
        """Tell by one query, not by one in a savepoint for each, that all hold; False also when in doubt."""
        constraints = self._meta.constraints
        for one in constraints:
            is_check = isinstance(one, models.CheckConstraint)
            if not is_check or one.condition.referenced_base_fields & set(exclude or ()):
                return False
        together = reduce(and_, (one.condition for one in constraints), Q())
        try:
            models.CheckConstraint(condition=together, name="all").validate(type(self), self, exclude)
        except ValidationError:
            return False
        return True


def https_constraint(field, name, *, blank=False):
    """A CheckConstraint: `field` starts with https://, or is empty where `blank`.

    Not `startswith`, which SQLite turns into a LIKE that ignores case.
    """
    is_https = Q(Exact(Left(field, 8), Value("https://")))
    return models.CheckConstraint(
        condition=is_https | Q(**{field: ""}) if blank else is_https,
        name=name,
        violation_error_code=field,
        violation_error_message=HTTPS_ONLY,
    )


def without_digits(field):
    """A database expression: the text of `field` with 0–9 removed.

    Not a regular expression: SQLite has none of its own, so other tools would fail on it.
    """
    return reduce(lambda text, digit: Replace(text, Value(digit), Value("")), "0123456789", F(field))
