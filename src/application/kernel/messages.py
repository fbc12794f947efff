"""Messages: commands change something, queries do not."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar, Generic, TypeVar, cast, get_args, get_type_hints
from uuid import UUID

from domain.kernel.values import Between, Text, normalize

R = TypeVar("R")
T = TypeVar("T")


class Message(Generic[R]):
    """A frozen dataclass that one handler answers with an R.

    A field named `expected_versions` holds the versions of the If-Match header, one of type `Cursor` the place in a
    list. Neither is ever read from a body. Texts are put in their normal form.
    """

    def __post_init__(self) -> None:
        normalize(self)
        self.require_sense()

    def require_sense(self) -> None:
        """For messages whose fields depend on each other. Raises InvalidValue."""


class Command(Message[R]):
    """Asks for a change."""


class Query(Message[R]):
    """Asks for information.

    `ordered_by` names the order of a list that has only one and is not sorted by time; its cursors name it too.
    """

    ordered_by: ClassVar[str | None] = None


def types_of(message: type[Message[Any]]) -> Mapping[str, Any]:
    """The types of the message's fields by their names."""
    return _hints(cast(Hashable, message))


def ordered_by(message: type[Message[Any]]) -> str | None:
    """The order that cursors of the list name; None for other messages, and for lists that are sorted by time or at
    will.
    """
    return message.ordered_by if issubclass(message, Query) else None


def result_of(message: type[Message[Any]]) -> Any:
    """The type of the answer to such messages."""
    (base,) = message.__orig_bases__  # type: ignore[attr-defined]  # typing sets it on each subclass of a generic
    return get_args(base)[0]


@cache
def _hints(cls: Any) -> Mapping[str, Any]:
    return get_type_hints(cls)


def operation_of(message: type[Message[Any]]) -> str:
    """The message's name as the API's documentation and the audit ledger show it, such as `enroll_user`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", message.__name__).lower()


class Unset(Enum):
    """The type of UNSET, which differs from None: None is a value that can be set."""

    UNSET = "unset"


UNSET = Unset.UNSET
"""Stands for a field that a partial change does not mention."""


def given(value: T | Unset, present: T) -> T:
    """The value that was given, or else the present one."""
    return present if isinstance(value, Unset) else value


def changed_by(command: Any, present: object) -> dict[str, Any]:
    """All fields that the partial change may give, by name: the given values, and the present ones of the others."""
    optional = (field.name for field in fields(command) if field.default is UNSET)
    return {name: given(getattr(command, name), getattr(present, name)) for name in optional}


PageSize = Annotated[int, Between(1, 200)]
SortKey = Annotated[str, Text(1_000, min=0, form="as_typed")]
SortName = Annotated[str, Text(40)]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: the last item seen, by what the list is sorted by and by id.

    `sort` names the order; None is the list's own, which for most lists is from newest to oldest.
    """

    at: datetime | SortKey
    id: UUID
    sort: SortName | None = None


@dataclass(slots=True)
class Page(Generic[T]):
    """Some items of a list, and where the next ones begin; `next` is None at the end.

    `total` is the number of items in all pages, where it was asked for.
    """

    items: Sequence[T]
    next: Cursor | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class RawJson:
    """Marks a field that passes a stored document on unopened, and says what the document is."""

    document: Any


@dataclass(frozen=True, slots=True)
class ShownOnce:
    """Marks a field of an answer that is shown once: in the answer kept for repeated requests it is None."""


def shown_once(result: Any) -> list[str]:
    """The fields of such an answer that are shown once."""
    if not is_dataclass(result):
        return []
    hints = get_type_hints(result, include_extras=True)
    return [
        name for name, hint in hints.items() if any(isinstance(m, ShownOnce) for m in getattr(hint, "__metadata__", ()))
    ]
