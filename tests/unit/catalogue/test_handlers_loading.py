"""Loading a module from a file, also repeatedly."""

from __future__ import annotations

from typing import Any

import pytest

from application.catalogue.files.commands import (
    CatalogRejected,
    LoadCatalog,
    Loaded,
    LoadModule,
    load_catalog,
    load_module,
)
from application.catalogue.modules.commands import NewQuestion, NewSection
from application.catalogue.ports import Modules, Versions
from application.kernel.units import Unit
from domain.catalogue.completion_rules import CompletionRules
from domain.catalogue.module_life import ModuleDrafted, ModuleEdited, ModuleIsArchived, ModulePublished
from domain.catalogue.questions import TrueFalse
from domain.catalogue.sections import Lesson, Quiz
from domain.catalogue.versions import ModuleVersion
from kit.examples import LATER, an_archived_module
from worlds.memory import World

SECTIONS = (NewSection("Check", Quiz(), (NewQuestion("True?", TrueFalse(True)),)),)


@pytest.fixture
def world() -> World:
    return World()


async def load(world: World, **changes: Any) -> Loaded:
    command = LoadModule(**{"slug": "claims", "title": "Claims", "sections": SECTIONS, **changes})
    return await world.call(load_module, command)


async def test_a_new_slug_is_created(world: World) -> None:
    assert await load(world) is Loaded.CREATED
    assert [type(event) for event in world.events] == [ModuleDrafted]


async def test_loading_twice_changes_nothing(world: World) -> None:
    await load(world, publish=True)
    assert await load(world, publish=True) is Loaded.UNCHANGED
    assert world.events == []


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Claims handling"},
        {"tags": ("billing",)},
        {"sections": (NewSection("Read", Lesson("Text")),)},
        {"sections": (NewSection("Check", Quiz(), (NewQuestion("True?", TrueFalse(False)),)),)},
        {"title": "Claims handling", "sections": ()},
        {"publish": True},
    ],
)
async def test_what_differs_is_brought_up_to_date(world: World, changes: dict[str, Any]) -> None:
    await load(world)
    assert await load(world, **changes) is Loaded.UPDATED
    assert await load(world, **changes) is Loaded.UNCHANGED


async def test_it_is_published_if_asked_for(world: World) -> None:
    assert await load(world, publish=True) is Loaded.CREATED
    assert [type(event) for event in world.events] == [ModuleDrafted, ModulePublished]


async def test_an_archived_module_is_not_revived(world: World) -> None:
    await world.holds(an_archived_module(number=901, title="Claims"))
    with pytest.raises(ModuleIsArchived):
        await load(world)


async def test_a_catalogue_is_loaded_as_a_whole_or_not_at_all(world: World) -> None:
    await world.holds(an_archived_module(number=901, title="Claims"))

    def module(slug: str, title: str) -> LoadModule:
        return LoadModule(slug, title, sections=SECTIONS, publish=True)

    async def load_all(*modules: LoadModule) -> list[Loaded]:
        return await world.call(load_catalog, LoadCatalog(modules))

    good, archived, unprintable = module("sharps", "Sharps"), module("claims", "Claims"), module("hands", "洗手")
    with pytest.raises(CatalogRejected) as raised:
        await load_all(good, archived, unprintable)
    assert [problem.slug for problem in raised.value.problems] == ["claims", "hands"]
    assert await load_all(good) == [Loaded.CREATED]
    assert await load_all(good, module("hands", "Hands")) == [Loaded.UNCHANGED, Loaded.CREATED]


async def test_an_archived_module_that_has_not_changed_stays_as_it_is(world: World) -> None:
    await load(world, publish=True)

    async def archive(unit: Unit) -> None:
        module = await unit.port(Modules).by_slug("claims")
        assert module is not None
        module.archive(now=LATER)

    await world.units.run(archive)
    assert await load(world, publish=True) is Loaded.UNCHANGED
    assert world.events == []


async def test_what_changed_is_published_as_a_new_version_and_keeps_its_ids(world: World) -> None:
    await load(world, publish=True)
    before = await published(world)
    (check,) = SECTIONS
    more = NewQuestion("False?", TrueFalse(False))
    changed = NewSection(check.title, Quiz(draw=1), (more, *check.questions))
    assert await load(world, sections=(NewSection("Read", Lesson("Text")), changed), publish=True) is Loaded.UPDATED
    after = await published(world)
    assert (before.number, after.number) == (1, 2)
    assert after.sections[1].id == before.sections[0].id
    assert after.questions[1].id == before.questions[0].id
    assert len({*(s.id for s in after.sections), *(q.id for q in after.questions)}) == 4
    assert [type(event) for event in world.events] == [ModuleEdited, ModulePublished]


async def test_rules_alone_are_a_new_version(world: World) -> None:
    await load(world, publish=True)
    assert await load(world, rules=CompletionRules(pass_mark=70), publish=True) is Loaded.UPDATED
    assert (await published(world)).settings.rules.pass_mark == 70


async def test_what_is_no_part_of_a_version_is_brought_up_to_date_without_one(world: World) -> None:
    await load(world, publish=True)
    assert await load(world, tags=("billing",), publish=True) is Loaded.UPDATED
    assert (await published(world)).number == 1


async def published(world: World) -> ModuleVersion:
    """The version of the module that is offered."""

    async def work(unit: Unit) -> ModuleVersion:
        module = await unit.port(Modules).by_slug("claims")
        assert module is not None
        assert module.version_number is not None
        return await unit.port(Versions).get(module.id, module.version_number)

    return await world.units.run(work)
