"""Tables of objects in memory: the committed rows, and the draft of a unit of work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from heapq import nlargest, nsmallest
from types import NoneType
from typing import Any, Generic, Protocol, TypeVar, cast
from uuid import UUID

from application.kernel.lists import Sort
from application.kernel.messages import Cursor, Page
from domain.kernel.errors import Conflict

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
T = TypeVar("T")

Place = tuple[datetime | str, UUID]
"""What a row is sorted by: a time or a text, and its id."""


@dataclass(frozen=True, slots=True)
class Unique(Generic[V]):
    """No two rows have the same value, except None; otherwise `violation` is raised."""

    value: Callable[[V], Hashable]
    violation: Callable[[], Conflict]


class MemoryTable(Generic[K, V]):
    """A table as declared beside its adapters: its name, the types of its keys and rows, and its unique values."""

    def __init__(self, name: str, *uniques: Unique[V]) -> None:
        self.name = name
        self.uniques = uniques


K_contra = TypeVar("K_contra", bound=Hashable, contravariant=True)
V_co = TypeVar("V_co", covariant=True)


class Rows(Protocol[K_contra, V_co]):
    """Rows for reading only: those committed, or those that a unit of work sees."""

    def peek(self, key: K_contra) -> V_co | None:
        """The row, for reading only."""

    def rows(self) -> Iterator[V_co]:
        """Every row, for reading only."""


class Tables(Protocol):
    """Gives the rows of each table: `MemoryStore.table`, or `MemoryUnit.draft`."""

    def __call__(self, declared: MemoryTable[K, V], /) -> Rows[K, V]: ...


class Table(Generic[K, V]):
    """The committed rows by key. Readers read them and show copies; only a draft changes them."""

    def __init__(self, declared: MemoryTable[K, V]) -> None:
        self.by_key: dict[K, V] = {}
        self._declared = declared
        self._taken: list[tuple[Unique[V], dict[Hashable, K]]] = [(unique, {}) for unique in declared.uniques]
        """By which row each unique value is taken."""

    def peek(self, key: K) -> V | None:
        """The row, for reading only."""
        return self.by_key.get(key)

    def rows(self) -> Iterator[V]:
        """Every row, for reading only."""
        return iter(self.by_key.values())

    def key_of(self, unique: Unique[V], value: Hashable) -> K | None:
        """The key of the row with this unique value."""
        return next(taken for declared, taken in self._taken if declared is unique).get(value)

    def holder(self, unique: Unique[V], value: Hashable) -> V | None:
        """The row with this unique value, for reading only."""
        key = self.key_of(unique, value)
        return None if key is None else self.by_key.get(key)

    def check(self, own: Mapping[K, V], removed: Collection[K]) -> None:
        """Raises the violation of the first unique value that would be there twice with these rows in place."""
        for unique, taken in self._taken:
            values = [value for row in own.values() if (value := unique.value(row)) is not None]
            owners = {taken[value] for value in values if value in taken}
            others = owners & self.by_key.keys() - own.keys() - {*removed}
            if len({*values}) < len(values) or others:
                raise unique.violation()

    def replace(self, own: Mapping[K, V], removed: Collection[K]) -> None:
        """Put these rows in place, and remove those."""
        for unique, taken in self._taken:
            for key in (*own, *removed):
                if key in self.by_key and taken.get(value := unique.value(self.by_key[key])) == key:
                    del taken[value]
            taken.update({value: key for key, row in own.items() if (value := unique.value(row)) is not None})
        for key in removed:
            self.by_key.pop(key, None)
        self.by_key.update(own)

    def saved(self) -> Table[K, V]:
        """Another table with the same rows: committed rows are replaced, never changed."""
        saved = Table[K, V](self._declared)
        saved.restore(self)
        return saved

    def restore(self, saved: Table[K, V]) -> None:
        """Have the rows of the saved table."""
        self.by_key = {**saved.by_key}
        self._taken = [(unique, {**taken}) for unique, taken in saved._taken]


class Draft(Generic[K, V]):
    """A table as one unit of work sees it, with its own changes, which are written to the table at `commit`.

    The rows that the unit loads or adds are appended to `touched`.
    """

    def __init__(self, table: Table[K, V], touched: list[object]) -> None:
        self._table = table
        self._own: dict[K, V] = {}
        self._removed: set[K] = set()
        self._touched = touched

    def __contains__(self, key: K) -> bool:
        return self.peek(key) is not None

    def peek(self, key: K) -> V | None:
        """The row, for reading only."""
        if key in self._removed:
            return None
        return self._own.get(key, self._table.peek(key))

    def rows(self) -> Iterator[V]:
        """Every row, for reading only."""
        for key, row in self._table.by_key.items():
            if key not in self._own and key not in self._removed:
                yield row
        yield from self._own.values()

    def keys_where(self, condition: Callable[[K], bool]) -> list[K]:
        """The keys of the rows for whose key the condition is true."""
        return [key for key in {**self._table.by_key, **self._own} if key not in self._removed and condition(key)]

    def count(self) -> int:
        """How many rows there are, for tables whose rows are never removed."""
        by_key = self._table.by_key
        return len(by_key) + sum(key not in by_key for key in self._own)

    def load(self, key: K) -> V | None:
        """The unit's own copy of the row, saved at commit; the same object each time."""
        if key not in self._own and (row := self.peek(key)) is not None:
            self.put(key, copied(row))
        return self._own.get(key)

    def load_by(self, unique: Unique[V], value: Hashable) -> V | None:
        """Like `load`, the row with this unique value."""
        for row in self._own.values():
            if unique.value(row) == value:
                return row
        key = self._table.key_of(unique, value)
        return None if key is None or key in self._own else self.load(key)

    def put(self, key: K, row: V) -> None:
        """Add the row to the unit; its state at commit is saved."""
        self._removed.discard(key)
        self._own[key] = row
        self._touched.append(row)

    def remove(self, key: K) -> None:
        self._own.pop(key, None)
        self._removed.add(key)

    def check(self) -> None:
        """Raises the violation of the first duplicate of a unique value."""
        self._table.check(self._own, self._removed)

    def commit(self) -> None:
        """Write copies to the table, so that code that still holds an object cannot change the committed row."""
        self._table.replace({key: copied(row) for key, row in self._own.items()}, self._removed)


UNCHANGEABLE = (str, int, float, bytes, frozenset, date, timedelta, UUID, Enum, NoneType)


def copied(row: V) -> V:
    """A copy of the row with all its parts; values that nobody can change are in both.

    `deepcopy` would copy those too, which took most of the time of a unit of work.
    """
    return cast(V, _copied(row))


def _copied(value: Any) -> Any:
    if isinstance(value, UNCHANGEABLE) or _is_frozen(value):
        return value
    if type(value) is list:
        return [_copied(each) for each in value]
    if type(value) is tuple:
        return tuple(map(_copied, value))
    if type(value) is dict:
        return {key: _copied(each) for key, each in value.items()}
    if not hasattr(value, "__dict__"):
        return deepcopy(value)
    copy = object.__new__(type(value))
    vars(copy).update({name: _copied(each) for name, each in vars(value).items()})
    return copy


def _is_frozen(value: Any) -> bool:
    parameters = getattr(value, "__dataclass_params__", None)
    return parameters is not None and bool(parameters.frozen)


def newest_first(
    rows: Iterable[V],
    place: Callable[[V], Place],
    show: Callable[[V], T],
    *,
    after: Cursor | None,
    limit: int,
) -> Page[T]:
    """The page of `rows` after the cursor; `place` returns the position of a row in the list."""
    return _page(rows, place, show, after, limit)


def oldest_first(
    rows: Iterable[V],
    place: Callable[[V], Place],
    show: Callable[[V], T],
    *,
    after: Cursor | None,
    limit: int,
) -> Page[T]:
    """The same of a list that begins with the oldest row, such as one that is worked off."""
    return _page(rows, place, show, after, limit, descending=False)


def in_order(
    rows: Iterable[V],
    place: Callable[[V], Place],
    show: Callable[[V], T],
    *,
    after: Cursor | None,
    limit: int,
    sort: Sort | str,
    total: bool,
) -> Page[T]:
    """The page of `rows` after the cursor, sorted so by their places; with `total` the number of all rows too.

    `sort` is one of the orders of a list, or the name of the only one, which is ascending.
    """
    every = list(rows)
    descending, name = (sort.descending, sort.name_in_cursors) if isinstance(sort, Sort) else (False, sort)
    page = _page(every, place, show, after, limit, descending=descending, sort=name)
    return replace(page, total=len(every)) if total else page


def _page(
    rows: Iterable[V],
    place: Callable[[V], Place],
    show: Callable[[V], T],
    after: Cursor | None,
    limit: int,
    *,
    descending: bool = True,
    sort: str | None = None,
) -> Page[T]:
    rest = rows if after is None else (row for row in rows if _is_after(place(row), after, descending))
    found = (nlargest if descending else nsmallest)(limit + 1, rest, key=place)
    shown = found[:limit]
    return Page([show(row) for row in shown], Cursor(*place(shown[-1]), sort) if len(found) > limit else None)


def _is_after(place: tuple[Any, UUID], cursor: Cursor, descending: bool) -> bool:
    here = (cursor.at, cursor.id)
    return place < here if descending else place > here
