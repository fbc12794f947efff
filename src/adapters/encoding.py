"""JSON on its way out."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar, cast, overload

import msgspec

T = TypeVar("T")


class EncodedItems(Sequence[T]):
    """Items of a list as the JSON in which they are sent. Reading an item makes a new one from it.

    So they take no more room than their JSON, and nobody can change what others are shown.
    """

    __slots__ = ("_kind", "json", "size")

    def __init__(self, items: Sequence[T], kind: type[T]) -> None:
        """`size` is in bytes."""
        encoded = to_json(items)
        self.json = msgspec.Raw(encoded)
        self.size = len(encoded)
        self._kind = kind

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        return self._made()[index]

    def __len__(self) -> int:
        return len(self._made())

    def __iter__(self) -> Iterator[T]:
        return iter(self._made())

    def __eq__(self, other: object) -> bool:
        return self._made() == (list(other) if isinstance(other, EncodedItems) else other)

    def _made(self) -> list[T]:
        return _decoder(cast(Hashable, self._kind)).decode(self.json)


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[list[Any]]:
    return msgspec.json.Decoder(list[kind])


def _unopened(value: object) -> msgspec.Raw:
    if isinstance(value, EncodedItems):
        return value.json
    raise TypeError(f"no JSON for {type(value).__name__}")


to_json = msgspec.json.Encoder(enc_hook=_unopened).encode
"""The JSON of read models and plain data."""
