"""The ledger begins empty beside what was there before, and a downgrade loses none of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql.install.migrating import current, downgrade, upgrade
from application.audit.queries import ReadAuditLeaves
from application.audit.sealing import seal
from application.catalogue.modules.commands import CreateModule
from contracts.make import uid
from integration.backends import ADMIN, SqlBackend, created, opened
from migrations.helpers.downgrades import EvidenceWouldBeLost


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with an event."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_audit")) as backend:
        await upgrade(backend.database.engine, "0046")
        ids = [str(each) if backend.on_postgresql else each.hex for each in (uid(1), uid(9))]
        await backend.sql(
            "INSERT INTO outbox_events (id, name, subject_id, payload, occurred_at) VALUES"  # noqa: S608  # our own words
            f" ('{ids[0]}', 'ModuleDrafted', '{ids[1]}', '{{}}', '2026-03-04 05\\:30\\:00.000000')"
        )
        yield backend


async def test_the_ledger_begins_with_the_first_change_after_it(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    assert len(await old.outbox()) == 1
    bus = old.bus()
    assert (await seal(bus)).size == 0
    await bus.execute(CreateModule("Sharps"), ADMIN)
    assert (await seal(bus)).size == 1
    (leaf,) = (await bus.ask(ReadAuditLeaves(0), ADMIN.system())).leaves
    assert (leaf.operation, leaf.actor_id) == ("create_module", ADMIN.user_id)


async def test_a_downgrade_is_refused_while_there_are_entries(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    await downgrade(old.database.engine, "0046")
    await upgrade(old.database.engine)
    await old.bus().execute(CreateModule("Sharps"), ADMIN)
    with pytest.raises(EvidenceWouldBeLost, match="audit_entries, which is not empty"):
        await downgrade(old.database.engine, "0046")
    assert await current(old.database.engine) != "0046"
