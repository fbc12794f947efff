"""Time zones by their IANA names, such as `America/Chicago`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from domain.kernel.text import line

LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class ZoneName:
    """The IANA name of a time zone. Its case is corrected, since the database of time zones distinguishes it."""

    longest: int = LONGEST_NAME

    def normal(self, value: str) -> str:
        return _names().get(line(value).casefold(), value)

    def problem(self, value: str) -> str | None:
        return None if is_time_zone(value) else "must be the IANA name of a time zone, such as America/Chicago"


TimeZoneName = Annotated[str, ZoneName()]


def is_time_zone(name: str) -> bool:
    """Whether it is an IANA name. Other entries (`posix/`, `right/`, or a machine's own) differ between machines."""
    return _names().get(name.casefold()) == name


@cache
def _names() -> dict[str, str]:
    """By their names without case. Finding them takes several milliseconds, since it walks through folders."""
    return {name.casefold(): name for name in available_timezones()}
