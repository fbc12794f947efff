"""Comparing what is recorded of obligations with what is computed from scratch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from uuid import UUID

from application.compliance.obligations.marks import NotComputed
from application.compliance.obligations.ports import BATCH, Recomputations
from application.compliance.obligations.recomputing import Failed, Recomputation
from application.compliance.ports import ObligationKey
from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command


@dataclass(slots=True)
class Reconciled:
    """How many people were compared, which obligations differ and how many rows were written for them, and after whom
    the next people come; None after the last. `failed` are people who could not be computed.
    """

    people: int
    differences: list[ObligationKey]
    rows: int
    next: UUID | None
    failed: list[NotComputed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReconcileObligations(Command[Reconciled]):
    """Compute again what the next users, by id, owe, until the last one if it is given, and record what differs. With
    `check` only say what differs.
    """

    after: UUID | None = None
    check: bool = False
    until: UUID | None = None


@handles(ReconcileObligations, allow=the_system, internal=True)
async def reconcile_obligations(
    command: ReconcileObligations, actor: Actor, marks: Recomputations, recomputation: Recomputation
) -> Reconciled:
    """The service computes again what people owe. Nothing differs unless something is still to be computed. People who
    cannot be computed hold back nobody else.
    """
    failed: Failed = {}
    people = await marks.everybody(command.after, BATCH, command.until)
    await recomputation.lock(people)
    differences, rows = await recomputation.compared(people, record=not command.check, failed=failed)
    last = people[-1] if len(people) == BATCH else None
    return Reconciled(
        len(people) - len(failed),
        differences,
        rows,
        None if last == command.until else last,
        NotComputed.because_of(failed),
    )


@dataclass(slots=True)
class EverybodyInShares:
    """How many people there are, and the last user of each share but the last one."""

    people: int
    lasts: list[UUID]


@dataclass(frozen=True, slots=True)
class ShareOutEverybody(Command[EverybodyInShares]):
    """Divide all users into shares, by id, which can be computed at the same time."""


@handles(ShareOutEverybody, allow=the_system, internal=True)
async def share_out_everybody(command: ShareOutEverybody, actor: Actor, marks: Recomputations) -> EverybodyInShares:
    """The service divides all users into shares, each of as many as are computed in one unit of work."""
    everybody = await marks.everybody()
    return EverybodyInShares(len(everybody), everybody[BATCH - 1 :: BATCH])


def shares(lasts: Iterable[UUID], *, check: bool) -> Iterator[ReconcileObligations]:
    """The command for each share: users who are added meanwhile are in one of them, too."""
    for after, until in pairwise([None, *lasts, None]):
        yield ReconcileObligations(after, check, until)
