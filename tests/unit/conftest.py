"""Random examples are drawn the same way each time, so that a failure can be repeated."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unit", max_examples=40, derandomize=True, database=None, deadline=None)
settings.load_profile("unit")
