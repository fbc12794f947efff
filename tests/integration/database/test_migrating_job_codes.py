"""The job titles of people stay, and none of them means a job code until an administrator says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sql.install.migrating import current, downgrade, upgrade
from application.kernel.access import Actor
from application.people.job_codes.commands import MapJobTitle
from application.people.job_codes.queries import JobCodeReader, JobCodesView, JobTitleReader
from application.people.users.queries import ListUsers
from contracts.make import uid
from domain.people.job_codes import JobCodeTable
from integration.backends import created, opened
from integration.tampering import without_ledger
from migrations.helpers.downgrades import EvidenceWouldBeLost

BEFORE = "0031"
TITLES = {1: "RDH", 2: "rdh", 3: "Hygienist", 4: "hygienist", 5: None}
"""Two spellings of a title, the name and the code of a job code that is shipped, and somebody without a title."""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_titles_stay_and_no_code_is_guessed(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    new = f"sqlite:///{tmp_path}/old.db" if kind == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_titles")) as backend:
        engine = backend.database.engine
        await upgrade(engine, BEFORE)
        for n, title in TITLES.items():
            user = uid(n) if backend.on_postgresql else uid(n).hex
            written = f"'{title}', '{title.lower()}'" if title else "NULL, NULL"
            await backend.sql(
                "INSERT INTO users (id, email, job_title, job_title_folded, profile_metadata) VALUES"  # noqa: S608  # our own words
                f" ('{user}', 'user{n}@example.com', {written}, '{{}}')"
            )
        await upgrade(engine, "0032")
        await downgrade(engine, BEFORE)
        assert await backend.sql("SELECT count(*) FROM users WHERE job_title IS NOT NULL") == [(4,)]

        await upgrade(engine)
        bus = backend.bus()
        people = {each.id: each for each in (await bus.ask(ListUsers(), Actor.system())).items}
        assert {n: people[uid(n)].job_title for n in TITLES} == TITLES
        assert {each.job_code for each in people.values()} == {None}
        assert await backend.reader(JobCodeReader).table() == JobCodesView.of(JobCodeTable.shipped())
        unmapped = await backend.reader(JobTitleReader).unmapped(9)
        assert [(each.title.lower(), each.people) for each in unmapped.items] == [("hygienist", 2), ("rdh", 2)]

        await bus.execute(MapJobTitle("RDH", "hygienist"), Actor.system())
        found = (await bus.ask(ListUsers(job_code=("hygienist",)), Actor.system())).items
        assert {each.id for each in found} == {uid(1), uid(2)}
        await without_ledger(backend)
        with pytest.raises(EvidenceWouldBeLost):
            await downgrade(engine, BEFORE)
        assert await current(engine) != BEFORE
