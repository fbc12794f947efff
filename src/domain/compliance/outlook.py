"""Cycles: each repetition of a requirement for a person, as the engine finds them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.compliance.due_days import DueBy, ListedException, ReliefSpan
from domain.compliance.facts import Cause, TimeUnderRule


@dataclass(frozen=True, slots=True)
class Cycle:
    """One repetition of a requirement for a person. Numbers count from 1.

    `due_on` is None while the day from which it is counted is not known. A cycle is met on `met_on`, by the proofs
    `met_by`, of which the last completed it, and valid until `valid_until` (None: without an end); the next one opens
    on `next_opens_on`. `valid_by_rule` and `valid_by_document` are what the rule's interval and the printed date alone
    say. A cycle that is not met is closed on the last day on which the person was under the rule. From `initial_from`
    on, the initial courses are needed (None: the renewal is enough). `unextended_on` is the due day without the
    extension that has moved it. `notice_days` and `blocks` are those of the rule's version.
    """

    number: int
    version: int
    opened_on: date
    due_on: date | None
    due_by: DueBy
    cause: Cause
    unextended_on: date | None = None
    initial_from: date | None = None
    met_on: date | None = None
    met_by: tuple[UUID, ...] = ()
    valid_until: date | None = None
    valid_by_rule: date | None = None
    valid_by_document: date | None = None
    next_opens_on: date | None = None
    closed_on: date | None = None
    reliefs: tuple[ReliefSpan, ...] = ()
    exceptions: tuple[ListedException, ...] = ()
    notice_days: int = 30
    blocks: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        return self.met_on is not None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be met."""
        return self.met_on is None and self.closed_on is None

    def asks_initial_on(self, day: date) -> bool:
        """Whether the initial courses are needed on this day."""
        return self.initial_from is not None and self.initial_from <= day

    def is_open_on(self, day: date) -> bool:
        """Whether it was still to be met on this day, that of closing included."""
        if self.met_on is not None:
            return day < self.met_on
        return self.closed_on is None or day <= self.closed_on

    def is_past(self, day: date) -> bool:
        """Whether nothing of it changes after this day."""
        if self.is_open or self.reliefs:
            return False
        ahead = (self.valid_until, self.next_opens_on, self.initial_from)
        return all(each is None or each < day for each in ahead)

    @property
    def is_late(self) -> bool:
        """Whether it was met after its due day."""
        return self.met_on is not None and self.due_on is not None and self.met_on > self.due_on


@dataclass(frozen=True, slots=True)
class Outlook:
    """What follows from the facts that had begun by `day`: the cycles from first to last, and what is exceptional.

    `times_under_rule` are the days on which the person is under the rule.
    """

    day: date
    cycles: tuple[Cycle, ...]
    times_under_rule: tuple[TimeUnderRule, ...]
    exceptions: tuple[ListedException, ...] = ()

    @property
    def current(self) -> Cycle | None:
        """The cycle that is open, or the last one."""
        return self.cycles[-1] if self.cycles else None

    @property
    def listed(self) -> tuple[ListedException, ...]:
        """What a person must look at now: the exceptions of the rule itself and of the cycle that is open."""
        own = self.current.exceptions if self.current is not None and self.current.is_open_on(self.day) else ()
        return (*self.exceptions, *own)

    def is_under(self, day: date) -> bool:
        """Whether the person is under the rule on this day."""
        return any(each.covers(day) for each in self.times_under_rule)
