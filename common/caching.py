"""Caches whose keys a stranger chooses."""

from functools import lru_cache, wraps


def short_key_cache(maxsize, longest=200):
    """Decorate a function of texts like lru_cache; what has longer arguments is computed and not stored.

    Else whoever asks for a thousand addresses of 60 kB each leaves them all in memory.
    """

    def decorate(function):
        cached = lru_cache(maxsize)(function)

        @wraps(function)
        def answer(*texts):
            return (cached if sum(map(len, texts)) <= longest else function)(*texts)

        return answer

    return decorate
