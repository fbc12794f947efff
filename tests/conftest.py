"""How garbage is collected while tests run. First of all, so that it concerns what the other conftests import."""

from __future__ import annotations

import gc

from hypothesis import given, settings
from hypothesis import strategies as st

from kit.measured import (  # noqa: F401  # a fixture and hooks
    measured,
    pytest_configure,
    pytest_itemcollected,
    pytest_terminal_summary,
)

# Almost everything that is imported stays: looking through it again and again takes a quarter of the time.
gc.disable()


def pytest_collection_finish() -> None:
    """Look through what was imported no more, and through what the tests make seldom: much of it stays too."""
    gc.freeze()
    _first_example()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@settings(max_examples=1, database=None)
@given(st.none())
def _first_example(_: None) -> None:
    """At its first example, Hypothesis looks through all objects, of which there are more later."""


def pytest_sessionfinish() -> None:
    """Look through what the tests have left once, where pytest does so five times."""
    gc.collect()
    gc.freeze()
