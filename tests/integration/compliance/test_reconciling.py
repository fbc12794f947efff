"""Reconciling from the command line, on both databases."""

from __future__ import annotations

import asyncio
import multiprocessing
from dataclasses import replace

import pytest

from contracts.evidence.records import a_record, keep
from contracts.make import T, uid, user_id
from domain.compliance.audience_documents import parsed
from domain.evidence.persons import Person
from entrypoints.bootstrap import bootstrap
from entrypoints.cli.processes import ProcessEnded
from entrypoints.cli.reconciling import reconcile
from entrypoints.settings import ConfigurationError
from integration.backends import SqlBackend
from integration.compliance.test_obligations_follow import FarIds, owing
from integration.listening import PEOPLE
from integration.running import settings_for
from kit.command_line import run
from kit.compliance import rule
from kit.surroundings import FixedClock

MANY = 250
CURRENT_ROWS = """
SELECT user_id, requirement_id, from_day, until, label FROM obligation_states WHERE superseded_at IS NULL
ORDER BY user_id, requirement_id, from_day
"""
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
        assert (await reconcile(service, True, said.append)).differences == expected
        assert (await reconcile(service, False, said.append)).differences == []
        assert await stage.owes(ana) != ()
        assert (await reconcile(service, True, said.append)).differences == []

        # Somebody has changed the table by hand.
        schema = "training." if backend.on_postgresql else ""
        await backend.sql(f"UPDATE {schema}obligation_states SET superseded_at = recorded_at")  # noqa: S608  # our own words
        assert (await reconcile(service, False, said.append)).differences == expected
        assert (await reconcile(service, True, said.append)).differences == []
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


async def test_who_cannot_be_computed_is_named_and_holds_back_nobody(backend: SqlBackend, url: str) -> None:
    stage, said = owing(backend, FarIds()), list[str]()
    ana, ben = [await stage.person(name, hired_on=T.date()) for name in ("ana", "ben")]
    await stage.approve(1, rule(since="2020-01-01"))
    hours = a_record(4, person=Person(ana, None, None, None, None), credit_hours=1e30)
    await keep(backend, hours)
    service = bootstrap(settings_for(url), clock=FixedClock(T))
    try:
        found = await reconcile(service, False, said.append)
    finally:
        await service.close()
    (failed,) = found.failed
    assert failed.startswith(f"{ana}: InvalidOperation in proofs.py, line ")
    done = await asyncio.to_thread(run, "reconcile", DATABASE_URL=url)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"{ana}: InvalidOperation in ")
    assert (await stage.owes(ana), bool(await stage.owes(ben))) == ((), True)
    assert await backend.sql("SELECT count(*) FROM recomputations") == [(1,)]
    assert said == [
        "People compared: 1. Obligations that differ: 0, of 0 requirements. Rows written: 0. "
        "People who could not be computed: 1."
    ]


class TestSeveralProcesses:
    @pytest.mark.parametrize("url", ["postgresql"], indirect=True)
    async def test_they_share_the_people(self, backend: SqlBackend, url: str) -> None:
        stage, said, advanced = owing(backend, FarIds()), list[str](), list[int]()
        await backend.sql(PEOPLE, count=MANY)
        await stage.approve(1, rule(since="2020-01-01"))
        # The processes go by the clock of the machine.
        await backend.sql("UPDATE recomputations SET due_at = timestamptz '2000-01-01'")
        service = bootstrap(settings_for(url), clock=FixedClock(T))
        try:
            assert (await reconcile(service, False, said.append, 2, advanced.append)).differences == []
            assert sum(advanced) == 2 * MANY  # computed since they were marked, and compared
            assert await backend.sql("SELECT count(*) FROM recomputations") == [(0,)]
            rows = await backend.sql(CURRENT_ROWS)
            assert {each[0] for each in rows} == {user_id(n) for n in range(1, MANY + 1)}

            await backend.sql("UPDATE obligation_states SET superseded_at = recorded_at")
            advanced.clear()
            assert len((await reconcile(service, False, said.append, 2, advanced.append)).differences) == MANY
            assert sum(advanced) == MANY
            assert await backend.sql(CURRENT_ROWS) == rows
            assert (await reconcile(service, True, said.append)).differences == []
        finally:
            await service.close()

    @pytest.mark.parametrize("url", ["postgresql"], indirect=True)
    async def test_if_one_ends_the_command_ends(self, backend: SqlBackend, url: str) -> None:
        await backend.sql(PEOPLE, count=MANY)
        service = bootstrap(settings_for(url), clock=FixedClock(T))

        def kill(people: int) -> None:
            for each in multiprocessing.active_children():
                each.kill()

        try:
            with pytest.raises(ProcessEnded, match="run the command again"):
                await reconcile(service, True, list[str]().append, 2, kill)
        finally:
            await service.close()

    @pytest.mark.parametrize("url", ["sqlite"], indirect=True)
    async def test_they_need_postgresql(self, url: str) -> None:
        service = bootstrap(settings_for(url))
        try:
            with pytest.raises(ConfigurationError, match="need PostgreSQL"):
                await reconcile(service, True, list[str]().append, 2)
        finally:
            await service.close()
