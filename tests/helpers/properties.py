"""Hypothesis as these tests use it; import it from here.

In the gate it tries the same cases in every run: nobody's change fails for what it did not touch.
With `-m long` it tries thousands of others, new ones in every run.
"""

import os

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

LONG = "PROPERTIES_AT_RANDOM" in os.environ

settings.register_profile("gate", derandomize=True, deadline=None, database=None)
settings.register_profile(
    "long", max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("long" if LONG else "gate")

# For a property of which every case writes to the database.
few = settings(max_examples=500 if LONG else 25)

__all__ = ["HealthCheck", "example", "few", "given", "settings", "st"]
