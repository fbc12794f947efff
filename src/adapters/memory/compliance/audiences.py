"""Whom rules concern, in memory: the domain is asked about each person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from adapters.memory.kit.store import MemoryStore
from adapters.memory.people.histories import EMPLOYMENT, POSITIONS, by_person
from adapters.memory.people.job_codes import JOB_TITLES
from adapters.memory.people.location_names import LOCATION_NAMES
from adapters.memory.people.locations import LOCATIONS
from adapters.memory.people.meanings import newest
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.compliance.ports import Audiences, Member
from domain.compliance.audience import Audience
from domain.compliance.audience_facts import EmploymentStatus, PersonOnDay, Place, PositionOnDay
from domain.people.employment import first_day
from domain.people.facts import in_force
from domain.people.histories import on_day
from domain.people.meanings import text_key


@serves(Audiences)
class MemoryAudiences:
    """Implements application.compliance.ports.Audiences."""

    def __init__(self, store: MemoryStore) -> None:
        self._users = store.table(USERS)
        self._positions = store.table(POSITIONS)
        self._employment = store.table(EMPLOYMENT)
        self._locations = store.table(LOCATIONS)
        self._names = store.table(LOCATION_NAMES.facts)
        self._titles = store.table(JOB_TITLES.facts)

    async def members(self, audience: Audience, as_of: date) -> list[Member]:
        return [
            Member(person.user_id, None if position is None else position.position_id)
            for person in self._people(as_of)
            for position in audience.positions_under(person)
        ]

    async def person(self, user_id: UUID, as_of: date) -> PersonOnDay | None:
        return next((each for each in self._people(as_of) if each.user_id == user_id), None)

    def _people(self, as_of: date) -> Iterator[PersonOnDay]:
        """Everybody on this day, by id."""
        positions, states = by_person(self._positions.rows()), by_person(self._employment.rows())
        names, titles = newest(self._names), newest(self._titles)

        def place_of(text: str | None) -> Place | None:
            name = names.get(text_key(text)) if text else None
            found = self._locations.peek(name.target) if name and name.target else None
            return None if found is None else Place(found.id, found.name, found.city, found.state)

        def code_of(text: str | None) -> str | None:
            title = titles.get(text_key(text)) if text else None
            return None if title is None else title.target

        for user in sorted(self._users.rows(), key=lambda user: user.id):
            if user.merged_into is not None:
                continue
            snapshot = on_day(as_of, in_force(positions[user.id]), in_force(states[user.id]))
            state = snapshot.employment.state
            yield PersonOnDay(
                user.id,
                as_of,
                None if state is None else EmploymentStatus(state.value),
                snapshot.employment.hired_on,
                tuple(
                    PositionOnDay(
                        each.position_id,
                        each.starts_on,
                        each.is_primary,
                        each.department,
                        code_of(each.job_title),
                        place_of(each.location),
                    )
                    for each in snapshot.positions
                ),
                user.profile_metadata,
                is_yet_to_begin=first_day(as_of, in_force(states[user.id])) > as_of,
            )
