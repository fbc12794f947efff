"""The demonstration as someone meets it who has just started it, without a token and with one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from entrypoints.bootstrap import bootstrap, development_subject, development_tokens
from entrypoints.cli import DEMO
from entrypoints.demo import ADMINISTRATOR, load
from entrypoints.serving import application
from entrypoints.settings import ConfigurationError, Settings

OFFERED = {path.stem for path in (DEMO / "catalog").glob("*.md")}


def settings(**changes: str) -> Settings:
    return Settings.model_validate({"database_url": SecretStr("memory://"), **changes})


@pytest.fixture
async def visitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    monkeypatch.chdir(tmp_path)
    service = bootstrap(settings())
    app = application(service, await load(service, DEMO, lambda line: None))
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # two spellings of ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
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
    assert await load(service, DEMO, said.append) == first
    assert said[-1].startswith("0 enrollments made.")


async def test_production_wants_none_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    service = bootstrap(settings(environment="production", supabase_url="https://project.supabase.co"))
    with pytest.raises(ConfigurationError, match="ENVIRONMENT is production"):
        await load(service, DEMO, lambda line: None)
