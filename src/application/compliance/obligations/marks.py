"""Marks of what must be computed again: left by whatever changes what many people owe, and worked off right after."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from application.compliance.obligations.ports import BATCH, Mark, Recomputations
from application.compliance.obligations.recomputing import Recomputation
from application.kernel.access import Actor, the_system
from application.kernel.bus import Bus
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from domain.kernel.errors import DomainError

log = logging.getLogger("unified_dental.obligations")
OF_COMPUTING = (ArithmeticError, AssertionError, AttributeError, DomainError, LookupError, TypeError, ValueError)
"""What prevents one mark from being worked off, and none of the others; unlike failures of the store."""


@dataclass(slots=True)
class WorkedOff:
    """What a mark was about: so many people were computed again, and so many rows differed."""

    people: int
    rows: int


class MarkFailed(Exception):
    """The mark could not be worked off. It stays, and is tried again later."""

    def __init__(self, mark_id: UUID) -> None:
        super().__init__(str(mark_id))
        self.mark_id = mark_id


def marks_about(
    user_ids: Iterable[UUID], ids: Ids, due_at: datetime, requirement_id: UUID | None = None
) -> Iterator[Mark]:
    """Marks about these people, each for as many as are computed at once."""
    rest = iter(sorted(set(user_ids)))
    while some := tuple(islice(rest, BATCH)):
        yield Mark(ids.new(), due_at, some, requirement_id)


@dataclass(frozen=True, slots=True)
class WorkOffMark(Command[WorkedOff | None]):
    """Compute again what the next mark is about, but for these marks."""

    but: frozenset[UUID] = frozenset()


@handles(WorkOffMark, allow=the_system, internal=True)
async def work_off_mark(
    command: WorkOffMark, actor: Actor, marks: Recomputations, recomputation: Recomputation, ids: Ids, clock: Clock
) -> WorkedOff | None:
    """The service computes again what a mark is about. One about everybody becomes many, which several processes may
    work off at once. The answer is empty when no mark is due.
    """
    mark = await marks.claim(clock.now(), command.but)
    if mark is None:
        return None
    done = WorkedOff(0, 0)
    try:
        if mark.is_about_everybody:
            everybody = await marks.everybody()
            await marks.leave(list(marks_about(everybody, ids, mark.due_at, mark.requirement_id)))
        else:
            await recomputation.lock(mark.user_ids)
            done = WorkedOff(len(mark.user_ids), await recomputation.of(mark.user_ids, mark.requirement_id))
        await marks.finish(mark)
    except OF_COMPUTING as error:
        raise MarkFailed(mark.id) from error
    return done


async def work_off(bus: Bus, advance: Callable[[int], None] = lambda count: None) -> int:
    """Work off all marks that are due, each in a unit of work of its own; how many rows differed.

    Several processes may do so at once: each takes marks that no other has taken. `advance` is called with the number
    of people of each.
    """
    rows = 0
    failed: frozenset[UUID] = frozenset()
    while True:
        try:
            done = await bus.execute(WorkOffMark(failed), Actor.system())
        except MarkFailed as error:
            failed |= {error.mark_id}
            log.exception("the mark %s could not be worked off, and stays", error.mark_id)
            continue
        if done is None:
            return rows
        rows += done.rows
        advance(done.people)
