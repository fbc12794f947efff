"""A requirement and the module that it names, at once: what is named is there, whichever comes first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import count

import pytest

from application.catalogue.modules.commands import CreateModule, DeleteModule
from application.catalogue.modules.queries import ReadModule
from application.compliance.requirements.commands import AddRequirement
from application.compliance.requirements.queries import ListRequirements
from domain.catalogue.module_life import ModuleNotFound, ModuleRequired
from domain.compliance.fulfillment import Courses, CourseSet
from domain.kernel.errors import InvalidValue
from integration.backends import ADMIN, SqlBackend
from situations.requirements import CARD, a_new_requirement

ROUNDS = 4


async def test_a_module_is_not_deleted_while_a_requirement_is_drafted_that_names_it(backend: SqlBackend) -> None:
    bus, numbers = backend.bus(), count(1)

    async def add(command: AddRequirement) -> bool:
        try:
            await bus.execute(command, ADMIN)
        except InvalidValue:
            return False
        return True

    async def delete(command: DeleteModule) -> bool:
        try:
            await bus.execute(command, ADMIN)
        except ModuleRequired:
            return False
        return True

    for number in range(ROUNDS):
        module = await bus.execute(CreateModule(f"Course {next(numbers)}"), ADMIN)
        terms = replace(CARD, fulfillment=Courses(CourseSet((module.id,))))
        both = [add(a_new_requirement(f"rule_{number}", terms)), delete(DeleteModule(module.id))]
        added, deleted = await asyncio.gather(*both) if number % 2 else (await asyncio.gather(*both[::-1]))[::-1]
        assert added is not deleted
        if deleted:
            with pytest.raises(ModuleNotFound):
                await bus.ask(ReadModule(module.id), ADMIN)
        codes = {each.code for each in (await bus.ask(ListRequirements(limit=200), ADMIN)).items}
        assert (f"rule_{number}" in codes) is added
