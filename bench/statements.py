"""The statements that ours sends for each kind of read, as the floor takes them over."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

ASKED = object()
"""Stands for the id in the path among the arguments."""


class Ask(msgspec.Struct, frozen=True):
    """A request to be watched. `asked` is the id in its path, if there is one."""

    path: str
    authorization: str
    asked: UUID | None = None


class Statement(msgspec.Struct, frozen=True):
    """A statement's text, and its arguments with their kinds."""

    text: str
    arguments: list[tuple[str, Any]]

    @classmethod
    def of(cls, text: str, arguments: tuple[Any, ...], asked: UUID | None) -> Statement:
        return cls(text, [_told(each, asked) for each in arguments])

    def values(self) -> list[Any]:
        """The arguments, with ASKED in place of the id that was asked for."""
        return [_value(kind, told) for kind, told in self.arguments]


class Statements(msgspec.Struct, frozen=True):
    """One for a module, one for a user's enrollments, and one for each page, by its query string."""

    module: Statement
    enrollments: Statement
    pages: dict[str, Statement]


def _told(value: Any, asked: UUID | None) -> tuple[str, Any]:
    if isinstance(value, (list, tuple)):
        return "list", [_told(each, asked) for each in value]
    if asked is not None and str(value) == str(asked):
        return "asked", None
    return type(value).__name__, value


def _value(kind: str, told: Any) -> Any:
    match kind:
        case "asked":
            return ASKED
        case "list":
            return [_value(*each) for each in told]
        case "UUID":
            return UUID(told)
        case "datetime":
            return datetime.fromisoformat(told)
        case "date":
            return date.fromisoformat(told)
    return told
