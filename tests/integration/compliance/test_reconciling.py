"""Reconciling from the command line, on both databases."""

from __future__ import annotations

from dataclasses import replace

from contracts.make import T, uid
from domain.compliance.audience_documents import parsed
from entrypoints.bootstrap import bootstrap
from entrypoints.cli.reconciling import reconcile
from integration.backends import SqlBackend
from integration.compliance.test_obligations_follow import FarIds, owing
from integration.running import settings_for
from kit.compliance import rule
from kit.surroundings import FixedClock

LAB = {"field": "department", "is": "Lab"}


async def test_it_computes_what_is_marked_and_finds_nothing_else(backend: SqlBackend, url: str) -> None:
    stage, said = owing(backend, FarIds()), list[str]()
    ana = await stage.person(department="Lab", hired_on=T.date())
    await stage.person("ben", department="Front", hired_on=T.date())
    version = rule(since="2020-01-01")
    await stage.approve(1, replace(version, terms=replace(version.terms, audience=parsed(LAB))))
    service = bootstrap(settings_for(url), clock=FixedClock(T))
    try:
        expected = [f"{ana}: requirement {uid(70_001)}"]
        assert await reconcile(service, True, said.append) == expected
        assert await reconcile(service, False, said.append) == []
        assert await stage.owes(ana) != ()
        assert await reconcile(service, True, said.append) == []

        # Somebody has changed the table by hand.
        schema = "training." if backend.on_postgresql else ""
        await backend.sql(f"UPDATE {schema}obligation_states SET superseded_at = recorded_at")  # noqa: S608  # our own words
        assert await reconcile(service, False, said.append) == expected
        assert await reconcile(service, True, said.append) == []
    finally:
        await service.close()
    rows = len(await stage.owes(ana))
    assert said == [
        "People compared: 2. Obligations that differ: 1, of 1 requirements.",
        "People compared: 2. Obligations that differ: 0, of 0 requirements. Rows written: 0.",
        "People compared: 2. Obligations that differ: 0, of 0 requirements.",
        f"People compared: 2. Obligations that differ: 1, of 1 requirements. Rows written: {rows}.",
        "People compared: 2. Obligations that differ: 0, of 0 requirements.",
    ]
