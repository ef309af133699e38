"""What many pages show and few changes touch: made once per content version, not once per page.

The page cache says which version a page is made at. Outside of that, in the admin or a command,
everything is made anew.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial, wraps

_version = ContextVar("content version", default=None)
_values = {}  # {key: (version, value)}
MAX_VALUES = 1000  # lists of years that nobody wrote in are asked for too


@contextmanager
def at_content_version(version):
    """Memoize all that is asked for inside until another `version`, a value with an ==, is given."""
    token = _version.set(version)
    try:
        yield
    finally:
        _version.reset(token)


def get_or_set(key, make):
    """Return make(), or what it returned for the same `key` at this version: not to be changed."""
    version = _version.get()
    if version is None:
        return make()
    made_at, value = _values.get(key, (None, None))
    if made_at != version:
        value = make()
        if len(_values) > MAX_VALUES:
            _values.clear()
        _values[key] = version, value
    return value


def per_content_version(function):
    """Decorate a function of few different arguments whose result follows from the content alone."""

    @wraps(function)
    def memoized(*args):
        return get_or_set((function, *args), partial(function, *args))

    return memoized
