"""One person stays one, with all evidence, whatever HR and Supabase change: over HTTP, on every store.

A person is neither the e-mail address, nor the account, nor the name: each of them changes in years of employment.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from joserfc.jwk import OctKey
from pydantic import SecretStr

from application.kernel.access import Actor
from application.people.users.roles import GrantRole
from domain.kernel.roles import Role
from fake_supabase.service import LEGACY_SECRET, PROJECT, Hooked, hooked
from fake_supabase.token_forge import good_claims, signer, token_of
from integration.running import PLENTY, empty_url

ADMINISTRATOR, FIRST, SECOND, OTHER = (f"{n}f2504e0-4f89-41d3-9a0c-0305e82c3301" for n in (1, 2, 3, 4))
"""Accounts of Supabase."""
BORN, MARRIED = "ana.ruiz@example.com", "ana.lopez@example.com"
DAY = timedelta(days=1)


class Office:
    """The service as an administrator and others use it."""

    def __init__(self, hooked: Hooked) -> None:
        self.hooked = hooked
        self.sessions = 0
        self.module = ""

    async def sends(
        self, line: str, body: Any = None, *, account: str = ADMINISTRATOR, email: str = "admin@example.com"
    ) -> httpx.Response:
        """Send the request with a token of this account, as of now, in which the address is this one."""
        method, path = line.split()
        now = int(self.hooked.clock.now().timestamp())
        claims = good_claims(iss=f"{PROJECT}/auth/v1", sub=account, email=email, iat=now, exp=now + 3600)
        sign = signer("HS256", OctKey.import_key(LEGACY_SECRET))
        token = token_of({"alg": "HS256", "typ": "JWT"}, claims, sign)
        headers = {"authorization": f"Bearer {token}", **({"if-match": "*"} if method == "PATCH" else {})}
        return await self.hooked.client.request(method, path, json=body, headers=headers)

    async def does(self, line: str, body: Any = None, **who: str) -> Any:
        """The answer to a request that succeeds."""
        answer = await self.sends(line, body, **who)
        assert answer.is_success, answer.text
        return answer.json()

    async def publishes(self) -> None:
        section = {"title": "Sharps", "content": {"kind": "lesson", "markdown": "They are sharp."}}
        module = await self.does("POST /v1/modules", {"title": "Sharps", "sections": [section]})
        self.module = module["id"]
        self.hooked.clock.advance(-DAY)
        await self.does(f"POST /v1/modules/{self.module}/publish")
        self.hooked.clock.advance(DAY)

    async def registers(self, **known: str) -> str:
        return str((await self.does("POST /v1/users", {"job_title": "Hygienist", **known}))["id"])

    async def edits(self, user_id: str, **changes: Any) -> Any:
        return await self.does(f"PATCH /v1/users/{user_id}", changes)

    async def me(self, account: str, email: str) -> Any:
        """Whom the service takes the bearer for."""
        return await self.does("GET /v1/users/me", account=account, email=email)

    async def refuses(self, account: str, email: str) -> str:
        """Why the bearer is not let in."""
        answer = await self.sends("GET /v1/users/me", account=account, email=email)
        assert answer.status_code == 403, answer.text
        return str(answer.json()["code"])

    async def trains(self, user_id: str) -> None:
        """In a classroom, on another day each time."""
        self.hooked.clock.advance(DAY)
        now, self.sessions = self.hooked.clock.now(), self.sessions + 1
        begin, end = now - timedelta(hours=2), now - timedelta(hours=1)
        session = {
            "module_id": self.module,
            "starts_at": begin.isoformat(),
            "ends_at": end.isoformat(),
            "location": "Austin North",
            "summary": f"Session {self.sessions}",
            "trainers": [{"name": "Dana Whitfield"}],
            "attendees": [{"user_id": user_id}],
        }
        await self.does("POST /v1/sessions", session)

    async def evidence(self, user_id: str) -> list[str]:
        """The names in the records of this person, the oldest first; each record has a certificate."""
        records = (await self.does(f"GET /v1/users/{user_id}/records"))["items"]
        certificates = (await self.does(f"GET /v1/users/{user_id}/certificates"))["items"]
        assert {each["certificate_serial"] for each in records} == {each["serial"] for each in certificates}
        return [each["full_name"] for each in reversed(records)]

    async def deletes(self, account: str) -> None:
        """The account in Supabase, whose webhook tells of it."""
        told = {"type": "DELETE", "table": "users", "schema": "auth", "record": None, "old_record": {"id": account}}
        assert (await self.hooked.tell(told)).is_success

    async def found(self, where: str) -> list[str]:
        """The ids of the people whom this query finds."""
        return [each["id"] for each in (await self.does(f"GET /v1/users?{where}"))["items"]]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return empty_url(request, request.param)


@pytest.fixture
async def office(url: str) -> AsyncIterator[Office]:
    settings = {
        "database_url": SecretStr(url),
        "costly_per_person": PLENTY,
        "costly_per_address": PLENTY,
        "writes_per_person": PLENTY,
    }
    async with hooked(**settings) as service:
        admin = GrantRole("admin@example.com", Role.ADMIN, subject=UUID(ADMINISTRATOR))
        await service.service.bus.execute(admin, Actor.system())
        office = Office(service)
        await office.publishes()
        yield office


async def test_marriage_a_new_address_a_new_account_and_a_rehire_leave_one_person(office: Office) -> None:
    ana = await office.registers(email=BORN, full_name="Ana Ruiz", employee_id="E-00123", hired_on="2020-03-02")
    assert (await office.me(FIRST, BORN))["id"] == ana
    await office.trains(ana)

    await office.edits(ana, full_name="Ana Lopez")
    assert (await office.me(FIRST, MARRIED))["email"] == MARRIED, "Supabase tells of the new address"
    await office.trains(ana)

    await office.deletes(FIRST)
    assert await office.refuses(FIRST, MARRIED) == "sign-in-ended"
    await office.trains(await office.registers(full_name="Ben Li", employee_id="E-00124"))
    await office.edits(ana, is_active=True, hired_on="2026-02-02")
    assert (await office.me(SECOND, MARRIED))["id"] == ana, "the new account has her proven address"
    await office.trains(ana)

    assert await office.found("employee_id=e-00123") == await office.found("q=lopez+E-00123") == [ana]
    assert await office.evidence(ana) == ["Ana Ruiz", "Ana Lopez", "Ana Lopez"]
    own = await office.does("GET /v1/users/me/records", account=SECOND, email=MARRIED)
    assert len(own["items"]) == 3
    exported = await office.does("GET /v1/users/me/personal-data", account=SECOND, email=MARRIED)
    assert (exported["profile"]["employee_id"], len(exported["records"])) == ("E-00123", 3)


async def test_an_account_with_another_address_is_linked_by_hand(office: Office) -> None:
    ana = await office.registers(email=BORN, full_name="Ana Ruiz")
    await office.me(FIRST, BORN)
    await office.trains(ana)
    link = {"subject": SECOND, "reason": "new-account"}
    await office.does(f"POST /v1/users/{ana}/sign-in/link", link)
    assert (await office.me(SECOND, MARRIED))["id"] == ana
    assert await office.refuses(FIRST, BORN) == "sign-in-ended"
    assert await office.evidence(ana) == ["Ana Ruiz"]
    assert await office.found("q=ana") == [ana]


async def test_somebody_without_an_address_has_evidence_and_later_an_account(office: Office) -> None:
    ana = await office.registers(full_name="Ana Ruiz", employee_id="E-7")
    assert (await office.does(f"GET /v1/users/{ana}"))["email"] is None
    await office.trains(ana)
    await office.does(f"POST /v1/modules/{office.module}/enrollments", {"user_id": ana})
    (certificate,) = (await office.does(f"GET /v1/users/{ana}/certificates"))["items"]
    serial = certificate["serial"]
    printed = await office.sends(f"GET /v1/certificates/{serial}.pdf")
    assert printed.content.startswith(b"%PDF")
    page = await office.hooked.client.get(f"/v1/verify/{serial}", headers={"accept": "text/html"})
    assert ("Ana Ruiz" in page.text, "None" in page.text) == (True, False)
    (participant,) = (await office.does(f"GET /v1/modules/{office.module}/enrollments?q=e-7"))["items"]
    assert (participant["email"], participant["employee_id"]) == (None, "E-7")

    other = (await office.me(OTHER, BORN))["id"]
    assert other != ana, "her address is not known here, so she would be somebody new"
    assert await office.found("has_email=false") == [ana]
    link = {"subject": FIRST, "reason": "confirmed"}
    await office.does(f"POST /v1/users/{ana}/sign-in/link", link)
    assert (await office.me(FIRST, BORN))["email"] is None, "somebody else has the address"
    assert (await office.me(FIRST, MARRIED))["email"] is None, "a token of the same moment tells nothing newer"
    office.hooked.clock.advance(DAY)
    mine = await office.me(FIRST, MARRIED)
    assert (mine["id"], mine["email"], mine["email_confirmed"]) == (ana, MARRIED, True)
    assert await office.evidence(ana) == ["Ana Ruiz"]


async def test_an_address_that_goes_to_somebody_else_takes_no_evidence_along(office: Office) -> None:
    ana = await office.registers(email=BORN, full_name="Ana Ruiz", employee_id="E-1")
    await office.me(FIRST, BORN)
    await office.trains(ana)
    taken = await office.sends("POST /v1/users", {"email": BORN, "full_name": "Ana Ruiz", "employee_id": "E-2"})
    assert (taken.status_code, taken.json()["code"]) == (409, "email-taken")
    await office.edits(ana, email=None)
    new = await office.registers(email=BORN, full_name="Ana Ruiz", employee_id="E-2")
    office.hooked.clock.advance(DAY)
    mine = await office.me(FIRST, BORN)
    assert (mine["id"], mine["email"]) == (ana, None), "the account is hers, and the address no longer"
    assert (await office.me(SECOND, BORN))["id"] == new
    assert (await office.evidence(ana), await office.evidence(new)) == (["Ana Ruiz"], [])


async def test_an_erased_person_keeps_evidence_and_no_address(office: Office) -> None:
    ana = await office.registers(email=BORN, full_name="Ana Ruiz", employee_id="E-1")
    await office.trains(ana)
    erased = await office.does(f"POST /v1/users/{ana}/erase")
    assert (erased["email"], erased["employee_id"], erased["full_name"]) == (None, None, None)
    new = await office.registers(email=BORN, full_name="Bea Cano", employee_id="e-1")
    assert (await office.evidence(ana), await office.evidence(new)) == (["Ana Ruiz"], [])
    assert await office.found("sort=name&has_email=false") == [ana]


async def test_an_employee_id_belongs_to_one_person(office: Office) -> None:
    ana = await office.registers(full_name="Ana Ruiz", employee_id="E-1")
    ben = await office.registers(full_name="Ben Li", email="ben@example.com")
    for line, body in (("POST /v1/users", {"employee_id": " e-1"}), (f"PATCH /v1/users/{ben}", {"employee_id": "e-1"})):
        taken = await office.sends(line, body)
        assert (taken.status_code, taken.json()["code"]) == (409, "employee-id-taken")
        assert "employee_id" in taken.json()["detail"]
    nobody = await office.sends(f"PATCH /v1/users/{ana}", {"full_name": None, "employee_id": None})
    assert (nobody.status_code, nobody.json()["errors"][0]["pointer"]) == (422, "/email")
    await office.edits(ana, employee_id=None)
    assert (await office.edits(ben, employee_id="E-1"))["employee_id"] == "E-1"
