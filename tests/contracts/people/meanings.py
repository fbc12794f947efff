"""The contract of what texts mean, for each kind of text: what people have because of it, now and at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import pytest

from application.kernel.units import Unit
from application.people.job_codes.ports import JobTitles
from application.people.job_codes.queries import JobTitleReader, UnmappedTitle, UnmappedTitles
from application.people.locations.names import LocationNameReader, UnmappedLocation, UnmappedLocations
from application.people.locations.ports import LocationNames
from application.people.ports import Roster, Users
from contracts import about
from contracts.backend import Backend, change_user, loaded_user, pages, save
from contracts.make import ON_ONE_LINE, T, a_line, a_user, later, uid, user_id
from contracts.people.locations import a_location, location_id
from domain.people.meanings import Meaning, text_key
from domain.people.users import User

R = TypeVar("R")
SPELLINGS = ("Austin", "AUSTIN ", "aústin", "Aus", "Dallas", "South West Lead", ON_ONE_LINE)


@dataclass(frozen=True)
class Kind:
    """A kind of text: its ports, the attributes of users, and two things that it can mean."""

    port: type[Any]
    reader: type[Any]
    text: str
    target: str
    targets: tuple[Any, Any]
    shown: str
    unmapped: Callable[..., Any]
    one_unmapped: Callable[..., Any]

    def user(self, n: int, text: str | None, **facts: Any) -> User:
        facts[self.text] = text
        return a_user(n, **facts)

    async def use(self, backend: Backend, work: Callable[[Any], Awaitable[R]]) -> R:
        return await backend.units.run(lambda unit: work(unit.port(self.port)))

    async def say(self, backend: Backend, n: int, text: str, target: Any) -> list[UUID]:
        """Record in a unit of work of its own what the text means, as fact n; what whom has changes."""

        async def work(meanings: Any) -> list[UUID]:
            await meanings.meanings([text])
            await meanings.record({uid(70_000 + n): text}, target, user_id(9))
            followed: list[UUID] = await meanings.follow([text])
            return followed

        return await self.use(backend, work)

    async def settle(self, backend: Backend, *numbers: int) -> None:
        await self.use(backend, lambda meanings: meanings.settle([user_id(n) for n in numbers]))

    async def held(self, backend: Backend, *numbers: int) -> list[Any]:
        return [getattr(await loaded_user(backend, user_id(n)), self.target) for n in numbers]


LOCATIONS = Kind(
    LocationNames,
    LocationNameReader,
    "location",
    "location_id",
    (location_id(1), location_id(2)),
    "text",
    UnmappedLocations,
    UnmappedLocation,
)
TITLES = Kind(
    JobTitles,
    JobTitleReader,
    "job_title",
    "job_code",
    ("dentist", "front_desk"),
    "title",
    UnmappedTitles,
    UnmappedTitle,
)
each_kind = pytest.mark.parametrize("kind", [LOCATIONS, TITLES], ids=lambda kind: kind.text)


@each_kind
@about(LocationNames, JobTitles)
class TestMeanings:
    async def test_the_newest_meaning_of_a_text_counts(self, backend: Backend, kind: Kind) -> None:
        one, other = kind.targets
        moments = []
        for n, target in enumerate((one, other, None, other)):
            await kind.say(backend, n, f"Aústin {'' if n % 2 else ' '}", target)
            assert await kind.use(backend, lambda meanings: meanings.meant("AUSTIN")) == target
            known: dict[str, Meaning[Any]] = await kind.use(backend, lambda each: each.meanings(["austin", "x"]))
            (fact,) = known.values()
            assert {key: (each.id, each.target, each.recorded_by) for key, each in known.items()} == {
                "austin": (uid(70_000 + n), target, user_id(9))
            }
            moments.append(fact.recorded_at)
        assert moments == sorted(set(moments)), "each is recorded later than the one before"

    async def test_what_means_something_is_known(self, backend: Backend, kind: Kind) -> None:
        one, other = kind.targets
        for n, (text, target) in enumerate({"Austin": one, "AUSTIN": other, "Aus": one, "aus": None}.items()):
            await kind.say(backend, n, text, target)
        texts = ["Austin", "aústin", "Aus", "Dallas"]
        assert await kind.use(backend, lambda meanings: meanings.known(texts)) == {text_key("Austin"): other}
        assert await kind.use(backend, lambda meanings: meanings.known([])) == {}

    async def test_texts_recorded_together_are_recorded_at_one_moment(self, backend: Backend, kind: Kind) -> None:
        async def work(meanings: Any) -> set[Any]:
            await meanings.record({uid(1): "A", uid(2): "B"}, kind.targets[0], None)
            return {each.recorded_at for each in (await meanings.meanings(["a", "b"])).values()}

        assert len(await kind.use(backend, work)) == 1

    async def test_nothing_means_nothing(self, backend: Backend, kind: Kind) -> None:
        for text in (None, "Austin"):
            assert await kind.use(backend, lambda meanings, text=text: meanings.meant(text)) is None  # type: ignore[misc]  # bound now
        await kind.settle(backend)
        await kind.settle(backend, 404)

    async def test_those_with_the_text_follow_and_nobody_else(self, backend: Backend, kind: Kind) -> None:
        texts = ("AÚSTIN", "Austin North", None, "austin")
        await save(backend, *(kind.user(n, text, is_active=n < 4) for n, text in enumerate(texts, 1)))
        one, other = kind.targets
        assert await kind.say(backend, 1, "Austin", one) == [user_id(1), user_id(4)]
        assert await kind.held(backend, 1, 2, 3, 4) == [one, None, None, one]
        assert await kind.say(backend, 2, "austin", one) == []
        assert await kind.say(backend, 3, "AUSTIN", other) == [user_id(1), user_id(4)]
        assert await kind.say(backend, 4, "AUSTIN", None) == [user_id(1), user_id(4)]
        assert await kind.held(backend, 1) == [None]

    async def test_neither_the_version_nor_the_time_of_a_person_changes(self, backend: Backend, kind: Kind) -> None:
        await save(backend, kind.user(1, "Austin"))
        await kind.say(backend, 1, "Austin", kind.targets[0])
        found = await loaded_user(backend, user_id(1))
        assert (getattr(found, kind.target), found.version, found.updated_at) == (kind.targets[0], 1, T)

    async def test_people_written_one_by_one_are_settled_in_the_same_unit(self, backend: Backend, kind: Kind) -> None:
        await save(backend, kind.user(1, None), kind.user(2, "Austin"))
        await kind.say(backend, 1, "Austin", kind.targets[0])

        async def work(unit: Unit) -> list[Any]:
            new = kind.user(3, "austin")
            await unit.port(Users).add(new)
            moved, left = [await unit.port(Users).get(user_id(n)) for n in (1, 2)]
            setattr(moved, kind.text, "AUSTIN")
            setattr(left, kind.text, None)
            await unit.port(kind.port).settle([user_id(n) for n in (1, 2, 3)])
            return [getattr(each, kind.target) for each in (moved, left, new)]

        shown = await backend.units.run(work)
        assert shown == [kind.targets[0], None, kind.targets[0]]
        assert await kind.held(backend, 1, 2, 3) == shown

    async def test_people_written_by_a_roster_are_settled(self, backend: Backend, kind: Kind) -> None:
        await save(backend, kind.user(1, None), kind.user(2, "Austin"), kind.user(5, "Austin"))
        await kind.say(backend, 1, "Austin", kind.targets[0])

        async def work(unit: Unit) -> None:
            roster = unit.port(Roster)
            told = {10: ("user1", "Austin"), 11: ("user2", "Dallas"), 12: ("new", "AUSTIN")}
            lines = (a_line(n, f"{name}@example.com", **{kind.text: text}) for n, (name, text) in told.items())
            await roster.stage(list(lines))
            await roster.match()
            merged = await roster.merge(later(hours=1))
            await unit.port(kind.port).settle([*merged.created, *merged.updated])

        await backend.units.run(work)
        one = kind.targets[0]
        assert await kind.held(backend, 1, 2, 12, 5) == [one, None, one, one]

    async def test_whatever_happens_people_have_what_their_text_means(self, backend: Backend, kind: Kind) -> None:
        """Generated: after any meanings and changes of texts, everybody has what was said last."""
        chance = Random(7)
        await save(backend, *(kind.user(n, chance.choice((*SPELLINGS, None))) for n in range(20)))
        meant: dict[str, Any] = {}
        for n in range(40):
            text, target = chance.choice(SPELLINGS), chance.choice((*kind.targets, None))
            meant[text_key(text)] = target
            await kind.say(backend, n, text, target)
            someone, other = user_id(chance.randrange(20)), chance.choice((*SPELLINGS, None))

            async def work(unit: Unit, someone: UUID = someone, other: str | None = other) -> None:
                setattr(await unit.port(Users).get(someone), kind.text, other)
                await unit.port(kind.port).settle([someone])

            await backend.units.run(work)
        for n in range(20):
            user = await loaded_user(backend, user_id(n))
            text = getattr(user, kind.text)
            assert getattr(user, kind.target) == (meant.get(text_key(text)) if text else None)


@each_kind
@about(LocationNameReader, JobTitleReader)
class TestMeaningReader:
    async def test_texts_by_what_they_mean_newest_first(self, backend: Backend, kind: Kind) -> None:
        await save(backend, a_location(1), a_location(2))
        one, other = kind.targets
        said = [("A", one), ("B", other), ("C", one), ("a", other), ("D", one), ("D", None)]
        for n, (text, target) in enumerate(said):
            await kind.say(backend, n, text, target)
        reader = backend.reader(kind.reader)
        every = ["a", "C", "B"]
        for targets, texts in {(): every, kind.targets: every, (other,): ["a", "B"], (one,): ["C"]}.items():
            for size in (1, 2, 5):
                read = lambda after, limit, targets=targets: reader.mapped(targets, after, limit)  # noqa: E731  # bound now
                found = [item for page in await pages(read, size) for item in page]
                assert [getattr(each, kind.shown) for each in found] == texts

    async def test_unmapped_texts_with_how_many_have_them(self, backend: Backend, kind: Kind) -> None:
        reader = backend.reader(kind.reader)
        assert await reader.unmapped(5) == kind.unmapped([], 0, 0)
        texts = ("b", "Á", "a", "B", "b", "Mapped", "c")
        await save(
            backend,
            *(kind.user(n, text) for n, text in enumerate(texts, 1)),
            kind.user(8, "c", is_active=False),
            kind.user(9, None),
        )
        await kind.say(backend, 1, "mapped", kind.targets[0])
        every = [kind.one_unmapped("B", 3), kind.one_unmapped("a", 2), kind.one_unmapped("c", 1)]
        assert await reader.unmapped(5) == kind.unmapped(every, 3, 6)
        assert await reader.unmapped(1) == kind.unmapped(every[:1], 3, 6)
        await kind.say(backend, 2, "mapped", None)
        assert (await reader.unmapped(5)).people == 7

    async def test_a_text_that_somebody_no_longer_has_is_not_theirs(self, backend: Backend, kind: Kind) -> None:
        await save(backend, kind.user(1, "Austin"), kind.user(2, "Austin"))
        await kind.say(backend, 1, "Austin", kind.targets[0])
        await change_user(backend, user_id(2), lambda user: setattr(user, kind.text, "Dallas"))
        await kind.settle(backend, 2)
        assert await kind.held(backend, 1, 2) == [kind.targets[0], None]
