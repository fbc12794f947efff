"""Marks of what must be computed again: left by changes to what many people owe, and worked off right after."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID

from application.compliance.obligations.ports import BATCH, Mark, Recomputations
from application.compliance.obligations.recomputing import OF_COMPUTING, Failed, Recomputation
from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids

R = TypeVar("R")

log = logging.getLogger("unified_dental.obligations")


class Executes(Protocol):
    """What carries out commands: the bus, or processes that have one each."""

    async def execute(self, command: Command[R], actor: Actor) -> R:
        """As the bus does."""


@dataclass(frozen=True, slots=True)
class NotComputed:
    """A person whose obligations could not be computed, and why: the class of the error and the line of code, but not
    its text, which may quote personal data.
    """

    user_id: UUID
    error: str

    @classmethod
    def because_of(cls, failed: Failed) -> list[NotComputed]:
        """Those who failed."""
        return [cls(user_id, _in_short(error)) for user_id, error in failed.items()]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.error}"


def _in_short(error: Exception) -> str:
    *_, last = traceback.extract_tb(error.__traceback__) or [None]
    where = "" if last is None else f" in {Path(last.filename).name}, line {last.lineno}"
    return f"{type(error).__name__}{where}"


@dataclass(slots=True)
class WorkedOff:
    """What a mark was about: so many people were computed again, and so many rows differed.

    `failed` are people who could not be computed; the mark `left` is about them alone.
    """

    people: int
    rows: int
    failed: list[NotComputed] = field(default_factory=list)
    left: UUID | None = None


class MarkFailed(Exception):
    """The mark could not be worked off. It stays, and is tried again later."""

    def __init__(self, mark_id: UUID) -> None:
        super().__init__(mark_id)
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
    work off at once. People who cannot be computed stay marked, and hold back nobody else. The answer is empty when no
    mark is due.
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
            failed: Failed = {}
            await recomputation.lock(mark.user_ids)
            done.rows = await recomputation.of(mark.user_ids, mark.requirement_id, failed=failed)
            done.people = len(mark.user_ids) - len(failed)
            done.failed = NotComputed.because_of(failed)
            if failed and not done.people:
                done.left = mark.id
                return done
            if failed:
                left = replace(mark, id=ids.new(), user_ids=tuple(sorted(failed)))
                await marks.leave([left])
                done.left = left.id
        await marks.finish(mark)
    except OF_COMPUTING as error:
        raise MarkFailed(mark.id) from error
    return done


async def work_off(bus: Executes, advance: Callable[[int], None] = lambda count: None, at_once: int = 1) -> int:
    """Work off all marks that are due, each in a unit of work of its own; how many rows differed.

    Several processes may do so at once: each takes marks that no other has taken. `advance` is called with the number
    of people of each. `at_once` is how many marks are worked off at the same time, where `bus` is several processes.
    """
    rows = 0
    failed: frozenset[UUID] = frozenset()
    while True:
        command = WorkOffMark(failed)
        outcomes = await asyncio.gather(*(_outcome(bus, command) for _ in range(at_once)))
        for each in outcomes:
            if isinstance(each, MarkFailed):
                failed |= {each.mark_id}
            elif each is not None:
                failed |= {each.left} if each.left else set()
                rows += each.rows
                advance(each.people)
        if not any(outcomes):
            return rows


async def _outcome(bus: Executes, command: WorkOffMark) -> WorkedOff | MarkFailed | None:
    try:
        done = await bus.execute(command, Actor.system())
    except MarkFailed as error:
        log.exception("the mark %s could not be worked off, and stays", error.mark_id)
        return error
    for each in done.failed if done else ():
        log.error("what a person owes could not be computed, and the mark stays: %s", each)
    return done
