"""The demonstration as someone meets it who has just started it, without a token and with one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from application.compliance.obligations.queries import ListObligations
from application.compliance.requirements.queries import ListRequirements
from application.kernel.access import Actor
from application.people.users.commands import EditUser, RegisterUser
from application.people.users.demonstration import CountPeople, MarkDemonstration
from application.people.users.queries import ListUsers
from application.people.users.roles import GrantRole
from domain.kernel.roles import Role
from entrypoints.bootstrap import Service, bootstrap, development_subject, development_tokens
from entrypoints.cli.demo import ADMINISTRATOR, load
from entrypoints.cli.demo_obligations import IN_EFFECT, add_obligations, compute
from entrypoints.cli.main import DEMO
from entrypoints.cli.paging import every
from entrypoints.cli.serving import application
from entrypoints.settings import ConfigurationError, Settings
from kit.command_line import run
from worlds.shared_app import served

OFFERED = {path.stem for path in (DEMO / "catalog").glob("*.md")}


def settings(**changes: str) -> Settings:
    return Settings.model_validate({"database_url": SecretStr("memory://"), **changes})


@dataclass(frozen=True)
class Demonstration:
    """The demonstration as it was loaded, in this folder, with its visitor."""

    folder: Path
    service: Service
    visitor: UUID


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """Loaded once: visitors change nothing, and the administrator only looks at it."""
    folder = tmp_path_factory.mktemp("demonstration")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        service = bootstrap(settings())
        return Demonstration(folder, service, asyncio.run(load(service, DEMO, lambda line: None)))


@pytest.fixture
async def visitor(loaded: Demonstration, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    monkeypatch.chdir(loaded.folder)
    app: Any = served(loaded.service, loaded.visitor)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


async def test_the_catalogue_is_there_for_everybody(visitor: httpx.AsyncClient) -> None:
    modules = (await visitor.get("/v1/modules", params={"limit": 200})).json()["items"]
    assert {module["slug"] for module in modules} == OFFERED
    assert {module["status"] for module in modules} == {"published"}
    detail = (await visitor.get(f"/v1/modules/{modules[0]['id']}")).json()
    assert detail["sections"]


async def test_a_visitor_sees_nobody_and_changes_nothing(visitor: httpx.AsyncClient) -> None:
    module = (await visitor.get("/v1/modules")).json()["items"][0]["id"]
    answers = [
        await visitor.get("/v1/users"),
        await visitor.get(f"/v1/modules/{module}/enrollments"),
        await visitor.get("/v1/reports/participation"),
        await visitor.post("/v1/modules", json={"title": "Mine"}),
        await visitor.post(f"/v1/modules/{module}/archive"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5


async def test_a_wrong_token_is_not_a_visit(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/v1/modules", headers={"Authorization": "Bearer x.y.z"})
    assert answer.status_code == 401


async def test_the_administrator_sees_two_hundred_people(visitor: httpx.AsyncClient) -> None:
    token = development_tokens(settings()).issue(ADMINISTRATOR, development_subject(ADMINISTRATOR))
    header = {"Authorization": f"Bearer {token}"}
    assert (await visitor.get("/v1/users/me", headers=header)).json()["role"] == "admin"
    people = await visitor.get("/v1/users", params={"limit": 200}, headers=header)
    assert people.links["next"]
    report = (await visitor.get("/v1/reports/participation", headers=header)).json()
    assert {module["slug"] for module in report["items"]} == OFFERED


async def test_loading_it_twice_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    service, said = bootstrap(settings()), list[str]()
    first = await load(service, DEMO, said.append)
    said.clear()
    assert await load(service, DEMO, said.append) == first
    assert [re.sub(r"\d+\.\d s", "0.1 s", line) for line in said] == [
        "Preparing the demonstration; what is there already stays.",
        "Database: ready. (0.1 s)",
        "Modules: 0 created, 0 updated, 8 unchanged. (0.1 s)",
        "Locations: 0 created. (0.1 s)",
        "People: 0 created, 0 updated, 201 unchanged. (0.1 s)",
        "Job titles: 0 mapped to job codes. (0.1 s)",
        "Enrollments: 0 created. (0.1 s)",
        "Reports and roles: ready. (0.1 s)",
        "The administrator is Dana Whitfield: unified-dental token admin@unifieddental.example",
    ]


async def test_production_wants_none_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    service = bootstrap(settings(environment="production", embedded_database="memory", **ADDRESSES))
    with pytest.raises(ConfigurationError, match="ENVIRONMENT is production"):
        await load(service, DEMO, lambda line: None)


async def test_it_is_not_loaded_among_other_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    service = bootstrap(settings())
    await service.bus.execute(RegisterUser("ana@example.com"), Actor.system())
    with pytest.raises(ConfigurationError, match="1 people in this database who are not from the demonstration"):
        await load(service, DEMO, lambda line: None)
    assert (await service.bus.ask(CountPeople(), Actor.system())).people == 1


async def test_everybody_whom_it_invents_is_known_as_invented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    service = bootstrap(settings())
    await load(service, DEMO, lambda line: None)
    census = await service.bus.ask(CountPeople(), Actor.system())
    assert census.people == 0
    assert census.invented > 200
    # Even if the address changes, since the person was invented.
    found = (await service.bus.ask(ListUsers(q=ADMINISTRATOR), Actor.system())).items[0]
    await service.bus.execute(EditUser(found.id, email="real@example.com"), Actor.system())
    assert await service.bus.ask(CountPeople(), Actor.system()) == census


PRODUCTION = {
    "ENVIRONMENT": "production",
    "EMBEDDED_DATABASE": "sqlite",
    "SUPABASE_URL": "https://project.supabase.co",
    "PUBLIC_URL": "https://training.example.com",
}


async def invented_people(folder: Path) -> None:
    """What is left of a demonstration in a database on SQLite in the working directory."""
    service = bootstrap(settings(database_url="sqlite:///test.db"))
    try:
        await service.migrate()
        await service.bus.execute(GrantRole(ADMINISTRATOR, Role.ADMIN), Actor.system())
        await service.bus.execute(MarkDemonstration(), Actor.system())
    finally:
        await service.close()


def test_production_does_not_start_beside_invented_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    asyncio.run(invented_people(tmp_path))
    done = run("check", **PRODUCTION)
    assert done.exit_code == 1
    assert "1 people in this database were invented by the demonstration" in done.stderr

    async def start() -> None:
        service = bootstrap(
            settings(
                database_url="sqlite:///test.db",
                environment="production",
                **ADDRESSES | {"embedded_database": "sqlite"},
            )
        )
        async with application(service).lifespan():
            raise AssertionError("it started")

    with pytest.raises(ExceptionGroup) as refused:
        asyncio.run(start())
    assert refused.value.subgroup(ConfigurationError)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "unified_dental.start"]
    assert line.startswith("not started: 1 people in this database were invented by the demonstration")


def test_production_starts_without_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def start() -> None:
        service = bootstrap(settings(environment="production", embedded_database="memory", **ADDRESSES))
        async with application(service).lifespan():
            pass

    asyncio.run(start())


ADDRESSES = {
    "supabase_url": PRODUCTION["SUPABASE_URL"],
    "public_url": PRODUCTION["PUBLIC_URL"],
}


async def test_people_comply_have_something_to_do_are_overdue_or_may_not_do_a_task(loaded: Demonstration) -> None:
    said: list[str] = []
    await add_obligations(loaded.service, DEMO, said.append)
    await compute(loaded.service, said.append)
    assert [line.partition(":")[0] for line in said] == ["Requirements", "Obligations"]
    found = await every(loaded.service, ListObligations(limit=200))
    labels = {(each.requirement_code, each.label.value) for each in found}
    assert {label for code, label in labels if code == "osha_bloodborne_pathogens"} >= {"met", "expiring", "overdue"}
    assert {label for code, label in labels if code == "hipaa_privacy"} >= {"met", "due_soon"}
    cards = [each for each in found if each.requirement_code == "tx_dental_assistant_radiography"]
    assert {(each.label.value, each.blocks) for each in cards} == {
        ("met", ()),
        ("expiring", ()),
        ("overdue", ("take_radiographs",)),
        ("no_due_day", ("take_radiographs",)),
    }
    late = [each.due_on for each in found if each.label == "overdue" and each.due_on]
    # Nobody is overdue since the day of hire, years ago.
    assert min(late) > loaded.service.clock.now().date() - IN_EFFECT
    assert len(late) < len(found) / 2
    drafts = await every(loaded.service, ListRequirements(has_draft=True, limit=200))
    assert {each.code.partition("_")[0] for each in drafts} >= {"ca", "chicago", "dea", "il", "ny"}

    said.clear()
    await add_obligations(loaded.service, DEMO, said.append)
    assert said[0].startswith("Requirements: 0 added, 0 with another version, 0 changed, 20 unchanged.")
    assert await every(loaded.service, ListObligations(limit=200)) == found
