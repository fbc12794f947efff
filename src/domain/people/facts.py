"""Facts about people and locations that hold on some days, with what was known of them at some moment.

A fact is never changed: a new version of it supersedes it, with a reason. One that turns out to be wrong altogether is
superseded by a version that is withdrawn. So both questions can be answered: what was true on a day, and what was
known of that day at a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Generic, Protocol, Self, TypeVar
from uuid import UUID

from domain.kernel.errors import Conflict, InvalidValue
from domain.kernel.values import Text, enforce

Reason = Annotated[str, Text(500)]
NewId = Callable[[], UUID]


class FactSource(StrEnum):
    """Where a fact came from."""

    PERSON = "person"
    SERVICE_ACCOUNT = "service-account"
    ROSTER = "roster"
    SYSTEM = "system"
    """The command line, or the service on its own account."""
    MIGRATION = "migration"
    """What was known when histories began to be kept."""


class FactChanged(Conflict):
    """Somebody else has superseded the same version of the fact meanwhile."""

    slug = "fact-changed"
    title = "Corrected by somebody else"
    sentence = (
        "It was corrected or withdrawn by somebody else meanwhile. Read the history again, then repeat your change."
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """Who states something, where they have it from, and why they correct what was stated before."""

    source: FactSource
    recorded_by: UUID | None = None
    reason: Reason | None = None

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a fact.

    `supersedes` is the version that it replaces, `recorded_at` when it was recorded by the clock of the store, None
    until then.
    """

    id: UUID
    source: FactSource
    reason: Reason | None = None
    withdrawn: bool = False
    supersedes: UUID | None = None
    recorded_at: datetime | None = None
    recorded_by: UUID | None = None

    def superseded(self, id: UUID, origin: Origin, **changes: Any) -> Self:
        """The next version, with these changes."""
        return replace(
            self,
            id=id,
            supersedes=self.id,
            source=origin.source,
            reason=origin.reason,
            recorded_by=origin.recorded_by,
            recorded_at=None,
            **changes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Version):
    """One version of a fact about a person."""

    user_id: UUID


class Superseding(Protocol):
    """A version of a fact, whether an object or a row."""

    @property
    def id(self) -> UUID: ...
    @property
    def supersedes(self) -> UUID | None: ...
    @property
    def withdrawn(self) -> bool: ...


V = TypeVar("V", bound=Superseding)
F = TypeVar("F", bound=Version)


def in_force(versions: Iterable[V]) -> list[V]:
    """The versions that no other one supersedes and that are not withdrawn."""
    found = list(versions)
    superseded = {each.supersedes for each in found}
    return [each for each in found if each.id not in superseded and not each.withdrawn]


def known_at(versions: Iterable[F], moment: datetime) -> list[F]:
    """The versions that counted at this moment: recorded until then, and not superseded until then."""
    return in_force(each for each in versions if each.recorded_at is not None and each.recorded_at <= moment)


class Timeline(Generic[F]):
    """The facts of one kind about one subject that are in force; `written` are the versions added here, in order."""

    def __init__(self, facts: Iterable[F], new_id: NewId) -> None:
        self.facts = list(facts)
        self.written: list[F] = []
        self._new_id = new_id

    def write(self, fact: F) -> F:
        """Add a version, in place of the one that it supersedes. Raises InvalidValue."""
        enforce(fact)
        self.facts = [each for each in self.facts if each.id != fact.supersedes]
        if not fact.withdrawn:
            self.facts.append(fact)
        self.written.append(fact)
        return fact

    def supersede(self, fact: F, origin: Origin, **changes: Any) -> F:
        """Replace a fact by a version with these changes."""
        return self.write(fact.superseded(self._new_id(), origin, **changes))

    def withdraw(self, fact: F, origin: Origin) -> None:
        """It was not so."""
        self.supersede(fact, origin, withdrawn=True)


def day_before(day: date) -> date:
    """The day before; the first day of all for itself."""
    return day if day == date.min else day - timedelta(days=1)


def day_after(day: date) -> date:
    """The day after; the last day of all for itself."""
    return day if day == date.max else day + timedelta(days=1)


def require_order(first: date, last: date | None, field: str) -> None:
    """Raises InvalidValue if the last day is before the first."""
    if last is not None and last < first:
        raise InvalidValue(f"must not be before the first day, {first}", field)
