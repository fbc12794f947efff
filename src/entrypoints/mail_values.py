"""How the settings of e-mail are read and checked. They are kept as they are written."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time
from typing import Annotated

from pydantic import AfterValidator

MOST_DAYS = 366
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def numbers(text: str) -> tuple[int, ...]:
    """Numbers of days, joined by commas. Raises ValueError."""
    found = _words(text)
    if not all(re.fullmatch("[0-9]{1,3}", each) and 1 <= int(each) <= MOST_DAYS for each in found):
        raise ValueError(f"it must be whole numbers of days from 1 to {MOST_DAYS}, joined by commas, such as 30,7,1")
    return tuple(map(int, found))


def weekday(name: str) -> int:
    """The number of the weekday, 0 for Monday. Raises ValueError."""
    if name.strip().lower() not in WEEKDAYS:
        raise ValueError(f"{name!r} is not a weekday; write one such as monday")
    return WEEKDAYS.index(name.strip().lower())


def weekdays(names: str) -> frozenset[int]:
    """The numbers of weekdays whose names are joined by commas; `none` is none. Raises ValueError."""
    found = frozenset(weekday(each) for each in _words(names) if each.lower() != "none")
    if len(found) == len(WEEKDAYS):
        raise ValueError("not every day of the week can be without e-mail")
    return found


def hours(text: str) -> tuple[time, time]:
    """From when until when, such as `20:00-07:00`. Raises ValueError."""
    begin, _, end = (part.strip() for part in text.partition("-"))
    try:
        return time.fromisoformat(begin), time.fromisoformat(end)
    except ValueError:
        raise ValueError(f"{text!r} must be two times joined by a hyphen, such as 20:00-07:00") from None


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _checked(read: Callable[[str], object]) -> AfterValidator:
    def check(text: str) -> str:
        read(text)
        return text

    return AfterValidator(check)


DayCounts = Annotated[str, _checked(numbers)]
Weekday = Annotated[str, _checked(weekday)]
Weekdays = Annotated[str, _checked(weekdays)]
Hours = Annotated[str, _checked(hours)]
