"""Locations: adding, editing and naming them, and where people work because of it."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from application.people.locations.commands import AddLocation, EditLocation, add_location, edit_location
from application.people.locations.histories import ReadLocationHistory, read_location_history
from application.people.locations.names import (
    ListLocationNames,
    ListUnmappedLocations,
    MapLocationText,
    list_location_names,
    list_unmapped_locations,
    map_location_text,
)
from application.people.locations.queries import ListLocations, LocationView, list_locations
from application.people.locations.reprojecting import ReprojectLocations, reproject_locations
from application.people.users.commands import EditUser, RegisterUser, edit_user, register_user
from application.privacy.personal_data import EraseUser, erase_user
from domain.kernel.days import LocalDays
from domain.kernel.errors import InvalidValue
from domain.kernel.states import State
from domain.kernel.values import EARLIEST
from domain.people.location_events import LocationEdited
from domain.people.location_names import LocationNamed, LocationNameTaken, LocationsFollowed
from domain.people.locations import LocationCodeTaken, LocationNotFound
from domain.people.user_errors import UserInactive, UserNotFound
from kit.examples import NOW, uid
from worlds.memory import Timed, World

NOBODY = uid(404)
VALUES: dict[str, list[Any]] = {
    "city": ["Leander", "Austin"],
    "time_zone": ["Pacific/Honolulu", "America/Chicago", "Pacific/Guam"],
}


def in_texas(code: str, name: str, closed_on: date | None = None, responsible_id: UUID | None = None) -> AddLocation:
    return AddLocation(
        code, name, name, State.TEXAS, "America/Chicago", closed_on=closed_on, responsible_id=responsible_id
    )


async def added(
    world: World, code: str = "CP", name: str = "Cedar Park", closed_on: date | None = None
) -> LocationView:
    return await world.call(add_location, in_texas(code, name, closed_on))


async def registered(world: World, n: int, location: str | None) -> UUID | None:
    """The location of a new person with this text."""
    return (await world.call(register_user, RegisterUser(f"{n}@example.com", location=location))).location_id


async def unmapped(world: World) -> list[tuple[str, int]]:
    found = await world.call(list_unmapped_locations, ListUnmappedLocations())
    return [(each.text, each.people) for each in found.items]


class TestWhereSomebodyWorks:
    @pytest.mark.parametrize("text", ["CP", "cedar park", "Cédar  Park"])
    async def test_follows_from_the_code_or_the_name(self, text: str) -> None:
        world = World()
        location = await added(world)
        assert await registered(world, 1, text) == location.id

    async def test_is_unknown_while_the_text_means_nothing(self) -> None:
        world = World()
        await added(world)
        assert [await registered(world, 1, "Park"), await registered(world, 2, None)] == [None, None]
        assert await unmapped(world) == [("Park", 1)]

    async def test_changes_with_the_text(self) -> None:
        world = World()
        there, here = await added(world), await added(world, "RR", "Round Rock")
        ana = await world.call(register_user, RegisterUser("ana@example.com", location="CP"))
        found = []
        for text in ("Round Rock", "Elsewhere", "cp", None):
            edited = await world.call(edit_user, EditUser(ana.id, location=text))
            found.append(edited.location_id)
        assert found == [here.id, None, there.id, None]

    async def test_is_forgotten_with_the_person(self) -> None:
        world = World()
        await added(world)
        ana = await world.call(register_user, RegisterUser("ana@example.com", location="CP"))
        erased = await world.call(erase_user, EraseUser(ana.id))
        assert (erased.location, erased.location_id) == (None, None)

    async def test_is_no_location_that_is_closed(self) -> None:
        world = World()
        closed = await added(world, closed_on=NOW.date().replace(year=NOW.year - 1))
        with pytest.raises(InvalidValue, match="which closed on") as refused:
            await registered(world, 1, "CP")
        assert refused.value.field == ("location",)
        ana = await world.call(register_user, RegisterUser("ana@example.com"))
        with pytest.raises(InvalidValue, match="which closed on"):
            await world.call(edit_user, EditUser(ana.id, location="Cedar Park"))
        await world.call(edit_location, EditLocation(closed.id, closed_on=NOW.date()))
        assert await registered(world, 2, "CP") == closed.id

    async def test_stays_when_it_is_closed(self) -> None:
        world = World()
        location = await added(world)
        ana = await world.call(register_user, RegisterUser("ana@example.com", location="CP"))
        await world.call(edit_location, EditLocation(location.id, closed_on=date(2000, 1, 1)))
        edited = await world.call(edit_user, EditUser(ana.id, department="Hygiene"))
        assert edited.location_id == location.id


class TestNames:
    async def test_a_new_location_takes_those_whose_text_is_its_name(self) -> None:
        world = World()
        ana = await world.call(register_user, RegisterUser("ana@example.com", location="CEDAR PARK"))
        location = await added(world)
        assert [type(each) for each in world.events][-3:] == [LocationNamed, LocationNamed, LocationsFollowed]
        assert world.events[-1] == LocationsFollowed(location.id, (ana.id,))
        assert await unmapped(world) == []

    async def test_mapping_a_text_takes_those_who_have_it(self) -> None:
        world = World()
        location = await added(world)
        for n, text in enumerate(("The park", "the PARK", "Elsewhere")):
            await registered(world, n, text)
        mapped = await world.call(map_location_text, MapLocationText("thé park", location.id))
        assert (mapped.location_id, mapped.people) == (location.id, 2)
        assert await unmapped(world) == [("Elsewhere", 1)]
        again = await world.call(map_location_text, MapLocationText("The park", location.id))
        assert again.people == 0
        back = await world.call(map_location_text, MapLocationText("The park", None))
        assert (back.location_id, back.people) == (None, 2)
        assert [text for text, _ in await unmapped(world)] == ["The park", "Elsewhere"]

    async def test_the_own_code_and_name_always_mean_the_location(self) -> None:
        world = World()
        await added(world)
        other = await added(world, "RR", "Round Rock")
        for text in ("cp", "Cedar Park"):
            for target in (other.id, None):
                with pytest.raises(LocationNameTaken):
                    await world.call(map_location_text, MapLocationText(text, target))
        with pytest.raises(LocationNameTaken):
            await added(world, "XX", "CEDAR park")
        with pytest.raises(LocationNameTaken):
            await world.call(edit_location, EditLocation(other.id, name="CP"))
        with pytest.raises(LocationCodeTaken):
            await added(world, "cp", "Elsewhere")

    async def test_a_text_means_no_unknown_location(self) -> None:
        with pytest.raises(LocationNotFound):
            await World().call(map_location_text, MapLocationText("The park", NOBODY))

    async def test_an_earlier_name_goes_on_meaning_it_until_it_is_mapped(self) -> None:
        world = World()
        location, other = await added(world), await added(world, "RR", "Round Rock")
        await world.call(edit_location, EditLocation(location.id, name="Cedar Park West"))
        assert [await registered(world, n, text) for n, text in enumerate(("cedar park west", "Cedar Park"))] == [
            location.id
        ] * 2
        assert (await world.call(map_location_text, MapLocationText("Cedar Park", other.id))).people == 1
        page = await world.call(list_location_names, ListLocationNames((location.id,)))
        assert sorted(each.text for each in page.items) == ["CP", "Cedar Park West"]


class TestResponsible:
    async def test_is_an_active_user(self) -> None:
        world = World()
        ana = await world.call(register_user, RegisterUser("ana@example.com"))
        location = await world.call(add_location, in_texas("CP", "Cedar Park", responsible_id=ana.id))
        assert location.responsible_id == ana.id
        with pytest.raises(UserNotFound):
            await world.call(edit_location, EditLocation(location.id, responsible_id=NOBODY))
        await world.call(edit_user, EditUser(ana.id, is_active=False))
        with pytest.raises(UserInactive):
            await world.call(add_location, in_texas("RR", "Round Rock", responsible_id=ana.id))
        kept = await world.call(edit_location, EditLocation(location.id, city="Leander"))
        assert kept.responsible_id == ana.id


class TestDays:
    async def test_an_edit_holds_from_today_there_unless_it_says_a_day(self) -> None:
        world = World()
        location = await added(world)
        await world.call(edit_location, EditLocation(location.id, city="Leander"))
        today = LocalDays("America/Chicago").day_of(world.now())
        await world.call(edit_location, EditLocation(location.id, from_day=today + timedelta(5), name="West"))
        found = await world.call(read_location_history, ReadLocationHistory(location.id))
        assert [(each.from_day, each.city, each.name) for each in found.facts] == [
            (EARLIEST, "Cedar Park", "Cedar Park"),
            (today, "Leander", "Cedar Park"),
            (today + timedelta(5), "Leander", "West"),
        ]
        assert (found.as_of, found.known) == (today, found.facts[1])

    async def test_what_is_known_or_planned_makes_another_version_of_the_location(self) -> None:
        world = World()
        location = await added(world)
        corrected = EditLocation(location.id, from_day=date(2020, 1, 1), reason="Typed wrong.", city="Leander")
        assert ((shown := await world.call(edit_location, corrected)).version, shown.city) == (2, "Leander")
        planned = EditLocation(location.id, frozenset({2}), from_day=date(2100, 1, 1), city="Austin")
        assert ((shown := await world.call(edit_location, planned)).version, shown.city) == (3, "Leander")
        assert world.events == [LocationEdited(location.id)]
        again = await world.call(edit_location, EditLocation(location.id, from_day=date(2100, 1, 1), city="Austin"))
        assert (again.version, world.events) == (3, [])

    async def test_the_past_is_corrected_with_a_reason(self) -> None:
        world = World()
        location = await added(world)
        with pytest.raises(InvalidValue, match="must be given") as refused:
            await world.call(edit_location, EditLocation(location.id, from_day=date(2020, 1, 1), city="Leander"))
        assert refused.value.field == ("reason",)
        found = await world.call(read_location_history, ReadLocationHistory(location.id))
        assert len(found.facts) == 1

    async def test_a_planned_name_means_the_location_already(self) -> None:
        world = World()
        location, other = await added(world), await added(world, "RR", "Round Rock")
        ana = await world.call(register_user, RegisterUser("ana@example.com", location="West"))
        planned = EditLocation(location.id, from_day=date(2100, 1, 1), name="West", code="W")
        await world.call(edit_location, planned)
        assert world.events[-1] == LocationsFollowed(location.id, (ana.id,))
        for text in ("west", "w", "Cedar Park", "CP"):
            with pytest.raises(LocationNameTaken):
                await world.call(map_location_text, MapLocationText(text, other.id))
        with pytest.raises(LocationCodeTaken):
            await added(world, "w", "Elsewhere")
        back = EditLocation(location.id, from_day=date(2100, 1, 1), name="Cedar Park", code="CP")
        await world.call(edit_location, back)
        assert (await world.call(map_location_text, MapLocationText("West", other.id))).people == 1

    async def test_a_name_that_was_given_up_must_be_free_to_come_back(self) -> None:
        world = World()
        location, other = await added(world), await added(world, "RR", "Round Rock")
        await world.call(edit_location, EditLocation(location.id, name="West"))
        await world.call(map_location_text, MapLocationText("Cedar Park", other.id))
        with pytest.raises(LocationNameTaken):
            await world.call(edit_location, EditLocation(location.id, name="Cedar Park"))
        corrected = EditLocation(location.id, from_day=date(2020, 1, 1), reason="Typed wrong.", city="Leander")
        assert (await world.call(edit_location, corrected)).city == "Leander"

    @pytest.mark.parametrize("given", [{"from_day": date(2026, 1, 1)}, {"reason": "Typed wrong."}])
    def test_a_day_or_a_reason_alone_changes_nothing(self, given: dict[str, Any]) -> None:
        with pytest.raises(InvalidValue, match="without a change") as refused:
            EditLocation(NOBODY, **given)
        assert refused.value.field == (*given,)

    @pytest.mark.parametrize("seed", [12, 177, 213, 356])
    async def test_a_location_shows_what_its_history_says_whenever_it_is_edited(self, seed: int) -> None:
        """Also while it is another day in another zone, and where a plan has begun that was not carried out yet."""
        chance, world = Random(seed), Timed()
        location = await added(world)
        for _ in range(15):
            world.clock.advance(timedelta(hours=chance.randrange(30)))
            day = world.now().date() + timedelta(chance.randrange(-2, 4))
            changes = {name: chance.choice(values) for name, values in VALUES.items() if chance.random() < 0.5}
            if chance.random() < 0.3:
                await world.call(reproject_locations, ReprojectLocations())
            elif changes:
                from_day = None if chance.random() < 0.5 else day
                edit = EditLocation(location.id, from_day=from_day, reason="Moved.", **changes)
                shown = await world.call(edit_location, edit)
                assert from_day or {name: getattr(shown, name) for name in changes} == changes
            else:
                continue
            assert (await world.call(reproject_locations, ReprojectLocations(check=True))).differences == []

    async def test_there_is_no_history_of_an_unknown_location(self) -> None:
        with pytest.raises(LocationNotFound):
            await World().call(read_location_history, ReadLocationHistory(NOBODY))


async def test_closed_locations_are_not_offered() -> None:
    world = World()
    await added(world, "A", "Closed", date(2000, 1, 1))
    await added(world, "B", "Open")
    found = {
        closed: [each.code for each in (await world.call(list_locations, ListLocations(is_closed=closed))).items]
        for closed in (None, True, False)
    }
    assert (sorted(found[None]), found[True], found[False]) == (["A", "B"], ["A"], ["B"])
