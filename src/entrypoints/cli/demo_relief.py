"""Relief for the interactive page of the demonstration, one for each operation that uses one up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from application.compliance.relief.commands import ApproveRelief, RequestRelief
from application.compliance.relief.decrees import ApproveDecree, DecreeRelief
from application.compliance.relief.queries import ListRelief, ReliefView
from application.kernel.access import Actor
from application.people.users.queries import ListUsers
from domain.compliance.citations import Basis, LegalSource
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.relief import ReliefReason, ReliefStatus
from domain.kernel.roles import Role
from entrypoints.bootstrap import Service
from entrypoints.cli.demo import ADMINISTRATOR
from entrypoints.cli.demo_requirements import approved_requirement
from entrypoints.http.kit.demonstration import Example
from entrypoints.http.routes.relief import DECREED, ENDS, REASON, REQUESTED

BEGINS = date(2026, 6, 1)
ORDER = LegalSource("Practice order", Basis.POLICY, "Unified Dental")
WAITING, IN_FORCE = ("approve", "reject"), "end"
"""What is done with relief that waits for a decision, and with relief that was approved."""


async def relief_examples(service: Service, user_id: UUID) -> dict[str, Example]:
    """An example for each operation on relief, with that of this person. Prepares what the examples need."""
    practice = _Practice(service, await approved_requirement(service, "relief"), user_id)
    await practice.read()
    examples = {"request_relief": Example(body=practice.new(REQUESTED, "user_id", str(user_id)))}
    examples["decree_relief"] = Example(body=practice.new(DECREED, "user_ids", [str(user_id)]))
    for what in (*WAITING, IN_FORCE):
        alone, together = await practice.relief(what, decreed=False), await practice.relief(what, decreed=True)
        examples[f"{what}_relief"] = Example({"relief_id": str(alone.id)}, practice.body(what))
        examples[f"{what}_decree"] = Example({"decree_id": str(together.decree_id)}, practice.body(what))
        examples["read_relief"] = Example({"relief_id": str(alone.id)})
        examples["read_decree"] = Example({"decree_id": str(together.decree_id)})
    return examples


class _Practice:
    """Delays of one person, for trying the interactive page; one that is used up is followed by another one."""

    def __init__(self, service: Service, requirement_id: UUID, user_id: UUID) -> None:
        self._bus, self._requirement_id, self._user_id = service.bus, requirement_id, user_id
        self._known: list[ReliefView] = []
        self._days: Iterator[date] = map(_day, count())
        self._used: set[UUID] = set()

    async def read(self) -> None:
        """Read what there is of earlier starts. Each request has a day of its own."""
        query = ListRelief(user_id=self._user_id, requirement_id=self._requirement_id, limit=200)
        while True:
            page = await self._bus.ask(query, Actor.system())
            self._known += page.items
            if page.next is None:
                break
            query = ListRelief(user_id=self._user_id, requirement_id=self._requirement_id, limit=200, cursor=page.next)
        taken = {each.from_day for each in self._known}
        self._days = (day for day in map(_day, count()) if day not in taken)

    async def relief(self, what: str, *, decreed: bool) -> ReliefView:
        """Relief with which this can be done, alone or of a decree."""
        status = ReliefStatus.APPROVED if what == IN_FORCE else ReliefStatus.REQUESTED
        for each in self._known:
            fits = each.status is status and (each.decree_id is not None) is decreed and each.ended_at is None
            # The administrator of the page must not have requested it.
            if fits and each.requested_by is None and each.id not in self._used:
                self._used.add(each.id)
                return each
        made = await (self._decreed() if decreed else self._requested())
        self._used.add(made.id)
        if what == IN_FORCE:
            (administrator,) = (await self._bus.ask(ListUsers(q=ADMINISTRATOR), Actor.system())).items
            decide: Any = ApproveRelief(made.id) if made.decree_id is None else ApproveDecree(made.decree_id)
            await self._bus.execute(decide, Actor(administrator.id, Role.ADMIN))
        return made

    def new(self, example: dict[str, Any], whom: str, value: Any) -> dict[str, Any]:
        """The example of the document as a delay on a day of its own, for these people."""
        day = next(self._days)
        days = {"kind": "delay", "from_day": str(day), "until": str(day)}
        known = {name: each for name, each in example.items() if name != "audience"}
        return {**known, **days, "requirement_id": str(self._requirement_id), whom: value}

    def body(self, what: str) -> dict[str, Any] | None:
        return {"approve": {}, "reject": REASON, "end": {**ENDS, "last_day": str(BEGINS)}}[what]

    async def _requested(self) -> ReliefView:
        day = next(self._days)
        delay = (self._requirement_id, ReliefKind.DELAY, ReliefReason.NO_SESSION, day)
        return await self._bus.execute(RequestRelief(self._user_id, *delay, until=day), Actor.system())

    async def _decreed(self) -> ReliefView:
        day = next(self._days)
        delay = (self._requirement_id, ReliefKind.DELAY, ReliefReason.LEGAL_ORDER, day, ORDER)
        decree = await self._bus.execute(DecreeRelief(*delay, until=day, user_ids=(self._user_id,)), Actor.system())
        (relief,) = (await self._bus.ask(ListRelief(decree_id=decree.id), Actor.system())).items
        return relief


def _day(number: int) -> date:
    return BEGINS + timedelta(days=number)
