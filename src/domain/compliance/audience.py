"""Audiences: whom a requirement concerns, as one frozen tree of clauses.

A rule is asked of one position at a time: `location is X` and `job code is Y` together mean somebody who is Y at X,
and not somebody who is Y elsewhere and something else at X. A person is under the rule by each position for which it
holds. Somebody without a position is asked once, with all facts about positions missing. Nobody is under any rule
before the first hire, or after leaving.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from domain.compliance.audience_clauses import (
    Absent,
    All,
    AnyOf,
    Clause,
    DecidingClause,
    Is,
    Lookup,
    Not,
    PathInDocument,
    Rule,
    Value,
    as_number,
)
from domain.compliance.audience_facts import Field, Kind, PersonOnDay, PositionOnDay, Subject
from domain.kernel.errors import InvalidValue

MOST_DEPTH = 8
MOST_CLAUSES = 200
MOST_VALUES = 200
TOO_DEEP = f"is deeper than {MOST_DEPTH} levels: combine levels, or make several rules"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a person is under a rule by one position (None: there is none), with the clauses that decide.

    No clause is needed where the rule concerns everybody.
    """

    position: PositionOnDay | None
    is_under: bool
    clauses: tuple[DecidingClause, ...]

    @property
    def position_id(self) -> UUID | None:
        """The position."""
        return None if self.position is None else self.position.position_id

    @property
    def words(self) -> str:
        """The clauses as one sentence, such as `The state is TX, and the job code is hygienist.`"""
        text = ", and ".join(each.words for each in self.clauses) or "the rule concerns everybody"
        return f"{text[0].upper()}{text[1:]}."


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a requirement concerns. Raises InvalidValue, with the path in the document, for a tree beyond its limits."""

    rule: Rule

    def __post_init__(self) -> None:
        _require_limits(self.rule)

    def covers(self, person: PersonOnDay, position: PositionOnDay | None) -> bool:
        """Whether the person is under the rule by this position; None for somebody who has none."""
        return person.works_here and self.rule.holds(_lookup(person, position))

    def positions_under(self, person: PersonOnDay) -> tuple[PositionOnDay | None, ...]:
        """The positions by which the person is under the rule, the primary one first; None stands for having none."""
        return tuple(each for each in person.held if self.covers(person, each))

    def verdicts(self, person: PersonOnDay) -> tuple[Verdict, ...]:
        """For each position why the person is under the rule, or why not. The same facts have the same answer."""
        return tuple(self.verdict(person, each) for each in person.held)

    def verdict(self, person: PersonOnDay, position: PositionOnDay | None) -> Verdict:
        """Why the person is under the rule by this position, or why not."""
        if person.is_yet_to_begin:
            return Verdict(position, False, (DecidingClause((), "the first day of work is yet to come"),))
        if not person.works_here:
            left = DecidingClause((), f"the {Field.EMPLOYMENT_STATE.label} is {person.employment}")
            return Verdict(position, False, (left,))
        lookup = _lookup(person, position)
        return Verdict(position, self.rule.holds(lookup), self.rule.explained(lookup, ()))

    @property
    def subjects(self) -> frozenset[Subject]:
        """The facts that the rule asks for."""
        return frozenset(each.subject for each in self._clauses)

    @property
    def day_counts(self) -> frozenset[tuple[Field, int | float]]:
        """The numbers of days since something that the rule names: on the day of such a number it can change."""
        found: set[tuple[Field, int | float]] = set()
        for each in self._clauses:
            if isinstance(each.subject, Field) and each.subject.kind is Kind.COUNT and not isinstance(each, Absent):
                values = each.values if isinstance(each, Is) else (each.value,)
                found |= {(each.subject, number) for value in values if (number := as_number(value)) is not None}
        return frozenset(found)

    @property
    def _clauses(self) -> list[Clause]:
        return [each for each, _, _ in _parts_of(self.rule) if not isinstance(each, (All, AnyOf, Not))]

    @property
    def values(self) -> Iterator[tuple[PathInDocument, Subject, Value]]:
        """The values that facts are to be one of, each with the place of its `is` in the document."""
        for part, path, _ in _parts_of(self.rule):
            if isinstance(part, Is):
                yield from (((*path, "is"), part.subject, value) for value in part.values)


def _lookup(person: PersonOnDay, position: PositionOnDay | None) -> Lookup:
    return lambda subject: person.fact(subject, position)


def _parts_of(rule: Rule, path: PathInDocument = (), depth: int = 1) -> Iterator[tuple[Rule, PathInDocument, int]]:
    """The rule and all its parts, each with its place in the document and its depth, from 1."""
    yield rule, path, depth
    match rule:
        case Not(part):
            yield from _parts_of(part, (*path, "not"), depth + 1)
        case All(parts) | AnyOf(parts):
            name = "all" if isinstance(rule, All) else "any"
            for place, part in enumerate(parts):
                yield from _parts_of(part, (*path, name, place), depth + 1)


def _require_limits(rule: Rule) -> None:
    """Raises InvalidValue for a tree that is too deep or too large."""
    for count, (part, path, depth) in enumerate(_parts_of(rule), start=1):
        if depth > MOST_DEPTH:
            raise InvalidValue(TOO_DEEP, *path)
        if count > MOST_CLAUSES:
            raise InvalidValue(
                f"has more than {MOST_CLAUSES} parts: give several values to one `is`, or make several rules"
            )
        if isinstance(part, Is) and not 1 <= len(part.values) <= MOST_VALUES:
            raise InvalidValue(f"must have 1 to {MOST_VALUES} values, and has {len(part.values)}", *path, "is")
