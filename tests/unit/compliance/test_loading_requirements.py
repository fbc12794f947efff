"""Loading files of requirements: all of them or none, and nothing if only asked what would be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from application.compliance.requirements.commands import RetireRequirement, retire_requirement
from application.compliance.requirements.loading import LoadRequirements, RequirementsRejected, load_requirements
from application.compliance.requirements.ports import Requirements
from application.kernel.access import Actor
from application.kernel.units import Unit
from domain.compliance.fulfillment import CredentialNeeded
from domain.compliance.requirement import Requirement
from domain.compliance.requirement_events import RequirementAdded, RequirementDrafted
from domain.compliance.schedule import AfterCompletion
from domain.compliance.written_requirements import Loaded, WrittenRequirement
from kit.compliance import course, rule
from worlds.memory import World

TERMS = replace(rule().terms, fulfillment=CredentialNeeded("bls"))
OTHER = replace(TERMS, repeats=AfterCompletion(24))
SHARPS = WrittenRequirement("sharps", "Sharps", "As OSHA asks.", TERMS)
GLOVES, MASKS = (replace(SHARPS, code=title.lower(), title=title) for title in ("Gloves", "Masks"))


class Desk:
    """Somebody who loads files."""

    def __init__(self) -> None:
        self.world = World()

    async def load(self, *files: WrittenRequirement, dry_run: bool = False) -> list[Loaded]:
        return await self.world.call(load_requirements, LoadRequirements(files, dry_run), actor=Actor.system())

    async def kept(self, code: str) -> Requirement | None:
        async def work(unit: Unit) -> Requirement | None:
            return await unit.port(Requirements).by_code(code)

        return await self.world.units.run(work)

    async def retire(self, code: str) -> None:
        kept = await self.kept(code)
        assert kept is not None
        command = RetireRequirement(kept.id, date(2027, 1, 1))
        await self.world.call(retire_requirement, command, actor=Actor.system())


async def test_new_codes_are_added_and_loading_them_again_changes_nothing() -> None:
    desk = Desk()
    assert await desk.load(SHARPS, GLOVES) == [Loaded.ADDED, Loaded.ADDED]
    assert [type(event) for event in desk.world.events] == [RequirementAdded, RequirementDrafted] * 2
    assert await desk.load(GLOVES, SHARPS) == [Loaded.UNCHANGED, Loaded.UNCHANGED]
    assert desk.world.events == []
    kept = await desk.kept("sharps")
    assert kept is not None
    assert (kept.title, [each.terms for each in kept.versions], kept.approved) == ("Sharps", [TERMS], ())


async def test_only_what_has_changed_is_written() -> None:
    desk = Desk()
    await desk.load(SHARPS, GLOVES)
    assert await desk.load(replace(SHARPS, terms=OTHER), GLOVES) == [Loaded.CHANGED, Loaded.UNCHANGED]


async def test_a_dry_run_says_what_would_be_done_and_does_nothing() -> None:
    desk = Desk()
    await desk.load(GLOVES)
    other = replace(GLOVES, title="Gloves and gowns", note="Checked.")
    assert await desk.load(SHARPS, other, dry_run=True) == [Loaded.ADDED, Loaded.CHANGED]
    assert desk.world.events == []
    assert await desk.kept("sharps") is None
    kept = await desk.kept("gloves")
    assert kept is not None
    assert (kept.title, kept.of_number(1).note) == ("Gloves", "As OSHA asks.")


@pytest.mark.parametrize("dry_run", [True, False])
async def test_if_one_cannot_be_loaded_none_is_and_all_problems_are_named(dry_run: bool) -> None:
    desk = Desk()
    await desk.load(GLOVES, MASKS)
    for code in ("gloves", "masks"):
        await desk.retire(code)
    with pytest.raises(RequirementsRejected) as refused:
        await desk.load(replace(GLOVES, terms=OTHER), SHARPS, replace(MASKS, terms=OTHER), dry_run=dry_run)
    assert [each.code for each in refused.value.problems] == ["gloves", "masks"]
    assert "is retired" in refused.value.problems[0].message
    assert await desk.kept("sharps") is None


async def test_a_module_that_is_gone_is_a_problem() -> None:
    gone = replace(SHARPS, terms=replace(TERMS, fulfillment=course("B")))
    with pytest.raises(RequirementsRejected, match="sharps: is not a module"):
        await Desk().load(gone)
