"""The time zones that can be named."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


def is_time_zone(name: str) -> bool:
    """Whether it is an IANA name. Other entries (`posix/`, `right/`, or a machine's own) differ between machines."""
    return name in _names()


@cache
def _names() -> frozenset[str]:
    # Finding them takes several milliseconds, since it walks through folders.
    return frozenset(available_timezones())
