"""What somebody may do comes from our table, counts at once, and is never one's own to decide.

Two processes share a database: two applications, each with its own memory and its own clock.
"""

from __future__ import annotations

import json
import shutil
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import OctKey
from pydantic import SecretStr

from application.kernel.access import Actor
from application.people.users.commands import RegisterUser
from domain.kernel.roles import Role
from entrypoints.bootstrap import Service, bootstrap, development_subject, development_tokens
from entrypoints.development import DEVELOPMENT_KEY
from entrypoints.settings import Settings
from kit.surroundings import FixedClock
from worlds.shared_app import served

ADMIN, ANA, BEN = "admin@example.com", "ana@example.com", "ben@example.com"


@dataclass
class Process:
    """One process of the service."""

    service: Service
    clock: FixedClock
    client: httpx.AsyncClient

    def token(self, email: str) -> str:
        return development_tokens(self.service.settings, self.clock).issue(email, development_subject(email))

    async def ask(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token(who)}", "if-match": "*", **headers}
        content = None if body is None else json.dumps(body)
        if body is not None:
            headers.setdefault("content-type", "application/json")
        return await self.client.request(method, path, headers=headers, content=content)

    async def may(self, who: str, path: str) -> bool:
        """Whether this person may look at this."""
        answer = await self.ask(who, "GET", path)
        assert answer.status_code in (200, 403), answer.text
        return answer.status_code == 200


@dataclass
class Group:
    """Both processes, and the ids of the people."""

    here: Process
    there: Process
    ids: dict[str, str]

    async def change(self, email: str, **changes: Any) -> None:
        """The administrator changes what is kept of the person."""
        answer = await self.here.ask(ADMIN, "PATCH", f"/v1/users/{self.ids[email]}", changes)
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def group(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Group]:
    """Ana and Ben are learners of Hygiene. Everyone has signed in, and both processes remember that."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(migrated, "test.db")
    settings = Settings(database_url=SecretStr("sqlite:///test.db"), environment="development")
    async with AsyncExitStack() as stack:
        processes = []
        for _ in range(2):
            clock = FixedClock()
            service = bootstrap(settings, clock=clock)
            stack.push_async_callback(service.close)
            app: Any = served(service)
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")
            processes.append(Process(service, clock, await stack.enter_async_context(client)))
        service = processes[0].service
        people = {
            ADMIN: RegisterUser(ADMIN, role=Role.ADMIN),
            ANA: RegisterUser(ANA, department="Hygiene"),
            BEN: RegisterUser(BEN, department="Hygiene"),
        }
        ids = {email: str((await service.bus.execute(each, Actor.system())).id) for email, each in people.items()}
        for _ in range(2):
            for process in processes:
                for email in people:
                    # The first time links the sign-in, and is not remembered.
                    assert (await process.ask(email, "GET", "/v1/users/me")).status_code == 200
        here, there = processes
        yield Group(here, there, ids)


PEOPLE, REPORT = "/v1/users", "/v1/reports/participation"
TWO_SECONDS = timedelta(seconds=2)


class TestTakingEffect:
    async def test_a_role_counts_at_once_here_and_within_two_seconds_elsewhere(self, group: Group) -> None:
        await group.change(ANA, role="compliance")
        assert await group.here.may(ANA, REPORT)
        group.there.clock.advance(TWO_SECONDS)
        assert await group.there.may(ANA, REPORT)

    async def test_so_does_losing_it(self, group: Group) -> None:
        await group.change(ANA, role="admin")
        group.there.clock.advance(TWO_SECONDS)
        for process in (group.here, group.there):
            assert await process.may(ANA, PEOPLE)
        await group.change(ANA, role="author")
        assert not await group.here.may(ANA, PEOPLE)
        group.there.clock.advance(TWO_SECONDS)
        assert not await group.there.may(ANA, PEOPLE)

    async def test_so_do_the_departments_managed(self, group: Group) -> None:
        ben = f"/v1/users/{group.ids[BEN]}"
        await group.change(ANA, role="manager", managed_departments=["Hygiene"])
        group.there.clock.advance(TWO_SECONDS)
        for process in (group.here, group.there):
            assert (await process.ask(ANA, "GET", ben)).status_code == 200
        await group.change(ANA, managed_departments=["Lab"])
        assert (await group.here.ask(ANA, "GET", ben)).status_code == 404
        group.there.clock.advance(TWO_SECONDS)
        assert (await group.there.ask(ANA, "GET", ben)).status_code == 404

    async def test_where_one_works_is_not_even_remembered(self, group: Group) -> None:
        await group.change(ANA, role="manager", managed_departments=["Hygiene"])
        group.there.clock.advance(TWO_SECONDS)
        for process in (group.here, group.there):
            assert (await process.ask(ANA, "GET", f"/v1/users/{group.ids[BEN]}")).status_code == 200
        await group.change(BEN, department="Lab")
        for process in (group.here, group.there):
            assert (await process.ask(ANA, "GET", f"/v1/users/{group.ids[BEN]}")).status_code == 404

    @pytest.mark.parametrize("how", ["edit", "deactivate"])
    async def test_who_is_deactivated_is_out_whatever_the_token_says(self, group: Group, how: str) -> None:
        if how == "edit":
            await group.change(ANA, is_active=False)
        else:
            body = {"user_ids": [group.ids[ANA]]}
            assert (await group.here.ask(ADMIN, "POST", "/v1/users/deactivate", body)).json()["deactivated"] == 1
        group.there.clock.advance(TWO_SECONDS)
        for process in (group.here, group.there):
            for path in ("/v1/users/me", "/v1/modules", "/v1/users"):
                refused = await process.ask(ANA, "GET", path)
                assert (refused.status_code, refused.json()["code"]) == (403, "user-deactivated")
        await group.change(ANA, is_active=True)
        group.there.clock.advance(TWO_SECONDS)
        for process in (group.here, group.there):
            assert (await process.ask(ANA, "GET", "/v1/users/me")).status_code == 200

    async def test_between_two_looks_the_database_is_not_asked(self, group: Group) -> None:
        """Else none of this would show anything."""
        await group.change(ANA, role="compliance")
        assert not await group.there.may(ANA, REPORT)


async def test_a_token_that_claims_a_role_has_none(group: Group) -> None:
    payload = group.here.token(ANA).split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=="))
    claims |= {"app_role": "admin", "is_active": True, "managed_departments": ["Hygiene"]}
    claims["app_metadata"] |= {"role": "admin"}
    claims["user_metadata"] |= {"role": "admin", "app_role": "admin"}
    key = OctKey.import_key(DEVELOPMENT_KEY.read_text().strip())
    token = jws.serialize_compact({"alg": "HS256", "typ": "JWT"}, json.dumps(claims), key)
    signed = {"authorization": f"Bearer {token}"}
    assert (await group.here.ask(ANA, "GET", "/v1/users/me", **signed)).json()["role"] == "authenticated"
    assert (await group.here.ask(ANA, "GET", PEOPLE, **signed)).status_code == 403


OWN_ACCESS: list[dict[str, Any]] = [
    {"role": "authenticated"},
    {"role": "admin"},
    {"is_active": False},
    {"is_active": True},
    {"managed_departments": ["Hygiene"]},
    {"full_name": "Ana", "role": "admin"},
]
NOBODYS: dict[str, Any] = {
    "id": "00000000-0000-7000-9000-000000000001",
    "user_id": "00000000-0000-7000-9000-000000000001",
    "supabase_id": "8f14e45f-ceea-467f-9c1b-6a2f5d6e0b11",
    "email_confirmed": True,
    "email_as_of": "2026-01-01T00:00:00Z",
    "last_sign_in": "2026-01-01T00:00:00Z",
    "erased_at": None,
    "version": 7,
    "expected_versions": [1],
    "created_at": "2026-01-01T00:00:00Z",
}


class TestOwnAccess:
    async def test_an_administrator_may_change_anyones_but_the_own(self, group: Group) -> None:
        before = (await group.here.ask(ADMIN, "GET", "/v1/users/me")).json()
        paths = ("/v1/users/me", f"/v1/users/{group.ids[ADMIN]}", f"/v1/users/{group.ids[ADMIN].upper()}")
        for path, changes in product(paths, OWN_ACCESS):
            refused = await group.here.ask(ADMIN, "PATCH", path, changes)
            assert (refused.status_code, refused.json()["code"]) == (403, "own-access")
        assert (await group.here.ask(ADMIN, "GET", "/v1/users/me")).json() == before

    async def test_nobody_else_may_change_anything(self, group: Group) -> None:
        for role in ("authenticated", "author", "manager", "compliance"):
            await group.change(ANA, role=role, managed_departments=["Hygiene"])
            before = (await group.here.ask(ANA, "GET", "/v1/users/me")).json()
            for changes in OWN_ACCESS:
                refused = await group.here.ask(ANA, "PATCH", "/v1/users/me", changes)
                assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
            assert (await group.here.ask(ANA, "GET", "/v1/users/me")).json() == before

    async def test_an_administrator_stays(self, group: Group) -> None:
        body = {"user_ids": [group.ids[ANA], group.ids[ADMIN].upper()]}
        refused = await group.here.ask(ADMIN, "POST", "/v1/users/deactivate", body)
        assert (refused.status_code, refused.json()["code"]) == (403, "own-access")
        refused = await group.here.ask(ADMIN, "POST", "/v1/users/me/erase")
        assert (refused.status_code, refused.json()["code"]) == (403, "own-access")
        for email in (ADMIN, ANA):
            assert (await group.here.ask(email, "GET", "/v1/users/me")).json()["is_active"] is True

    async def test_what_is_nobodys_to_set_is_not_known(self, group: Group) -> None:
        requests: list[tuple[str, str, dict[str, Any]]] = [
            ("PATCH", "/v1/users/me", {}),
            ("PATCH", f"/v1/users/{group.ids[ANA]}", {"full_name": "Ana"}),
            ("POST", "/v1/users", {"email": "new@example.com"}),
        ]
        for (method, path, body), (name, value) in product(requests, NOBODYS.items()):
            refused = await group.here.ask(ADMIN, method, path, {**body, name: value})
            assert refused.status_code == 422
            assert refused.json()["errors"] == [{"in": "body", "pointer": f"/{name}", "message": "is not known here"}]

    async def test_a_roster_gives_nobody_a_role(self, group: Group) -> None:
        roster = "email,role,is_active,managed_departments,id,supabase_id\n"
        roster += f"{ANA},admin,true,Hygiene,1,2\n{ADMIN},authenticated,true,,1,2\nnew@example.com,admin,true,,1,2\n"
        before = (await group.here.ask(ADMIN, "GET", "/v1/users/me")).json()
        answer = await group.here.client.post(
            "/v1/users/import",
            content=roster,
            headers={"authorization": f"Bearer {group.here.token(ADMIN)}", "content-type": "text/csv"},
        )
        assert (answer.json()["created"], answer.json()["updated"], answer.json()["problems"]) == (1, 2, [])
        after = (await group.here.ask(ADMIN, "GET", "/v1/users/me")).json()
        access = ("id", "supabase_id", "role", "is_active", "managed_departments")
        assert [after[name] for name in access] == [before[name] for name in access]
        for email in (ANA, "new@example.com"):
            known = (await group.here.ask(email, "GET", "/v1/users/me")).json()
            assert (known["role"], known["is_active"], known["managed_departments"]) == ("authenticated", True, [])
