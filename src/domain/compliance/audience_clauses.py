"""What a rule about an audience is made of: clauses about one fact each, joined by `All`, `AnyOf` and `Not`.

There are two truth values. A clause about a missing fact does not hold, except `Absent`; so its `Not` holds. Texts
compare without case, accents, typography and space at the ends (`typography.folded`), numbers with numbers only, and
days with days only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from operator import ge, gt, le, lt
from typing import Any, TypeAlias
from uuid import UUID

from domain.compliance.audience_facts import Place, Subject
from domain.kernel.days import in_words
from domain.kernel.typography import folded

Value: TypeAlias = str | int | float | bool | date | UUID
Lookup: TypeAlias = Callable[[Subject], Any]
"""Finds what is known of a subject, None if it is missing."""
PathInDocument: TypeAlias = tuple[str | int, ...]
MOST_NAMED = 10
"""How many of the values that a rule asks for an explanation names."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class DecidingClause:
    """A clause that decides whether somebody is under a rule: its place in the document, and the fact in words."""

    path: PathInDocument
    words: str


class Order(StrEnum):
    """How a number or a day compares with the one that the rule names."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"

    def holds(self, found: Any, value: Any) -> bool:
        """Whether it is so of these two of one kind."""
        holds: bool = _COMPARE[self](found, value)
        return holds


_COMPARE: dict[Order, Callable[[Any, Any], Any]] = {
    Order.AT_LEAST: ge,
    Order.AT_MOST: le,
    Order.MORE_THAN: gt,
    Order.LESS_THAN: lt,
}


@dataclass(frozen=True, slots=True)
class Is:
    """The fact is one of these values."""

    subject: Subject
    values: tuple[Value, ...]
    # Compared too: 1 and true are equal values, and different keys.
    keys: frozenset[tuple[str, Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", frozenset(filter(None, map(key_of, self.values))))

    def holds(self, lookup: Lookup) -> bool:
        """Whether it is so."""
        return key_of(lookup(self.subject)) in self.keys

    def explained(self, lookup: Lookup, path: PathInDocument) -> tuple[DecidingClause, ...]:
        """The clauses that decide, as few as possible."""
        words = _found(self.subject, lookup)
        if not self.holds(lookup) and not _is_missing(self, lookup):
            words = f"{words}, not {self._wanted}"
        return (DecidingClause(path, words),)

    @property
    def _wanted(self) -> str:
        named = [_in_words(each) for each in self.values[:MOST_NAMED]]
        if len(self.values) > MOST_NAMED:
            named.append(f"one of {len(self.values) - MOST_NAMED} others")
        return " or ".join(named)


@dataclass(frozen=True, slots=True)
class Compares:
    """The fact is a number or a day, and at least, at most, more than or less than this one."""

    subject: Subject
    order: Order
    value: int | float | date

    def holds(self, lookup: Lookup) -> bool:
        """Whether it is so."""
        found = lookup(self.subject)
        found = as_day(found) if isinstance(self.value, date) else as_number(found)
        return found is not None and self.order.holds(found, self.value)

    def explained(self, lookup: Lookup, path: PathInDocument) -> tuple[DecidingClause, ...]:
        """The clauses that decide, as few as possible."""
        words, wanted = _found(self.subject, lookup), f"{self.order.replace('_', ' ')} {_in_words(self.value)}"
        if self.holds(lookup):
            words = f"{words}, which is {wanted}"
        elif not _is_missing(self, lookup):
            words = f"{words}, not {wanted}"
        return (DecidingClause(path, words),)


@dataclass(frozen=True, slots=True)
class Absent:
    """The fact is missing."""

    subject: Subject

    def holds(self, lookup: Lookup) -> bool:
        """Whether it is so."""
        return lookup(self.subject) is None

    def explained(self, lookup: Lookup, path: PathInDocument) -> tuple[DecidingClause, ...]:
        """The clauses that decide, as few as possible."""
        return (DecidingClause(path, _found(self.subject, lookup)),)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Rule

    def holds(self, lookup: Lookup) -> bool:
        """Whether it is so."""
        return not self.part.holds(lookup)

    def explained(self, lookup: Lookup, path: PathInDocument) -> tuple[DecidingClause, ...]:
        """The clauses that decide, as few as possible."""
        return self.part.explained(lookup, (*path, "not"))


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without any part, everybody is meant."""

    parts: tuple[Rule, ...]

    def holds(self, lookup: Lookup) -> bool:
        """Whether it is so."""
        return all(part.holds(lookup) for part in self.parts)

    def explained(self, lookup: Lookup, path: PathInDocument) -> tuple[DecidingClause, ...]:
        """The clauses that decide, as few as possible."""
        return _deciding(self.parts, lookup, (*path, "all"), all_hold=True)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Rule, ...]

    def holds(self, lookup: Lookup) -> bool:
        """Whether it is so."""
        return any(part.holds(lookup) for part in self.parts)

    def explained(self, lookup: Lookup, path: PathInDocument) -> tuple[DecidingClause, ...]:
        """The clauses that decide, as few as possible."""
        return _deciding(self.parts, lookup, (*path, "any"), all_hold=False)


Clause: TypeAlias = Is | Compares | Absent
"""About one fact."""
Rule: TypeAlias = Clause | Not | All | AnyOf


def key_of(value: Any) -> tuple[str, Any] | None:
    """What makes values equal; None for a missing value, and for one that equals nothing."""
    match value:
        case bool():
            return "truth", value
        case int() | float():
            return "number", value
        case str():
            return "text", folded(value)
        case date():
            return "day", value
        case UUID():
            return "location", value
        case Place():
            return "location", value.id
    return None


def as_number(value: Any) -> int | float | None:
    """The number; None for anything else, also for a text of digits."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def as_day(value: Any) -> date | None:
    """The day, also of a text such as `2026-03-31`, since metadata know no days; None for anything else."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, date) else None


def _deciding(
    parts: Sequence[Rule], lookup: Lookup, path: PathInDocument, *, all_hold: bool
) -> tuple[DecidingClause, ...]:
    """All parts decide if each of them is needed; otherwise one is enough, that with the fewest clauses."""
    explained = [(part.holds(lookup), part.explained(lookup, (*path, place))) for place, part in enumerate(parts)]
    enough = [clauses for holds, clauses in explained if holds is not all_hold]
    return min(enough, key=len) if enough else _each_once(each for _, clauses in explained for each in clauses)


def _each_once(clauses: Iterable[DecidingClause]) -> tuple[DecidingClause, ...]:
    found: dict[str, DecidingClause] = {}
    for each in clauses:
        found.setdefault(each.words, each)
    return tuple(found.values())


def _is_missing(clause: Clause, lookup: Lookup) -> bool:
    return lookup(clause.subject) is None


def _found(subject: Subject, lookup: Lookup) -> str:
    found = lookup(subject)
    return f"the {subject.label} is {'not known' if found is None else _in_words(found)}"


def _in_words(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return in_words(value)
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
    return str(value)
