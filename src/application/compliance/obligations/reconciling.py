"""Comparing what is recorded of obligations with what is computed from scratch."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.compliance.obligations.ports import BATCH, Recomputations
from application.compliance.obligations.recomputing import Recomputation
from application.compliance.ports import ObligationKey
from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command


@dataclass(slots=True)
class Reconciled:
    """How many people were compared, which obligations differ and how many rows were written for them, and after whom
    the next people come; None after the last. `all_people` are all there are, counted with the first ones.
    """

    people: int
    all_people: int | None
    differences: list[ObligationKey]
    rows: int
    next: UUID | None


@dataclass(frozen=True, slots=True)
class ReconcileObligations(Command[Reconciled]):
    """Compute again what the next users, by id, owe, and record what differs. With `check` only say what differs."""

    after: UUID | None = None
    check: bool = False


@handles(ReconcileObligations, allow=the_system, internal=True)
async def reconcile_obligations(
    command: ReconcileObligations, actor: Actor, marks: Recomputations, recomputation: Recomputation
) -> Reconciled:
    """The service computes again what people owe. Nothing differs unless something is still to be computed."""
    people = await marks.everybody(command.after, BATCH)
    await recomputation.lock(people)
    differences, rows = await recomputation.compared(people, record=not command.check)
    all_people = await marks.number_of_people() if command.after is None else None
    return Reconciled(len(people), all_people, differences, rows, people[-1] if len(people) == BATCH else None)
