"""How many random examples a test tries: more where more can happen, and many where time does not matter."""

from __future__ import annotations

from hypothesis import settings


def times(factor: int) -> settings:
    """So many times the examples that other tests try: `EXAMPLES=many` makes them many (`tests/unit/conftest.py`)."""
    return settings(max_examples=factor * settings().max_examples)
