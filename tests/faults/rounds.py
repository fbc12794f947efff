"""How long the suite runs: FAULTS=long makes many rounds of what CI does a few times. No test is left out."""

from __future__ import annotations

import os

LONG = os.environ.get("FAULTS") == "long"


def rounds(few: int, many: int) -> range:
    """The rounds of a test: few in CI, many in `make faults`."""
    return range(many if LONG else few)
