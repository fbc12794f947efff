"""The contract of material versions: those that reopen something, with their days where the organization is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from application.catalogue.ports import Modules, Versions
from application.compliance.material import Material, MaterialVersions
from application.kernel.units import Unit
from contracts import about
from contracts.backend import Backend, save
from contracts.make import NOBODY, a_published_module, published, uid
from domain.catalogue.modules import TrainingModule
from domain.catalogue.reopening import Reopening, Reopens
from domain.catalogue.versions import ModuleVersion
from domain.compliance import facts
from domain.compliance.facts import MaterialVersion
from domain.kernel.days import LocalDays

MIDNIGHT = datetime(2126, 4, 1, 5, tzinfo=UTC)
"""In Chicago."""
CHICAGO = LocalDays("America/Chicago").day_of
DUE = date(2126, 6, 30)
EVERYONE, NEW = Reopening(Reopens.EVERYONE, DUE), Reopening(Reopens.NEW_PEOPLE)


def a_version(module: TrainingModule, reopening: Reopening, now: datetime) -> ModuleVersion:
    section = module.sections[0]
    module.edit_section(section.id, now=now, title=f"{section.title}+")
    return published(module, now=now, material=True, reopening=reopening)


async def publish(unit: Unit, n: int, reopening: Reopening, now: datetime) -> None:
    module = await unit.port(Modules).get(uid(n))
    await unit.port(Versions).add(a_version(module, reopening, now))


async def found(unit: Unit, *modules: int) -> Material:
    return await unit.port(MaterialVersions).of([uid(n) for n in modules], CHICAGO)


@about(MaterialVersions)
class TestMaterialVersions:
    async def test_those_of_some_modules_that_reopen_something(self, backend: Backend) -> None:
        await save(backend, *a_published_module(1), *a_published_module(2), *a_published_module(3))

        async def work(unit: Unit) -> Any:
            before = MIDNIGHT - timedelta(microseconds=1)
            await publish(unit, 1, EVERYONE, before)
            await publish(unit, 1, Reopening(), MIDNIGHT)
            await publish(unit, 1, NEW, MIDNIGHT)
            await publish(unit, 2, NEW, MIDNIGHT)
            await publish(unit, 3, Reopening(), MIDNIGHT)
            return await found(unit, 1, 2, 3)

        within = await backend.units.run(work)
        april = date(2126, 4, 1)
        one = (
            MaterialVersion(uid(1), 2, date(2126, 3, 31), facts.Reopens.EVERYONE, DUE),
            MaterialVersion(uid(1), 4, april, facts.Reopens.NEW_PEOPLE, april),
        )
        other = (MaterialVersion(uid(2), 2, april, facts.Reopens.NEW_PEOPLE, april),)
        assert within == {uid(1): one, uid(2): other}
        assert await backend.units.run(lambda unit: found(unit, 1, 2, 3, 1)) == within
        assert await backend.units.run(lambda unit: found(unit, 2)) == {uid(2): other}
        assert await backend.units.run(lambda unit: unit.port(MaterialVersions).of([NOBODY], CHICAGO)) == {}
        assert await backend.units.run(found) == {}

    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
    async def test_another_time_zone_of_the_organization_puts_nothing_before_the_publication(
        self, backend: Backend, zone: str
    ) -> None:
        module, version = a_published_module(1)
        await save(backend, module, version)
        due_on = CHICAGO(MIDNIGHT)
        await backend.units.run(lambda unit: publish(unit, 1, Reopening(Reopens.EVERYONE, due_on), MIDNIGHT))
        of = LocalDays(zone).day_of
        (told,) = (await backend.units.run(lambda unit: unit.port(MaterialVersions).of([uid(1)], of)))[uid(1)]
        assert (told.published_on, told.due_on) == (min(of(MIDNIGHT), due_on), due_on)
