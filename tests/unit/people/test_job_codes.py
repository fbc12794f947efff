"""Job codes and titles: the table, mapping, and that everybody has the code of their title."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from application.people.job_codes.commands import (
    HeldJobCode,
    MapJobTitle,
    ReplaceJobCodes,
    TitleAsMapped,
    map_job_title,
    replace_job_codes,
)
from application.people.job_codes.queries import (
    JobCodesView,
    ListUnmappedTitles,
    ReadJobCodes,
    UnmappedTitle,
    list_unmapped_titles,
    read_job_codes,
)
from application.people.roster import ImportRoster
from application.people.users.commands import DeactivateUsers, EditUser, RegisterUser
from application.people.users.queries import ReadUser
from application.privacy.personal_data import EraseUser
from domain.kernel.errors import InvalidValue, StaleVersion
from domain.people.job_codes import (
    SHIPPED,
    JobCode,
    JobCodeInUse,
    JobCodesChanged,
    JobCodesFollowed,
    JobCodeTable,
    JobTitleMapped,
)
from kit.about import for_each
from kit.examples import a_user, uid
from situations.people import Rows
from worlds.memory import ADMIN, World

RDH, DDS = "Registered Dental Hygienist", "Dentist"


def the_table_with(*codes: JobCode, without: str = "") -> tuple[JobCode, ...]:
    return tuple(each for each in (*SHIPPED, *codes) if each.code != without)


class TestTheTable:
    def test_codes_and_names_are_there_once(self) -> None:
        for codes, message, field in (
            ((JobCode("a", "A"), JobCode("a", "B")), "repeats the code of item 0", "code"),
            ((JobCode("a", "Zähne"), JobCode("b", "zahne ")), "repeats the name of item 0", "name"),
        ):
            with pytest.raises(InvalidValue, match=message) as error:
                JobCodeTable(2, codes)
            assert error.value.field == ("job_codes", 1, field)

    @for_each("code", ["", "Dentist", "front desk", "_a", "a__b", "a-b", "x" * 41])
    def test_codes_are_plain(self, code: str) -> None:
        with pytest.raises(InvalidValue):
            JobCode(code, "A name")

    def test_it_is_not_empty(self) -> None:
        with pytest.raises(InvalidValue, match="must have 1 to 200 items"):
            JobCodeTable(2, ())

    def test_titles_are_mapped_to_codes_that_are_there_and_not_retired(self) -> None:
        table = JobCodeTable(2, (JobCode("a", "A"), JobCode("b", "B", retired=True)))
        table.require_open("a")
        with pytest.raises(InvalidValue, match="is retired"):
            table.require_open("b")
        with pytest.raises(InvalidValue, match="is not one of the job codes: a"):
            table.require_open("c")


class TestReplacing:
    async def test_codes_are_added_renamed_reordered_and_removed(self) -> None:
        world = World()
        codes = (JobCode("b", "B"), *the_table_with(without="trainer")[::-1])
        kept = await world.call(replace_job_codes, ReplaceJobCodes(codes, frozenset({1})))
        assert (kept.version, kept.job_codes, kept.retired_and_held) == (2, list(codes), [])
        assert [type(event) for event in world.events] == [JobCodesChanged]
        assert await world.call(read_job_codes, ReadJobCodes()) == JobCodesView(2, list(codes))

    async def test_nothing_happens_when_nothing_changes(self) -> None:
        world = World()
        kept = await world.call(replace_job_codes, ReplaceJobCodes(SHIPPED, frozenset({1})))
        assert (kept.version, world.events) == (1, [])

    async def test_a_change_is_based_on_the_table_as_it_is(self) -> None:
        world = World()
        await world.call(replace_job_codes, ReplaceJobCodes(the_table_with(JobCode("b", "B"))))
        with pytest.raises(StaleVersion):
            await world.call(replace_job_codes, ReplaceJobCodes(SHIPPED, frozenset({1})))

    async def test_a_code_that_people_have_does_not_disappear(self) -> None:
        world = World()
        await world.holds(a_user(1, job_title=RDH), a_user(2, job_title=RDH))
        await world.call(map_job_title, MapJobTitle(RDH, "hygienist"))
        with pytest.raises(JobCodeInUse, match="hygienist, which would be removed, and 2 active people have it"):
            await world.call(replace_job_codes, ReplaceJobCodes(the_table_with(without="hygienist")))
        retired = the_table_with(JobCode("hygienist", "Hygienist", retired=True), without="")
        codes = tuple(each for each in retired if each.code != "hygienist" or each.retired)
        kept = await world.call(replace_job_codes, ReplaceJobCodes(codes))
        assert kept.retired_and_held == [HeldJobCode("hygienist", 2)]
        assert (await world.bus().ask(ReadUser(uid(1)), ADMIN)).job_code == "hygienist"
        with pytest.raises(InvalidValue, match="is retired"):
            await world.call(map_job_title, MapJobTitle("Other", "hygienist"))

    async def test_a_code_that_a_title_once_meant_stays_for_the_history(self) -> None:
        world = World()
        await world.call(map_job_title, MapJobTitle(RDH, "dentist"))
        await world.call(map_job_title, MapJobTitle(RDH, "hygienist"))
        with pytest.raises(JobCodeInUse):
            await world.call(replace_job_codes, ReplaceJobCodes(the_table_with(without="dentist")))


class TestMapping:
    async def test_everybody_with_the_title_has_the_code_at_once(self) -> None:
        world = World()
        titles = (RDH, RDH.upper(), "Hygienist", None)
        await world.holds(*(a_user(n, job_title=title) for n, title in enumerate(titles, 1)))
        mapped = await world.call(map_job_title, MapJobTitle(f" {RDH.lower()}  ", "hygienist"))
        assert mapped == TitleAsMapped(RDH.lower(), "hygienist", 2)
        (fact, followed) = world.events
        assert isinstance(fact, JobTitleMapped)
        assert followed == JobCodesFollowed(fact.mapping_id, (uid(1), uid(2)))

    async def test_the_same_again_changes_nothing(self) -> None:
        world = World()
        await world.holds(a_user(1, job_title=RDH))
        await world.call(map_job_title, MapJobTitle(RDH, "hygienist"))
        assert (await world.call(map_job_title, MapJobTitle(RDH, "hygienist"))).people == 0
        assert world.events == []
        assert (await world.call(map_job_title, MapJobTitle("Never mapped", None))).people == 0
        assert world.events == []

    async def test_a_mapping_is_taken_back(self) -> None:
        world = World()
        await world.holds(a_user(1, job_title=RDH))
        await world.call(map_job_title, MapJobTitle(RDH, "hygienist"))
        assert await world.call(map_job_title, MapJobTitle(RDH, None)) == TitleAsMapped(RDH, None, 1)
        unmapped = await world.call(list_unmapped_titles, ListUnmappedTitles())
        assert unmapped.items == [UnmappedTitle(RDH, 1)]

    async def test_an_unknown_code_is_refused_with_the_known_ones(self) -> None:
        with pytest.raises(InvalidValue, match="is not one of the job codes: dentist, hygienist") as error:
            await World().call(map_job_title, MapJobTitle(RDH, "hygenist"))
        assert error.value.field == ("job_code",)


class TestHoweverATitleIsWritten:
    async def test_everybody_has_the_code_that_the_title_means(self) -> None:
        world = World()
        bus = world.bus()

        async def code_of(user_id: UUID) -> Any:
            return (await bus.ask(ReadUser(user_id), ADMIN)).job_code

        await bus.execute(MapJobTitle(RDH, "hygienist"), ADMIN)
        await bus.execute(MapJobTitle(DDS, "dentist"), ADMIN)
        registered = await bus.execute(RegisterUser("ana@example.com", job_title=RDH.upper()), ADMIN)
        assert registered.job_code == await code_of(registered.id) == "hygienist"
        edited = await bus.execute(EditUser(registered.id, job_title=DDS), ADMIN)
        assert edited.job_code == await code_of(registered.id) == "dentist"
        edited = await bus.execute(EditUser(registered.id, job_title="Somebody"), ADMIN)
        assert edited.job_code is await code_of(registered.id) is None

        lines = Rows({"email": "ana@example.com", "job_title": RDH}, {"email": "ben@example.com", "job_title": DDS})
        await bus.execute(ImportRoster(lines), ADMIN)
        assert await code_of(registered.id) == "hygienist"
        await bus.execute(DeactivateUsers((registered.id,)), ADMIN)
        assert await code_of(registered.id) == "hygienist"
        erased = await bus.execute(EraseUser(registered.id), ADMIN)
        assert erased.job_code is await code_of(registered.id) is None
