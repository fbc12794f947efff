"""What the lines of a roster do to the histories of people: whom each is about, when, and with which result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from domain.people.facts import Origin
from domain.people.histories import History
from domain.people.positions import Work
from domain.people.roster import FieldChange, LineProblem, RosterEntry
from domain.people.roster_positions import SecondaryLine

WORK = ("department", "job_title", "location")


@dataclass(frozen=True, slots=True)
class DatedLine:
    """A line that adds to a history, and whom it is about: somebody new if `is_new`, else the user with this id.

    `is_active` and `shown` are what the user shows, which the history may contradict on the day on which something
    planned begins. `secondary` are the further lines about the person; None if the file does not say which positions
    people have besides the primary one.
    """

    entry: RosterEntry
    user_id: UUID
    is_new: bool = False
    is_active: bool = True
    shown: Work = field(default_factory=Work)
    is_administrator: bool = False
    is_privileged: bool = False
    secondary: tuple[SecondaryLine, ...] | None = None


@dataclass(frozen=True, slots=True)
class ImportDay:
    """When and for whom lines are imported. `own_id` is the person who imports, or for whom a service account does.

    `ends_positions` is whether positions end that the file does not list, which is not certain while some of its lines
    cannot be read.
    """

    today: date
    origin: Origin
    own_id: UUID | None = None
    is_person: bool = True
    ends_positions: bool = True


@dataclass(frozen=True, slots=True)
class DatedEffect:
    """What a line does to the history of its person: what becomes known, or why the line is refused.

    `secondary` is what the further lines about the person change, by their numbers. `ends` is whether somebody who is
    known and works here, now or later, is to leave, and `deactivates` whether somebody who is shown as active, or is
    new, does not work here today. `shows` is what the user shows from now on, of a line that says from which day.
    """

    line: int
    history: History
    changes: tuple[FieldChange, ...] = ()
    problem: LineProblem | None = None
    ends: bool = False
    deactivates: bool = False
    shows: Work | None = None
    secondary: Mapping[int, tuple[FieldChange, ...]] = field(default_factory=dict)

    @property
    def has_changes(self) -> bool:
        """Whether the history is not as it was."""
        return bool(self.changes or self.secondary)
