"""The contract of what the locations of people were like, for queries and within a unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from application.people.locations.histories import LocationHistoryReader
from application.people.locations.of_people import LocationsOfPeople, LocationsOfPeopleReader, Recorded
from contracts import about
from contracts.backend import Backend, save
from contracts.make import NOBODY, a_user, user_id
from contracts.people.histories import TODAY, with_position, write
from contracts.people.location_histories import begun, hold
from contracts.people.locations import a_location, location_id
from contracts.people.meanings import LOCATIONS
from domain.people.positions import Work


@about(LocationsOfPeople, LocationsOfPeopleReader)
class TestLocationsOfPeople:
    @pytest.mark.parametrize("within", [True, False], ids=["in a unit", "for queries"])
    async def test_all_that_was_known_of_the_locations_that_their_texts_ever_meant(
        self, backend: Backend, within: bool
    ) -> None:
        async def of(*user_ids: UUID) -> Recorded:
            if within:
                return await backend.units.run(lambda unit: unit.port(LocationsOfPeople).of(user_ids))
            return await backend.reader(LocationsOfPeopleReader).of(user_ids)

        async def recorded(*numbers: int) -> Recorded:
            found = [await backend.reader(LocationHistoryReader).recorded(location_id(n)) for n in numbers]
            return {location_id(n): list(each.facts) for n, each in zip(numbers, found, strict=True) if each}

        await begun(backend, *(a_location(n) for n in (1, 2, 3)))
        await save(backend, *(a_user(n) for n in (1, 2, 3)))
        texts: Sequence[tuple[int, str]] = ((1, "Aústin"), (1, "Dallas"), (2, "Waco"), (3, "Remote"))
        for n, text in texts:
            await write(backend, with_position(Work(None, None, text), is_primary=False), who=user_id(n))
        assert await of(user_id(1)) == {}
        for n, (text, number) in enumerate((("AUSTIN", 1), ("austin", 2), ("dallas", 1), ("Waco", 3))):
            await LOCATIONS.say(backend, n, text, location_id(number))
        await hold(backend, TODAY, 2, city="Leander")
        await hold(backend, TODAY + timedelta(1), 2, city="Austin")
        assert await of(user_id(1)) == await recorded(1, 2)
        assert await of(user_id(2), user_id(1), user_id(2)) == await recorded(1, 2, 3)
        assert await of(user_id(3), NOBODY) == await of() == {}
