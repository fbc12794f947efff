"""Previewing a material version of a module: whose obligations it would reopen, before it is published."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from application.catalogue.ports import Modules
from application.compliance.material import material_version
from application.compliance.obligations.ports import BATCH, Recomputations
from application.compliance.obligations.recomputing import PreparedRule, Recomputation, modules_of
from application.kernel.access import Actor, authors
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock
from domain.catalogue.module_life import ModuleIsArchived, ModuleNotFound, ModuleStatus
from domain.catalogue.reopening import Reopening, Reopens
from domain.compliance.obligations import ObligationState
from domain.compliance.previews import state_on
from domain.kernel.values import PlausibleDay

LOOKED_AT = 1_000
"""Of how many users it is computed at once what they would owe."""


@dataclass(slots=True)
class ReopenedCount:
    """How many people would have something due on this day. It is null for those without a known due day."""

    due_on: date | None
    people: int


@dataclass(slots=True)
class ReopenedRequirement:
    """A requirement that asks for the module: how many people are under it, and of how many it would reopen."""

    requirement_id: UUID
    code: str
    title: str
    people: int
    reopens: int
    due: list[ReopenedCount]


@dataclass(slots=True)
class PublicationPreview:
    """What a material version would reopen if it was published today, on the day `as_of`.

    `reopens` is the number of people with at least one obligation that would be open again, or end sooner. It counts
    the next 1,000 users; for those after them, `next_after` is sent as `after`. Null is the end.
    """

    as_of: date
    number: int
    reopens: int
    requirements: list[ReopenedRequirement]
    next_after: UUID | None


@dataclass(frozen=True, slots=True)
class PreviewPublication(Command[PublicationPreview]):
    """What a material version of a module would reopen, with this choice; see the publication."""

    module_id: UUID
    reopens: Reopens
    reopen_due_on: PlausibleDay | None = None
    after: UUID | None = None

    @property
    def reopening(self) -> Reopening:
        """For whom it reopens. Raises InvalidValue."""
        return Reopening(self.reopens, self.reopen_due_on)

    def require_sense(self) -> None:
        self.reopening  # noqa: B018  # which raises


@handles(PreviewPublication, allow=authors, raises=(ModuleNotFound, ModuleIsArchived))
async def preview_publication(
    command: PreviewPublication,
    actor: Actor,
    modules: Modules,
    recomputation: Recomputation,
    users: Recomputations,
    clock: Clock,
) -> PublicationPreview:
    """Authors and administrators see how many people would have to learn a module again, and by when, before they
    publish a material version. Nothing is kept.
    """
    now, day_of = clock.now(), recomputation.calendar.day_of
    today = day_of(now)
    command.reopening.require_from(today)
    module = await modules.get(command.module_id)
    if module.status is ModuleStatus.ARCHIVED:
        raise ModuleIsArchived
    number = (module.version_number or 0) + 1
    version = material_version(module.id, number, now, command.reopens, command.reopen_due_on, day_of)
    rules = [each for each in await recomputation.rules.approved() if module.id in modules_of(each)]
    before = await recomputation.prepared(rules)
    after = before if command.reopens is Reopens.NOBODY else [each.with_material(version) for each in before]
    people = await users.everybody(command.after, LOOKED_AT + 1) if rules else []
    looked_at = people[:LOOKED_AT]
    found = _Found(today, [Counter() for _ in rules], [0 for _ in rules])
    for start in range(0, len(looked_at), BATCH):
        await found.look_at(looked_at[start : start + BATCH], before, after, recomputation)
    return PublicationPreview(
        today,
        number,
        found.people,
        [
            ReopenedRequirement(
                *(rule.requirement_id, rule.code, rule.title, under, due.total()),
                [ReopenedCount(day, due[day]) for day in sorted(due, key=lambda day: day or date.max)],
            )
            for rule, under, due in zip(rules, found.under, found.due, strict=True)
        ],
        looked_at[-1] if len(people) > LOOKED_AT else None,
    )


@dataclass(slots=True)
class _Found:
    """What is found so far, of each requirement: how many people are under it, and by when those who reopen are due."""

    today: date
    due: list[Counter[date | None]]
    under: list[int]
    people: int = 0

    async def look_at(
        self,
        user_ids: Sequence[UUID],
        before: Sequence[PreparedRule],
        after: Sequence[PreparedRule],
        recomputation: Recomputation,
    ) -> None:
        known = await recomputation.known(user_ids)
        for user_id in user_ids:
            reopens = False
            for place, (was, will) in enumerate(zip(before, after, strict=True)):
                owed = known.owes(user_id, was)
                self.under[place] += state_on(owed, self.today) is not None
                changed = self._first_changed(owed, known.owes(user_id, will)) if was is not will else None
                if changed is not None:
                    self.due[place][changed.due_on] += 1
                    reopens = True
            self.people += reopens
            # The service answers others meanwhile.
            await asyncio.sleep(0)

    def _first_changed(
        self, before: Sequence[ObligationState], after: Sequence[ObligationState]
    ) -> ObligationState | None:
        """The first state, from today on, that is only there after the publication."""
        coming = (each for each in after if each.until is None or each.until >= self.today)
        return next((each for each in coming if each not in before), None)
