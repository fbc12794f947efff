"""A person whom one would notice anywhere, and every request in which the service could let something of her slip."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, redirect_stderr
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr

from application.kernel.access import Actor
from application.people.users.commands import DeactivateUsers, RegisterUser
from application.people.users.roles import GrantRole
from domain.kernel.roles import Role
from entrypoints.bootstrap import Service, bootstrap, development_subject, development_tokens
from entrypoints.cli.serving import application
from entrypoints.logs import OURS, SERVER, WithoutWords, configure_logs
from entrypoints.settings import Settings
from kit.surroundings import CountingIds, FixedClock

EMAIL = "wren.canary7@aviary.example"
NAME = "Wren Canarywood"
DEPARTMENT = "Canary Ward"
LOCATION = "Canary Wharf"
LICENSE = "CANARY-TX-4711"
EMPLOYEE_ID = "CANARY-E-0815"
WITHOUT_WORDS = WithoutWords()
SECRET = "canary-webhook-secret-that-is-long-enough"
SIGNING = b"canary-signing-secret-of-some-length"
PROFILE: dict[str, Any] = {
    "employee_id": EMPLOYEE_ID,
    "full_name": NAME,
    "department": DEPARTMENT,
    "location": LOCATION,
    "profile_metadata": {"license": LICENSE, "notes": [LICENSE]},
}
CARD = {"type": "license", "issuer": DEPARTMENT, "number": LICENSE, "issued_on": "2020-01-01"}


class FrailIds(CountingIds):
    """Ids that fail on request, and quote what they were about, as libraries do."""

    frail = False

    def new(self) -> UUID:
        if self.frail:
            try:
                raise ValueError(f"no id for {EMAIL}")
            except ValueError as error:
                raise RuntimeError(f"while registering {NAME}, {LICENSE}") from error
        return super().new()


@dataclass
class Aviary:
    """The service with the canary in it, and all problem documents that it has answered with."""

    service: Service
    clock: FixedClock
    ids: FrailIds
    client: httpx.AsyncClient
    token: str = ""
    admin: str = ""
    canary: str = ""
    key: str = ""
    """The key of a service account."""
    problems: list[httpx.Response] = field(default_factory=list)

    @property
    def traces(self) -> list[str]:
        """What must be found nowhere. What a token says and its signature are each as good as the whole."""
        _, payload, signature = self.token.split(".")
        return [
            *EMAIL.split("@"),
            *NAME.split(),
            DEPARTMENT,
            LOCATION,
            LICENSE,
            EMPLOYEE_ID,
            SECRET,
            payload,
            signature,
            self.key[-49:],
        ]

    async def ask(self, method: str, path: str, *, token: str | None = None, **more: Any) -> int:
        """The status of the answer, which is kept when it is a problem."""
        headers = {"authorization": f"Bearer {self.admin if token is None else token}", **more.pop("headers", {})}
        answer = await self.client.request(method, path, headers=headers, **more)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", answer.text
            self.problems.append(answer)
        return answer.status_code

    def issue(self, email: str) -> str:
        """A token that is as good as Supabase's."""
        tokens = development_tokens(self.service.settings, self.clock)
        return tokens.issue(email, development_subject(email))


@asynccontextmanager
async def aviary(database: str, **more: Any) -> AsyncIterator[Aviary]:
    """The service on this database, in the working directory; development tokens leave a key there.

    `more` are settings.
    """
    settings = Settings(
        database_url=SecretStr(database),
        environment="development",
        log_level="debug",
        database_pool_timeout=0.2,
        supabase_webhook_secret=SecretStr(SECRET),
        supabase_hook_secrets=SecretStr("v1,whsec_" + base64.b64encode(SIGNING).decode()),
        **more,
    )
    clock, ids = FixedClock(), FrailIds()
    service = bootstrap(settings, clock=clock, ids=ids)
    await service.migrate()
    app: Any = application(service)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            there = Aviary(service, clock, ids, client)
            await service.bus.execute(GrantRole("admin@example.com", Role.ADMIN), Actor.system())
            user = await service.bus.execute(RegisterUser(EMAIL, **PROFILE), Actor.system())
            there.canary, there.admin, there.token = str(user.id), there.issue("admin@example.com"), there.issue(EMAIL)
            there.key = await make_key(there)
            yield there
    finally:
        await service.close()


async def make_key(there: Aviary) -> str:
    """The key of a new service account, shown in the first answer alone."""
    account = {"name": "HR", "purpose": "The roster", "scopes": ["people:read", "people:write"], "valid_days": 1}
    headers = {"authorization": f"Bearer {there.admin}", "idempotency-key": "account"}
    answers = [await there.client.post("/v1/service-accounts", json=account, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    key: str = answers[0].json()["key"]
    assert key not in answers[1].text
    return key


async def sing(there: Aviary) -> set[int]:
    """Send everything that could go wrong while it holds something of hers; the statuses of the answers."""
    seen = set[int]()
    for requests in (signing_in, looking, writing, importing, calling_hooks, recording, failing, leaving):
        seen |= await requests(there)
    return seen


async def signing_in(there: Aviary) -> set[int]:
    """With her token, and with what only looks like one."""
    header, payload, signature = there.token.split(".")
    tokens = [
        there.token,
        there.token + "x",
        f"{header}.{payload}.{'A' * 43}",
        f"{header}.{payload}.",
        f"{payload}.{payload}.{signature}",
        f"{header}.{payload}",
        f"{there.token} {EMAIL}",
        EMAIL,
        NAME,
        there.token * 99,
        there.key,
        f"{there.key}x",
        there.key[:-1],
        there.key.replace("udt_test_", "udt_live_"),
        f"{there.key[:41]}{there.key[42:]}{there.key[41]}",
        f"udt_{NAME}",
    ]
    found = {await there.ask("GET", "/v1/users/me", token=token) for token in tokens}
    found.add(await there.ask("GET", "/v1/users/me", headers={"authorization": f"Basic {there.token}"}))
    found.add(await there.ask("GET", f"/v1/users/me?access_token={there.token}", token=""))
    found.add(await there.ask("GET", f"/v1/users/me?access_token={there.key}", token=""))
    found.add(await there.ask("POST", "/v1/users", token=there.key, json={"email": there.key, "full_name": there.key}))
    found.add(await there.ask("GET", "/v1/users", headers={"authorization": f"Basic {there.key}"}))
    found.add(await there.ask("GET", f"/v1/modules?access_token={there.token}", token=there.token))
    found.add(await there.ask("GET", "/v1/users", token=there.token))
    return found


async def looking(there: Aviary) -> set[int]:
    """For her, in ways that find her and in ways that cannot."""
    her = f"/v1/users/{there.canary}"
    requests: list[tuple[str, str, dict[str, str]]] = [
        ("GET", her, {}),
        ("GET", f"{her}/personal-data", {}),
        ("GET", f"{her}/enrollments", {}),
        ("GET", f"/v1/users?q={EMAIL}&department={DEPARTMENT}&metadata=license:{LICENSE}", {}),
        ("GET", f"/v1/users?employee_id={EMPLOYEE_ID}&employee_id={EMAIL}_", {}),
        ("GET", f"/v1/users?metadata={LICENSE}", {}),
        ("GET", f"/v1/users?limit={NAME}&is_active={EMAIL}&cursor={LICENSE}", {}),
        ("GET", f"/v1/users?q={EMAIL}&q={NAME}&department={DEPARTMENT * 20}", {}),
        ("GET", f"/v1/users?q={EMAIL}%00", {}),
        ("GET", f"/v1/users?q={EMAIL}%ff", {}),
        ("GET", f"/v1/users/{EMAIL}", {}),
        ("GET", f"/v1/{EMAIL}/{NAME}?{EMAIL}", {}),
        ("PUT", f"/v1/users/{EMAIL}", {}),
        (EMAIL.upper(), her, {}),
        ("GET", her, {"if-none-match": EMAIL}),
        ("GET", her, {"x-request-id": EMAIL}),
    ]
    return {await there.ask(method, path, headers=headers) for method, path, headers in requests}


async def writing(there: Aviary) -> set[int]:
    """Her data where they cannot be taken."""
    her = f"/v1/users/{there.canary}"
    key = {"idempotency-key": EMAIL}
    found = {
        await there.ask("POST", "/v1/users", json={"email": EMAIL.upper(), **PROFILE}),
        await there.ask("POST", "/v1/users", json={"email": EMAIL, **PROFILE}, headers=key),
        await there.ask("POST", "/v1/users", json={"email": EMAIL}, headers=key),
        await there.ask("POST", "/v1/users", json={"email": EMAIL}, headers={"idempotency-key": NAME}),
        await there.ask("POST", "/v1/users", json={"email": "else@example.com", "employee_id": EMPLOYEE_ID.lower()}),
        await there.ask("PATCH", her, json={"full_name": NAME}),
        await there.ask("PATCH", her, json={"full_name": NAME}, headers={"if-match": EMAIL}),
        await there.ask("PATCH", her, json={"full_name": NAME}, headers={"if-match": '"99"'}),
        await there.ask("PATCH", her, json={"email": "admin@example.com", **PROFILE}, headers={"if-match": "*"}),
        await there.ask("POST", f"{her}/credentials", json={**CARD, "issued_on": "2999-01-01"}),
        await there.ask("POST", f"{her}/credentials", json={**CARD, "type": EMAIL}),
        await there.ask("POST", f"{her}/credentials", json=CARD),
        await there.ask("POST", f"{her}/credentials", json=CARD),
        await there.ask("POST", f"/v1/credentials/{LICENSE}/reject", json={"reason": NAME}),
        await there.ask("POST", "/v1/users", content=EMAIL, headers={"content-type": NAME}),
        await there.ask("POST", "/v1/modules", json={"title": NAME, "summary": "x" * 2**20 + EMAIL}),
    }
    bodies: list[Any] = [
        {"email": f"{EMAIL} {NAME}"},
        {"email": EMAIL, "full_name": NAME * 20, "department": DEPARTMENT * 20, "location": ""},
        {"email": EMAIL, "hired_on": NAME, "role": LICENSE, "managed_departments": EMAIL},
        {"email": EMAIL, "profile_metadata": LICENSE},
        {"email": EMAIL, "profile_metadata": {"license": LICENSE + "\0"}},
        {"email": EMAIL, "profile_metadata": {str(n): LICENSE for n in range(101)}},
        {"email": [EMAIL], "full_name": {"first": NAME}, "unknown": LICENSE},
        [EMAIL, NAME],
        EMAIL,
    ]
    found |= {await there.ask("POST", "/v1/users", json=body) for body in bodies}
    json_type = {"content-type": "application/json"}
    broken = [
        f'{{"email": "{EMAIL}", "full_name": "{NAME}',
        f'{{"email": "{EMAIL}", "email": "{EMAIL}"}}',
        f'{{"email": "{EMAIL}", "full_name": {NAME}}}',
        f'{{"email": "{EMAIL}", "profile_metadata": {{"license": 1e999, "x": "{LICENSE}"}}}}',
        EMAIL,
    ]
    found |= {await there.ask("POST", "/v1/users", content=body, headers=json_type) for body in broken}
    found.add(await there.ask("POST", "/v1/users", content=EMAIL.encode() + b"\xff", headers=json_type))
    return found


async def importing(there: Aviary) -> set[int]:
    """A roster that she stands on, and nothing is right with."""
    header = "email,full_name,department,hired_on,license"
    files = [
        f"{header}\n{EMAIL},{NAME},{DEPARTMENT},2026-01-01,{LICENSE}\n",
        f"{header}\n{EMAIL},{NAME},{DEPARTMENT},{LICENSE},{LICENSE}\n{EMAIL},{NAME},,,\n{EMAIL},{NAME},,,\n",
        f"{header}\n{EMAIL} {NAME},{NAME * 30},{DEPARTMENT * 30},,\n{EMAIL}\n\x07{EMAIL},{NAME},,,\n",
        f'{header}\n"{EMAIL},{NAME},,,\n{EMAIL},"{NAME}"x,,,\n',
        f"{EMAIL},{NAME},{DEPARTMENT},2026-01-01,{LICENSE}\n",
        f"{EMAIL},{NAME},{NAME}\n",
        f"email,{NAME}\x07\n",
        f"email,{NAME * 20}\n",
    ]
    found = set[int]()
    for path in ("/v1/users/import", "/v1/users/import?partial=true", f"/v1/users/import?partial={EMAIL}"):
        for file in files:
            found.add(await there.ask("POST", path, content=file, headers={"content-type": "text/csv"}))
    return found


async def calling_hooks(there: Aviary) -> set[int]:
    """Supabase tells of her, or somebody else does."""
    record = {
        "id": str(development_subject(EMAIL)),
        "email": EMAIL,
        "encrypted_password": LICENSE,
        "raw_user_meta_data": {"full_name": NAME},
    }
    change = {"type": "UPDATE", "schema": "auth", "table": "users", "record": record, "old_record": record}
    strange: list[dict[str, Any]] = [
        {**change, "record": {**record, "id": EMAIL}},
        {**change, "record": {**record, "email_confirmed_at": NAME}},
        {**change, "type": NAME, "table": EMAIL},
        {**change, "record": EMAIL},
        {**change, "record": None},
        {EMAIL: NAME},
    ]
    path = "/v1/hooks/supabase/account-changed"
    found = {await there.ask("POST", path, json=change, token=secret) for secret in (SECRET, SECRET + "x", EMAIL)}
    found |= {await there.ask("POST", path, json=body, token=SECRET) for body in strange}
    found.add(await there.ask("POST", path, content=EMAIL, token=SECRET))
    claims = {"sub": record["id"], "email": EMAIL, "user_metadata": {"full_name": NAME}}
    for name, body in {
        "before-user-created": {"user": {"email": EMAIL, "user_metadata": {"full_name": NAME}}},
        "custom-access-token": {"user_id": record["id"], "claims": claims},
    }.items():
        path, raw = f"/v1/hooks/supabase/{name}", json.dumps(body).encode()
        wrong = {"webhook-id": EMAIL, "webhook-timestamp": NAME, "webhook-signature": f"v1,{LICENSE}"}
        for headers in (signed(there, raw), {**signed(there, raw), "webhook-signature": f"v1,{LICENSE}"}, wrong, {}):
            found.add(await there.ask("POST", path, content=raw, headers=headers))
        for sent in (json.dumps({"user": EMAIL, "claims": NAME}).encode(), EMAIL.encode(), EMAIL.encode() + b"\xff"):
            found.add(await there.ask("POST", path, content=sent, headers=signed(there, sent)))
    return found


def signed(there: Aviary, body: bytes) -> Mapping[str, str]:
    """The headers of Standard Webhooks."""
    stamp = str(int(there.clock.now().timestamp()))
    content = b".".join([b"msg_1", stamp.encode(), body])
    signature = base64.b64encode(hmac.new(SIGNING, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}


async def recording(there: Aviary) -> set[int]:
    """Her training, where it can be recorded and where it cannot."""
    records, name, serial = f"/v1/users/{there.canary}/records", {"user_id": there.canary, "full_name": NAME}, "0" * 17
    brought = {"title": "Basic life support", "issuer": DEPARTMENT, "reference": LICENSE, "completed_on": "2026-02-14"}
    held = {
        "module_id": there.canary,
        "starts_at": "2026-03-02T09:00:00Z",
        "ends_at": "2026-03-02T10:00:00Z",
        "location": LOCATION,
        "summary": EMAIL,
        "trainers": [{"name": NAME, "qualifications": LICENSE}],
        "attendees": [name],
    }
    found = {
        await there.ask("POST", records, json=brought),
        await there.ask("POST", records, json={**brought, "completed_on": NAME}),
        await there.ask("POST", records, json={**brought, "valid_until": "2026-02-13", "title": NAME * 20}),
        await there.ask("POST", records, json={**brought, "module_id": there.canary}),
        await there.ask("POST", f"/v1/users/{EMAIL}/records", json=brought),
        await there.ask("POST", "/v1/sessions", json=held),
        await there.ask(
            "POST", "/v1/sessions", json={**held, "trainers": NAME, "attendees": [EMAIL, {**name, "x": 1}]}
        ),
        await there.ask("POST", "/v1/sessions", json={**held, "ends_at": LICENSE, "location": LOCATION * 30}),
        await there.ask("POST", f"/v1/certificates/{serial}/revoke", json={"reason": f"{NAME}, {EMAIL}"}),
        await there.ask("POST", f"/v1/certificates/{serial}/revoke", json={"reason": NAME * 200}),
    }
    for unread in (serial, NAME, LICENSE, EMAIL, f"{NAME}%00"):
        for path in (f"/v1/verify/{unread}", f"/v1/certificates/{unread}", f"/v1/certificates/{unread}.pdf"):
            found.add(await there.ask("GET", path))
    return found


async def failing(there: Aviary) -> set[int]:
    """Something breaks while it processes her data."""
    there.ids.frail = True
    try:
        return {
            await there.ask("POST", "/v1/users", json={"email": f"x{EMAIL}", **PROFILE}),
            await there.ask("POST", "/v1/users", json={"email": f"x{EMAIL}"}, headers={"idempotency-key": "frail"}),
            await there.ask("GET", "/v1/users/me", token=there.issue(f"y{EMAIL}")),
        }
    finally:
        there.ids.frail = False


async def leaving(there: Aviary) -> set[int]:
    """She is deactivated, and erased."""
    her = UUID(there.canary)
    await there.service.bus.execute(DeactivateUsers((her,)), Actor.system())
    return {
        await there.ask("GET", "/v1/users/me", token=there.token),
        await there.ask("POST", f"/v1/users/{her}/erase", headers={"if-match": '"1"'}),
        await there.ask("POST", f"/v1/users/{her}/erase"),
    }


@dataclass
class Heard:
    """The standard error output, and every record of every logger, whichever handler it had."""

    written: StringIO = field(default_factory=StringIO)
    records: list[logging.LogRecord] = field(default_factory=list)

    def all(self) -> str:
        return "\n".join([self.written.getvalue(), *map(WITHOUT_WORDS.format, self.records)])


@contextmanager
def listening(**settings: Any) -> Iterator[Heard]:
    """Everything that is logged meanwhile."""
    heard, root, make = Heard(), logging.getLogger(), logging.getLogRecordFactory()

    def keep(*args: Any, **kwargs: Any) -> logging.LogRecord:
        heard.records.append(make(*args, **kwargs))
        return heard.records[-1]

    handlers, severity = root.handlers, root.level
    logging.setLogRecordFactory(keep)
    root.handlers = []
    try:
        with redirect_stderr(heard.written):
            configure_logs(Settings(**{"log_level": "debug", **settings}))
            yield heard
    finally:
        root.handlers = handlers
        root.setLevel(severity)
        for name in (OURS, SERVER):
            logging.getLogger(name).setLevel(logging.NOTSET)
        logging.setLogRecordFactory(make)


def assert_nothing_slipped(there: Aviary, heard: Heard) -> None:
    """Neither the logs nor any problem document holds anything of hers."""
    told = [f"{answer.text} {answer.headers}" for answer in there.problems]
    logged = heard.all()
    for trace in there.traces:
        assert not re.search(re.escape(trace), logged, re.IGNORECASE), f"{trace} was logged"
        slipped = [each for each in told if trace.lower() in each.lower()]
        assert not slipped, f"{trace} was answered: {slipped[0]}"
