"""In every situation, each database gets the events that the memory adapters get."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from adapters.sql.kit.outbox import outbox
from application.delivery.ports import EventLog
from integration.backends import SqlBackend
from integration.kept_open import (  # noqa: F401  # fixtures
    IN_ONE_LOOP,
    backend,
    database_at,
    sqlite,
    sqlite_file,
)
from situations import Situation, discover_situations
from situations.stage import MemoryStage, Stage
from worlds.memory import Timed

pytestmark = IN_ONE_LOOP


@pytest.mark.parametrize("situation", discover_situations(), ids=str)
async def test_the_same_is_reported(situation: Situation, backend: SqlBackend) -> None:  # noqa: F811
    memory, world = MemoryStage(), Timed()
    await memory.do(*await situation.prepare(memory))
    stage = Stage(backend.bus(world.clock, world), world.clock, backend.units, backend.reader(EventLog))
    await stage.do(*await situation.prepare(stage))
    assert await told(backend) == Counter(
        (type(event).__name__, shown(msgspec.to_builtins(event))) for event in memory.told
    )


async def told(store: SqlBackend) -> Counter[tuple[str, str]]:
    async with store.database.engine.connect() as connection:
        rows = await connection.execute(select(outbox.c.name, outbox.c.payload))
        return Counter((row.name, shown(row.payload)) for row in rows)


def shown(payload: dict[str, Any]) -> str:
    """The payload but for cycles, whose ids the database makes where it enrolls many."""
    return json.dumps({name: value for name, value in payload.items() if name != "cycle_id"}, sort_keys=True)
