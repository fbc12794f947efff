"""Modules that several requirements ask of a person: one enrollment serves all of them, by the earliest due day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from domain.compliance.due_days import ReliefAxis
from domain.compliance.fulfillment import Courses
from domain.compliance.outlook import Cycle
from domain.compliance.requirement import Terms
from domain.compliance.standing import STOPPED, Standing


def due_by_module(owed: Iterable[tuple[Terms, Standing]], day: date) -> dict[UUID, date | None]:
    """The modules that the open cycles ask for on this day, with the earliest day on which one is due.

    None stands for a due day that is not known. What is waived, paused or exempt asks for nothing. Of a set of which
    any module is enough, each one is named.
    """
    found: dict[UUID, date | None] = {}
    for terms, standing in owed:
        asked = () if standing.cycle is None else asked_modules(terms, standing.cycle, standing.relief, day)
        for module_id in asked:
            known = [each for each in (found.get(module_id), standing.due_on) if each is not None]
            found[module_id] = min(known, default=None)
    return found


def asked_modules(terms: Terms, cycle: Cycle, relief: ReliefAxis, day: date) -> tuple[UUID, ...]:
    """The modules that the cycle asks for on this day, if it is open and not stopped by relief."""
    courses = terms.fulfillment
    if not cycle.is_open_on(day) or not isinstance(courses, Courses) or relief in STOPPED:
        return ()
    asked = courses.initial if cycle.asks_initial_on(day) or courses.renewal is None else courses.renewal
    return asked.modules
