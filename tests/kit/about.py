"""Many similar things, tried in one test: a test for each would take longer to begin than to run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def about(what: object) -> Iterator[None]:
    """Let an error inside say what it is about."""
    try:
        yield
    except Exception as error:
        error.add_note(f"This is about {what}.")
        raise
