"""What many pages show and few changes touch: made once per site version, not once per page.

The page cache says which version a page is made at. Outside of that, in the admin or a command,
everything is made anew.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial, wraps

_version = ContextVar("site version", default=None)
_kept = {}  # {key: (version, value)}


@contextmanager
def at_version(version):
    """Everything that is made inside is made at `version`: any value that is equal while nothing changed."""
    token = _version.set(version)
    try:
        yield
    finally:
        _version.reset(token)


def once(key, make):
    """Return make(), or what it returned for the same `key` at this version: not to be changed."""
    version = _version.get()
    if version is None:
        return make()
    known, value = _kept.get(key, (None, None))
    if known != version:
        value = make()
        _kept[key] = version, value
    return value


def per_version(function):
    """Decorate a function of few different arguments whose result follows from the content alone."""

    @wraps(function)
    def answer(*args):
        return once((function, *args), partial(function, *args))

    return answer
