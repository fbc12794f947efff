"""Encoding answers as JSON."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any, TypeVar, cast, overload

import msgspec

T = TypeVar("T")


class EncodedItems(Sequence[T]):
    """The items of a list as encoded JSON. Reading an item decodes it into a new object."""

    __slots__ = ("_encoded", "_kind")

    def __init__(self, encoded: Sequence[bytes], kind: type[T]) -> None:
        """`encoded` is the JSON of each item."""
        self._encoded = encoded
        self._kind = kind

    @property
    def json(self) -> msgspec.Raw:
        """A JSON array."""
        return msgspec.Raw(b"[%b]" % b",".join(self._encoded))

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        decode = _decoder(cast(Hashable, self._kind)).decode
        if isinstance(index, slice):
            return [decode(item) for item in self._encoded[index]]
        return cast(T, decode(self._encoded[index]))

    def __len__(self) -> int:
        return len(self._encoded)

    def __eq__(self, other: object) -> bool:
        return list(self) == (list(other) if isinstance(other, EncodedItems) else other)


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def _unopened(value: object) -> msgspec.Raw:
    if isinstance(value, EncodedItems):
        return value.json
    raise TypeError(f"no JSON for {type(value).__name__}")


to_json = msgspec.json.Encoder(enc_hook=_unopened, decimal_format="number").encode
"""The JSON of read models and plain data."""
