"""Dictionaries of limited size."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def remember(found: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    """Store the value as the newest one. If there are now more than `most`, the oldest one is dropped."""
    found[key] = value
    found.move_to_end(key)
    if len(found) > most:
        found.popitem(last=False)
