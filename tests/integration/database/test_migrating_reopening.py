"""What was published before reopens for nobody, and what was chosen since is not lost by going back."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sql.install.migrating import current, downgrade, upgrade
from application.catalogue.versions.queries import VersionReader
from contracts.backend import save
from contracts.make import a_full_version, uid
from domain.catalogue.reopening import Reopens
from integration.backends import created, opened
from migrations.helpers.downgrades import EvidenceWouldBeLost

BEFORE = "0044"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_was_published_before_reopens_for_nobody(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    new = f"sqlite:///{tmp_path}/old.db" if kind == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_reopening")) as backend:
        await upgrade(backend.database.engine, BEFORE)
        one, tags = (uid(1), "{}") if backend.on_postgresql else (uid(1).hex, "[]")
        module = f"INSERT INTO training_modules (id, slug, title, tags) VALUES ('{one}', 'old', 'Old', '{tags}')"  # noqa: S608  # our own words
        names = "settings, sections, questions, outline, content_hash, change_note, material, published_at"
        values = f"'{{}}', '[]', '[]', '[]', '{64 * '0'}', '', true, '2026-03-31 09:30:15.123456'"
        await backend.sql(module)
        await backend.sql(f"INSERT INTO module_versions (module_id, number, {names}) VALUES ('{one}', 1, {values})")  # noqa: S608
        await upgrade(backend.database.engine)
        page = await backend.reader(VersionReader).of_module(uid(1), None, 5)
        assert page is not None
        assert [(each.reopens, each.reopen_due_on) for each in page.items] == [(Reopens.NOBODY, None)]
        await downgrade(backend.database.engine, BEFORE)
        await upgrade(backend.database.engine)
        await save(backend, *a_full_version(2))
        with pytest.raises(EvidenceWouldBeLost, match=r"module_versions\.reopens"):
            await downgrade(backend.database.engine, BEFORE)
        assert await current(backend.database.engine) != BEFORE
