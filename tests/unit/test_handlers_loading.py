"""Loading a module kept as a file, as often as one likes."""

from __future__ import annotations

from typing import Any

import pytest

from application.catalog.commands import Loaded, LoadModule, load_module
from application.modules.commands import NewQuestion, NewSection
from application.ports import Clock, Ids, Modules
from domain.modules import ModuleDrafted, ModuleIsArchived, ModulePublished
from domain.questions import TrueFalse
from domain.sections import Lesson, Quiz
from examples import an_archived_module
from memory_world import World

SECTIONS = (NewSection("Check", Quiz(), (NewQuestion("True?", TrueFalse(True)),)),)


@pytest.fixture
def world() -> World:
    return World()


async def load(world: World, **changes: Any) -> Loaded:
    command = LoadModule(**{"slug": "claims", "title": "Claims", "sections": SECTIONS, **changes})
    return await world.call(load_module, command, Modules, Ids, Clock)


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
