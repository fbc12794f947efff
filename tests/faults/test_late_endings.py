"""Connections that the server has ended and that look open: the FATAL has arrived, the end of the stream has not."""

from __future__ import annotations

import asyncio

import pytest

from application.catalogue.modules.queries import ModuleReader
from application.catalogue.ports import Modules
from application.kernel.units import Unit
from application.people.ports import Staff
from contracts.backend import counted, save
from contracts.make import T, a_module, a_user, uid, user_id
from faults.rounds import rounds
from integration.backends import SqlBackend, end_connections, opened, session_of
from integration.proxy import proxied

pytestmark = pytest.mark.fault("connections are ended by the server and look open")

PASSED_ON = 0.05
"""Seconds in which a proxy on the same machine passes the FATAL on; later is the same as a late end."""


async def warm(backend: SqlBackend, count: int = 4) -> None:
    """Have connections of each kind, idle."""

    async def work(unit: Unit) -> None:
        await (await session_of(unit)).connection()
        await asyncio.sleep(0.01)

    await asyncio.gather(
        *(backend.reader(ModuleReader).worked_on(uid(1)) for _ in range(count)),
        *(backend.units.run(work) for _ in range(count)),
    )


@pytest.mark.parametrize("pre_ping", [True, False])
async def test_nobody_notices(url: str, backend: SqlBackend, pre_ping: bool) -> None:
    await save(backend, a_user(1))
    async with proxied(url) as (proxy, through), opened(through, pool_pre_ping=pre_ping) as distant:
        for number in rounds(1, 20):
            proxy.keeps_open = True
            await warm(distant)
            await end_connections(backend)
            await asyncio.sleep(PASSED_ON)
            runs: list[None] = []

            async def in_a_session(unit: Unit, number: int = number, runs: list[None] = runs) -> None:
                runs.append(None)
                await unit.port(Staff).deactivate([user_id(1)], T)
                await unit.port(Modules).add(a_module(1_000 + number))

            found = await asyncio.gather(
                *(distant.reader(ModuleReader).worked_on(uid(1)) for _ in range(4)),
                *(save(distant, a_module(100 + 4 * number + each)) for each in range(4)),
                distant.units.run(in_a_session),
                return_exceptions=True,
            )
            assert found == [None] * 9
            assert 1 <= len(runs) <= 3
            proxy.keeps_open = False
        assert await counted(backend) == (5 * len(rounds(1, 20)), 1, 0)
