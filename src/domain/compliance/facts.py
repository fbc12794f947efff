"""What the engine is given about one person: days, and ids of what other contexts keep. Days are those of the place.

All of it is as far as it was known at some moment. Which moment that is, the caller has chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from domain.compliance.evidence_fields import NOTHING, EvidenceField
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.requirement import RequirementVersion
from domain.kernel.days import days_later
from domain.kernel.errors import InvalidValue


class Cause(NamedTuple):
    """Why somebody is under a rule: the position that brings the person under it, and the clause of the audience."""

    clause: str = ""
    position_id: UUID | None = None


NO_CAUSE = Cause()


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included; `until` is None while no end is known."""

    from_day: date
    until: date | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.until < self.from_day:
            raise InvalidValue(f"must not be before the first day, {self.from_day}", "until")

    def covers(self, day: date) -> bool:
        """Whether the day is one of these."""
        return self.from_day <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class UnderRule(Span):
    """Days on which the person is under the rule. `known_on` is the day on which it became known, None if at once."""

    cause: Cause = NO_CAUSE
    known_on: date | None = None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What due days of a person are counted from.

    `hires` are the days of hire and of each rehire, `leaves` those of leaves with their last day, `positions` the first
    day of each position. `tasks` tell when the person first does a task, `dates` are other dates by name.
    """

    under_rule: tuple[UnderRule, ...] = ()
    hires: tuple[date, ...] = ()
    leaves: tuple[Span, ...] = ()
    positions: tuple[tuple[UUID, date], ...] = ()
    signed_in_on: date | None = None
    dates: tuple[tuple[str, date], ...] = ()
    tasks: tuple[tuple[str, date], ...] = ()

    def hired_on(self, day: date) -> date | None:
        """The last hire by this day, or the first one after it for somebody who has yet to begin."""
        by_then = [each for each in self.hires if each <= day]
        return max(by_then) if by_then else min(self.hires, default=None)

    def date_of(self, name: str) -> date | None:
        """The date of this name; of several, such as expiries of a license that was renewed, the last."""
        return max((day for each, day in self.dates if each == name), default=None)

    def first_day_of_task(self, task: str) -> date | None:
        """The day on which the person first does the task."""
        return min((day for each, day in self.tasks if each == task), default=None)

    def first_day_in(self, position_id: UUID) -> date | None:
        """The first day of the position."""
        return min((day for each, day in self.positions if each == position_id), default=None)

    def by(self, day: date) -> PersonFacts:
        """The same without a first sign-in that comes later. Other days may be planned, and count ahead of time."""
        later = self.signed_in_on is not None and self.signed_in_on > day
        return replace(self, signed_in_on=None) if later else self


@dataclass(frozen=True, slots=True)
class Proof:
    """A record of training, or a verified credential, with what rules ask of it.

    Hours are of the first of its `categories` that a rule names. `version_number` is the version of the module that was
    taught, `printed_until` the expiry that the document shows. Void ones and those of revoked certificates count for
    nothing. `lacks` are the fields that citations may ask for and that it does not have.
    """

    id: UUID
    day: date
    module_id: UUID | None = None
    version_number: int | None = None
    credential: str | None = None
    hours: Decimal | None = None
    categories: tuple[str, ...] = ()
    live: bool = False
    printed_until: date | None = None
    voided: bool = False
    lacks: frozenset[EvidenceField] = NOTHING

    def has(self, fields: Iterable[str]) -> bool:
        """Whether it has all of these fields, or none of them is one that can be checked."""
        return self.lacks.isdisjoint(fields)


class Reopens(StrEnum):
    """For whom a material version of a module opens the requirement again."""

    EVERYONE = "everyone"
    NEW_PEOPLE = "new_people"
    """Training with an older version is no credit for people who come under the rule from that day on."""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class MaterialVersion:
    """A version of a module that changes what people must know, published on this day.

    Where it reopens for everyone, training with an older version is valid until `due_on` at most.
    """

    module_id: UUID
    number: int
    published_on: date
    reopens: Reopens
    due_on: date

    def __post_init__(self) -> None:
        if self.due_on < self.published_on:
            raise InvalidValue(f"must not be before {self.published_on}, when the version is published", "due_on")

    def outdates(self, proof: Proof) -> bool:
        """Whether the training was with an older version: by its number, or by its day where no number is known."""
        if proof.module_id != self.module_id:
            return False
        if proof.version_number is not None:
            return proof.version_number < self.number
        return proof.day < self.published_on


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedRelief(Span):
    """Relief that somebody has approved, from its first day to its last; None if it is without an end."""

    id: UUID
    kind: ReliefKind


def in_order(reliefs: Iterable[GrantedRelief]) -> list[GrantedRelief]:
    """From the first to the last."""
    return sorted(reliefs, key=lambda each: (each.from_day, each.until or date.max, each.kind, each.id))


@dataclass(frozen=True, slots=True)
class Case:
    """A requirement and a person: everything from which the cycles follow.

    `versions` are the approved ones, `retired_on` is the first day on which the requirement is not in effect any more.
    """

    versions: tuple[RequirementVersion, ...]
    person: PersonFacts
    proofs: tuple[Proof, ...] = ()
    reliefs: tuple[GrantedRelief, ...] = ()
    material_versions: tuple[MaterialVersion, ...] = ()
    retired_on: date | None = None


@dataclass(frozen=True, slots=True)
class TimeUnderRule(Span):
    """Days without a gap on which the person is under the rule. Causes may overlap or follow each other."""

    causes: tuple[UnderRule, ...] = ()

    def cause_on(self, day: date) -> UnderRule:
        """What brings the person under the rule on this day; the cause that holds longest comes first."""
        return next((each for each in self.causes if each.covers(day)), self.causes[0])


def times_under_rule(under_rule: Iterable[UnderRule], first_day: date, last_day: date | None) -> list[TimeUnderRule]:
    """The intervals between these days, joined where they overlap or follow each other, from first to last."""
    joined: list[TimeUnderRule] = []
    for each in sorted(under_rule, key=_order):
        from_day = max(each.from_day, first_day)
        until = min((day for day in (each.until, last_day) if day is not None), default=None)
        if until is not None and until < from_day:
            continue
        last = joined[-1] if joined else None
        if last is not None and (last.until is None or from_day <= days_later(last.until, 1)):
            longest = None if last.until is None or until is None else max(last.until, until)
            joined[-1] = TimeUnderRule(last.from_day, longest, (*last.causes, each))
        else:
            joined.append(TimeUnderRule(from_day, until, (each,)))
    return joined


def _order(each: UnderRule) -> tuple[object, ...]:
    position = each.cause.position_id
    return (
        *(each.from_day, -(each.until or date.max).toordinal(), each.cause.clause),
        *("" if position is None else str(position), each.known_on or date.min),
    )
