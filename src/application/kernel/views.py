"""Read models of what the domain has: fields with the same name have the same value."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar, cast

V = TypeVar("V")


def view_of(kind: type[V], source: object, **others: Any) -> V:
    """A view, a dataclass, of the source: each field is the attribute with its name, unless it is among the others.

    Raises AttributeError if the source lacks one.
    """
    names = [field.name for field in fields(cast(Any, kind))]
    return kind(**{name: getattr(source, name) for name in names if name not in others}, **others)
