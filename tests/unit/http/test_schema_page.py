"""The interactive page: what it loads, how short it is, and who can sign in there."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from documents.documented_problems import Documented
from entrypoints.bootstrap import bootstrap
from entrypoints.cli.demo import load
from entrypoints.cli.demo_examples import demonstration_of
from entrypoints.cli.main import DEMO
from entrypoints.cli.serving import application
from entrypoints.http.kit.demonstration import SIGN_IN, Demonstration
from entrypoints.settings import ConfigurationError, Settings
from worlds.http import Api

HERE = {"sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> httpx.AsyncClient:
    """A browser on this machine."""
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(tmp_path_factory.mktemp("demonstration"))
        service = bootstrap(Settings(database_url=SecretStr("memory://")))
        visitor = asyncio.run(load(service, DEMO, lambda line: None))
        app = application(service, visitor, demonstration=asyncio.run(demonstration_of(service)))
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # two spellings of ASGI
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


class TestThePage:
    async def test_it_loads_only_what_the_service_itself_has(self, empty_api: Api) -> None:
        page = await empty_api.get("/schema")
        loaded = re.findall(r'(?:src|href)="([^"]*)"', page.text)
        assert len(loaded) >= 5
        for address in loaded:
            assert address.startswith("/schema/"), address
            assert (await empty_api.get(address)).status_code == 200, address
        assert "<script>" not in page.text
        assert 'lang="en"' in page.text
        start = (await empty_api.get("/schema/assets/start.js")).text
        assert (await empty_api.get(re.findall(r'url: "(.*?)"', start)[0])).json()["openapi"] == "3.1.0"

    async def test_problems_are_shown_once(self, empty_api: Api) -> None:
        whole = (await empty_api.get("/schema/openapi.json")).json()
        page = (await empty_api.get("/schema/page.json")).json()
        documented = Documented(whole)
        usual = set(codes_in(page["info"]["description"]))
        assert ("404", "module-not-found") not in usual
        for path, operations in whole["paths"].items():
            for method, operation in operations.items():
                shown = page["paths"][path][method]
                assert not [status for status in shown["responses"] if status >= "4" and status != "default"]
                own = codes_in(shown["responses"].get("default", {}).get("description", ""))
                every = {
                    (status, code)
                    for status in operation["responses"]
                    if status >= "4"
                    for code in documented.codes(operation, int(status))
                }
                assert len(own) == len(set(own))
                assert set(own) == every - usual, operation["operationId"]
                if operation.get("security") != []:
                    assert usual <= every
        assert "responses" not in page["components"]
        assert "Problem" in page["components"]["schemas"]

    async def test_what_it_shows_is_there(self, empty_api: Api) -> None:
        page = (await empty_api.get("/schema/page.json")).text
        known = (await empty_api.get("/schema/page.json")).json()["components"]
        for kind, name in set(re.findall(r'"\$ref":"#/components/(\w+)/(\w[\w-]*)"', page)):
            assert name in known[kind]

    async def test_without_a_demonstration_nobody_is_signed_in(self, empty_api: Api) -> None:
        assert "sign-in" not in (await empty_api.get("/schema")).text
        assert (await empty_api.post(SIGN_IN, json={"person": "administrator"}, headers=HERE)).status_code == 404


def codes_in(text: str) -> list[tuple[str, str]]:
    """The statuses and codes of a list."""
    return [
        (status, code)
        for status, codes in re.findall(r"^- \*\*(\d+)\*\* (.*)$", text, re.MULTILINE)
        for code in re.findall("`(.*?)`", codes)
    ]


class TestSigningIn:
    @pytest.mark.parametrize(
        ("person", "role"), [("administrator", "admin"), ("manager", "manager"), ("learner", "authenticated")]
    )
    async def test_one_click_is_enough(self, demonstration: httpx.AsyncClient, person: str, role: str) -> None:
        page = (await demonstration.get("/schema")).text
        assert f'<button type="button" value="{person}"' in page
        assert "/schema/assets/sign-in.js" in page
        answer = await demonstration.post(SIGN_IN, json={"person": person}, headers=HERE)
        assert answer.headers["cache-control"] == "no-store"
        token = {"authorization": f"Bearer {answer.json()['access_token']}"}
        me = await demonstration.get("/v1/users/me", headers=token)
        assert (me.status_code, me.json()["role"]) == (200, role)
        # Each has something to see.
        if role == "manager":
            assert (await demonstration.get("/v1/users", headers=token)).json()["items"]
        else:
            assert (await demonstration.get("/v1/users/me/enrollments", headers=token)).json()["items"]

    @pytest.mark.parametrize(
        "headers",
        [
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"host": "training.example.com"},
            {"x-forwarded-for": "192.0.2.7"},
        ],
    )
    async def test_only_from_this_machine_and_this_page(
        self, demonstration: httpx.AsyncClient, headers: dict[str, str]
    ) -> None:
        answer = await demonstration.post(SIGN_IN, json={"person": "administrator"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "token-elsewhere")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b'{"person": 1}',
            b'{"person": "root"}',
            b'{"person": "admin@unifieddental.example"}',
            b"\xff",
        ],
    )
    async def test_only_as_these_people(self, demonstration: httpx.AsyncClient, body: bytes) -> None:
        answer = await demonstration.post(SIGN_IN, content=body, headers=HERE)
        assert (answer.status_code, answer.json()["errors"]) == (
            422,
            [{"in": "body", "pointer": "/person", "message": "must be one of administrator, manager, learner"}],
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {
                "environment": "production",
                "embedded_database": "memory",
                "public_url": "https://training.example.com",
            },
            {"supabase_url": "https://project.supabase.co"},
        ],
    )
    def test_not_in_production_and_not_beside_supabase(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        supabase = {"supabase_url": "https://project.supabase.co"}
        service = bootstrap(Settings.model_validate({"database_url": SecretStr("memory://"), **supabase, **changes}))
        with pytest.raises(ConfigurationError, match=r"ENVIRONMENT is production|Supabase is set up"):
            application(service, demonstration=Demonstration({}, {}, {"administrator": "admin@unifieddental.example"}))
