"""Examples for the operations on histories in the demonstration's interactive page."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from itertools import count
from uuid import UUID

from application.kernel.access import Actor
from application.people.histories.commands import AddPosition
from application.people.histories.queries import ListEmployment, ListPositions, MeantPositionView
from application.people.users.commands import RegisterUser
from application.people.users.queries import ListUsers
from domain.people.user_errors import EmailTaken
from entrypoints.bootstrap import Service
from entrypoints.http.kit.demonstration import Example

HIRED = date(2026, 3, 2)
LOCATIONS = ("Austin North", "Round Rock", "Cedar Park")
"""Of second positions, one each to end, to correct and to withdraw."""


async def history_examples(service: Service) -> dict[str, Example]:
    """An example for each operation. Somebody whose history was changed is replaced."""
    people = _People(service)
    user_id, positions, _ = await people.untouched("positions")
    ending, correcting, withdrawing = (_named(user_id, position_id=each.position_id) for each in positions[-3:])
    corrected, _, hire = await people.untouched("hired")
    withdrawn, _, other_hire = await people.untouched("not-hired")
    return {
        "add_position": _named(user_id),
        "end_position": ending,
        "correct_position": correcting,
        "withdraw_position": withdrawing,
        "record_employment": _named(user_id),
        "correct_employment": _named(corrected, state_id=hire),
        "withdraw_employment": _named(withdrawn, state_id=other_hire),
    }


class _People:
    def __init__(self, service: Service) -> None:
        self._bus = service.bus
        self._system = Actor.system()

    async def untouched(self, name: str) -> tuple[UUID, list[MeantPositionView], UUID]:
        """The practice person of this name whose history is as it began, or a new one; positions, and the hire."""
        for number in count(1):
            email = f"practice-{name}-{number}@unifieddental.example"
            with suppress(EmailTaken):
                await self._add(email, f"Kim {name.title()} {number}")
            (user,) = (await self._bus.ask(ListUsers(q=email), self._system)).items
            positions = (await self._bus.ask(ListPositions(user.id), self._system)).items
            states = (await self._bus.ask(ListEmployment(user.id), self._system)).items
            first = {None} == {each.supersedes for each in positions} | {each.supersedes for each in states}
            if first and (len(positions), len(states)) == (1 + len(LOCATIONS), 1):
                return user.id, positions, states[0].id
        raise AssertionError("unreachable: there are as many addresses as are needed")

    async def _add(self, email: str, full_name: str) -> None:
        new = RegisterUser(email, full_name, "Practice", "Dental Assistant", "Austin North", HIRED)
        user = await self._bus.execute(new, self._system)
        for location in LOCATIONS:
            second = AddPosition(user.id, HIRED, location=location, job_title="Dental Assistant", is_primary=False)
            await self._bus.execute(second, self._system)


def _named(user_id: UUID, **names: UUID) -> Example:
    return Example({name: str(value) for name, value in {"user_id": user_id, **names}.items()})
