"""The contract of the names of locations: what texts mean, and where people work because of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from application.kernel.units import Unit
from application.people.locations.names import LocationNameReader, UnmappedLocation, UnmappedLocations
from application.people.locations.ports import LocationNames
from application.people.ports import Roster, Users
from contracts import about
from contracts.backend import Backend, change_user, loaded_user, pages, save
from contracts.make import a_line, a_user, later, uid, user_id
from contracts.people.locations import a_location, location_id
from domain.people.location_names import MeantLocation
from domain.people.users import User


async def say(backend: Backend, n: int, text: str, target: UUID | None) -> list[UUID]:
    """Record in a unit of work of its own what the text means; whose location changes."""

    async def work(unit: Unit) -> list[UUID]:
        names = unit.port(LocationNames)
        await names.meanings([text])
        await names.record(uid(70_000 + n), text, target, user_id(9))
        return await names.follow([text])

    return await backend.units.run(work)


async def settle(backend: Backend, *numbers: int) -> None:
    await backend.units.run(lambda unit: unit.port(LocationNames).settle([user_id(n) for n in numbers]))


async def location_of(backend: Backend, n: int) -> UUID | None:
    return (await loaded_user(backend, user_id(n))).location_id


@about(LocationNames)
class TestLocationNames:
    async def test_the_newest_meaning_of_a_text_counts(self, backend: Backend) -> None:
        await save(backend, a_location(1), a_location(2, time_zone="America/Denver"))
        for n, target in enumerate((location_id(1), location_id(2), None, location_id(2))):
            await say(backend, n, " Aústin ", target)

            async def work(unit: Unit) -> tuple[Any, Any]:
                names = unit.port(LocationNames)
                return await names.meant("AUSTIN"), (await names.meanings(["austin", "x"]))

            meant, known = await backend.units.run(work)
            assert meant == (
                None if target is None else MeantLocation(target, f"Office {target.int % 10}", known_zone(target), None)
            )
            assert {key: (each.location_id, each.recorded_by) for key, each in known.items()} == {
                "austin": (target, user_id(9))
            }

    async def test_nothing_means_nothing(self, backend: Backend) -> None:
        async def work(unit: Unit) -> list[Any]:
            names = unit.port(LocationNames)
            return [await names.meant(text) for text in (None, "Austin")]

        assert await backend.units.run(work) == [None, None]

    async def test_those_with_the_text_follow_and_nobody_else(self, backend: Backend) -> None:
        await save(
            backend,
            a_location(1),
            a_user(1, location="AÚSTIN"),
            a_user(2, location="Austin North"),
            a_user(3),
            a_user(4, location="austin", is_active=False),
        )
        assert await say(backend, 1, "Austin", location_id(1)) == [user_id(1), user_id(4)]
        assert [await location_of(backend, n) for n in (1, 2, 3, 4)] == [location_id(1), None, None, location_id(1)]
        assert (await loaded_user(backend, user_id(1))).version == 1
        assert await say(backend, 2, "austin", location_id(1)) == []
        assert await say(backend, 3, "AUSTIN", None) == [user_id(1), user_id(4)]
        assert await location_of(backend, 1) is None

    async def test_people_written_one_by_one_are_settled_in_the_same_unit(self, backend: Backend) -> None:
        await save(backend, a_location(1), a_user(1), a_user(2, location="Austin"))
        await say(backend, 1, "Austin", location_id(1))

        async def work(unit: Unit) -> list[UUID | None]:
            new = a_user(3, location="austin")
            await unit.port(Users).add(new)
            moved, left = [await unit.port(Users).get(user_id(n)) for n in (1, 2)]
            moved.location, left.location = "AUSTIN", None
            await unit.port(LocationNames).settle([user_id(n) for n in (1, 2, 3)])
            return [each.location_id for each in (moved, left, new)]

        shown = await backend.units.run(work)
        assert shown == [location_id(1), None, location_id(1)]
        assert [await location_of(backend, n) for n in (1, 2, 3)] == shown

    async def test_people_written_by_a_roster_are_settled(self, backend: Backend) -> None:
        await save(backend, a_location(1), a_user(1), a_user(2, location="Austin"), a_user(5, location="Austin"))
        await say(backend, 1, "Austin", location_id(1))
        assert await location_of(backend, 5) == location_id(1)

        async def work(unit: Unit) -> None:
            roster = unit.port(Roster)
            await roster.stage(
                [
                    a_line(10, "user1@example.com", location="Austin"),
                    a_line(11, "user2@example.com", location="Dallas"),
                    a_line(12, "new@example.com", location="AUSTIN"),
                ]
            )
            await roster.match()
            merged = await roster.merge(later(hours=1))
            await unit.port(LocationNames).settle([*merged.created, *merged.updated])

        await backend.units.run(work)
        assert [await location_of(backend, n) for n in (1, 2, 12, 5)] == [
            location_id(1),
            None,
            location_id(1),
            location_id(1),
        ]

    async def test_settling_nobody_and_somebody_unknown_is_nothing(self, backend: Backend) -> None:
        await settle(backend)
        await settle(backend, 404)


def known_zone(target: UUID) -> str:
    return "America/Chicago" if target == location_id(1) else "America/Denver"


@about(LocationNameReader)
class TestLocationNameReader:
    async def test_texts_by_location_newest_first(self, backend: Backend) -> None:
        await save(backend, a_location(1), a_location(2))
        for n, (text, target) in enumerate(
            [("A", location_id(1)), ("B", location_id(2)), ("C", location_id(1)), ("a", location_id(2)), ("C", None)]
        ):
            await say(backend, n, text, target)
        reader = backend.reader(LocationNameReader)
        for ids, texts in {(): ["a", "B"], (location_id(2),): ["a", "B"], (location_id(1),): []}.items():
            for size in (1, 5):
                found = await pages(lambda after, limit, ids=ids: reader.named(ids, after, limit), size)  # type: ignore[misc]  # bound now
                assert [each.text for page in found for each in page] == texts

    async def test_unmapped_texts_with_how_many_have_them(self, backend: Backend) -> None:
        reader = backend.reader(LocationNameReader)
        assert await reader.unmapped(5) == UnmappedLocations([], 0, 0)
        await save(
            backend,
            a_location(1),
            *(a_user(n, location=text) for n, text in enumerate(("b", "Á", "a", "B", "b", "Mapped", "c"), 1)),
            a_user(8, location="c", is_active=False),
            a_user(9),
        )
        await say(backend, 1, "mapped", location_id(1))
        every = [UnmappedLocation("B", 3), UnmappedLocation("a", 2), UnmappedLocation("c", 1)]
        assert await reader.unmapped(5) == UnmappedLocations(every, 3, 6)
        assert await reader.unmapped(1) == UnmappedLocations(every[:1], 3, 6)

    async def test_who_has_a_text_is_listed_by_location(self, backend: Backend) -> None:
        await save(backend, a_location(1), a_user(1, location="Austin"), a_user(2, location="Austin"))
        await say(backend, 1, "Austin", location_id(1))

        def move(user: User) -> None:
            user.location = "Dallas"

        await change_user(backend, user_id(2), move)
        await settle(backend, 2)
        assert [await location_of(backend, n) for n in (1, 2)] == [location_id(1), None]
