"""How much JSON an operation accepts: as much as its largest valid message."""

from __future__ import annotations

import types
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from inspect import isclass
from math import inf
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from application.kernel.messages import Message, Unset
from domain.kernel.values import Items, Takes, Text, Written
from entrypoints.http.kit.strict_json import MAX_VALUES

MAX_BODY = 2**20
"""Bytes of any JSON body."""
MIN_BODY = 16 * 1024
"""Bytes that every operation accepts, so that a mistake is reported as such and not as too large."""
AROUND = 32
"""Bytes around each value: punctuation and white space."""
A_CHARACTER = 12
"""Bytes of one character, written as two escapes."""
A_SCALAR = 40
"""Bytes of a number, a date, an id, or a keyword."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The bytes of a body, and the values in it."""

    bytes: int
    values: int


@dataclass(frozen=True, slots=True)
class _Size:
    bytes: float
    values: float

    def __add__(self, other: _Size) -> _Size:
        return _Size(self.bytes + other.bytes, self.values + other.values)

    def times(self, count: int) -> _Size:
        return _Size(self.bytes * count + A_SCALAR, self.values * count + 1)


_ENDLESS = _Size(inf, inf)


def budget_of(message: type[Message[Any]], names: frozenset[str]) -> Budget:
    """The largest body with these fields of the message."""
    hints = get_type_hints(message, include_extras=True)
    size = sum((_named(name, hints[name]) for name in sorted(names)), _Size(A_SCALAR, 1))
    return Budget(int(min(max(size.bytes, MIN_BODY), MAX_BODY)), int(min(max(size.values, 100), MAX_VALUES)))


def _named(name: str, hint: Any) -> _Size:
    return _size(hint) + _Size(A_CHARACTER * len(name) + AROUND, 0)


def _size(hint: Any) -> _Size:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _marked(arguments[0], hint.__metadata__)
    if origin in (Union, types.UnionType):
        sizes = [_size(member) for member in arguments if member is not Unset]
        return _Size(max(size.bytes for size in sizes), max(size.values for size in sizes))
    if origin is Literal:
        return _Size(max(_text(len(str(word))) for word in arguments), 1)
    if isclass(hint) and issubclass(hint, Enum):
        return _Size(max(_text(len(str(member.value))) for member in hint), 1)
    if hint in (bool, int, float, Decimal, UUID, date, datetime, types.NoneType):
        return _Size(A_SCALAR + AROUND, 1)
    return _whole(cast(Hashable, hint)) if is_dataclass(hint) else _ENDLESS


@cache
def _whole(cls: Any) -> _Size:
    hints = get_type_hints(cls, include_extras=True)
    names = [each.name for each in fields(cast(Any, cls))]
    return sum((_named(name, hints[name]) for name in names), _Size(AROUND, 1))


def _marked(hint: Any, marks: tuple[Any, ...]) -> _Size:
    for mark in marks:
        match mark:
            case Takes():
                return _Size(_text(mark.characters) + mark.values * (A_SCALAR + AROUND), mark.values)
            case Text():
                return _Size(_text(mark.max), 1)
            case Written():
                return _ENDLESS
            case Items():
                return _item(hint).times(mark.max)
    return _size(hint)


def _item(hint: Any) -> _Size:
    """One item of a collection."""
    arguments = get_args(hint)
    if get_origin(hint) in (dict, Mapping):
        key, value = _size(arguments[0]), _size(arguments[1])
        return _Size(key.bytes + value.bytes, value.values)
    return _size(arguments[0]) if arguments else _ENDLESS


def _text(characters: int) -> int:
    return A_CHARACTER * characters + AROUND
