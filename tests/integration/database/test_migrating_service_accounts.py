"""Events from before service accounts stay as they are, and a downgrade loses none of the accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql.install.migrating import current, downgrade, upgrade
from application.people.service_accounts.commands import CreateServiceAccount
from application.people.service_accounts.signing_in import KeyReader
from contracts.make import uid
from domain.kernel.key_scopes import KeyScope
from integration.backends import ADMIN, SqlBackend, created, opened
from integration.tampering import without_ledger
from migrations.helpers.downgrades import EvidenceWouldBeLost

NEW = CreateServiceAccount("HR", "The roster", (KeyScope.PEOPLE_READ, KeyScope.RECORDS_READ), 90, ("Hygiene",))


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with an event of a user and one of the service."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_keys")) as backend:
        await upgrade(backend.database.engine, "0023")
        zone = "+00:00" if backend.on_postgresql else ""
        for n, actor in ((1, 7), (2, None)):
            ids = [None if each is None else uid(each) for each in (n, 9, actor)]
            texts = ["NULL" if each is None else f"'{each if backend.on_postgresql else each.hex}'" for each in ids]
            await backend.sql(
                "INSERT INTO outbox_events (id, name, subject_id, payload, occurred_at, actor_id) VALUES"  # noqa: S608  # our own words
                f" ({texts[0]}, 'ModuleDrafted', {texts[1]}, '{{}}', '2026-03-04 05:30:00.000000{zone}', {texts[2]})"
            )
        yield backend


async def test_events_stay_and_new_ones_tell_what_caused_them(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    made = await old.bus().execute(NEW, ADMIN)
    assert await old.actors() == [(uid(7), None), (None, None), *[(ADMIN.user_id, "user")] * 2]
    found = await old.reader(KeyReader).by_id(made.keys[0].id)
    assert found is not None
    assert (found.account_id, found.scopes, found.departments) == (made.id, NEW.scopes, NEW.departments)


async def test_a_downgrade_is_refused_while_there_are_accounts(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    await downgrade(old.database.engine, "0023")
    await upgrade(old.database.engine)
    await old.bus().execute(NEW, ADMIN)
    await without_ledger(old)
    with pytest.raises(EvidenceWouldBeLost, match="service_accounts, which is not empty"):
        await downgrade(old.database.engine, "0023")
    assert await current(old.database.engine) != "0023"
