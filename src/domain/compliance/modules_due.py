"""Modules that several requirements ask of a person: one enrollment serves all of them, by the earliest due day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from uuid import UUID

from domain.compliance.facts import Span
from domain.compliance.obligations import ObligationState
from domain.kernel.days import days_later


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedModule(Span):
    """On these days a module is asked for, and `due_on` is the earliest day on which it is due."""

    module_id: UUID
    due_on: date


def module_due_days(states: Iterable[ObligationState]) -> tuple[AskedModule, ...]:
    """The days on which the obligations of one person ask for modules, each with the earliest day on which one is due.

    What asks for a module without a due day says nothing here.
    """
    asking: dict[UUID, list[ObligationState]] = defaultdict(list)
    for each in states:
        for module_id in each.modules if each.due_on is not None else ():
            asking[module_id].append(each)
    return tuple(each for module_id in sorted(asking) for each in _joined(_of_module(module_id, asking[module_id])))


def _of_module(module_id: UUID, states: list[ObligationState]) -> Iterator[AskedModule]:
    """What holds from each day on which something changes to the next one."""
    begins = {each.from_day for each in states} | {days_later(each.until, 1) for each in states if each.until}
    for day, then in pairwise([*sorted(begins), date.max]):
        due = [each.due_on for each in states if each.covers(day) and each.due_on is not None]
        if due:
            until = None if then == date.max else days_later(then, -1)
            yield AskedModule(day, until, module_id=module_id, due_on=min(due))


def _joined(found: Iterable[AskedModule]) -> list[AskedModule]:
    joined: list[AskedModule] = []
    for each in found:
        last = joined[-1] if joined else None
        if last and last.until and (days_later(last.until, 1), last.due_on) == (each.from_day, each.due_on):
            joined[-1] = replace(last, until=each.until)
        else:
            joined.append(each)
    return joined
