"""HR back-dates a transfer: the obligation exists from the day of the move, was unknown before it was recorded, and is
due so many days from the discovery.

Each store's own clock, which nobody sets, says when facts are recorded. So these answers are in days from now and
moments that the API has shown, and must be the same on every store.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from application.compliance.obligations.marks import work_off
from application.kernel.access import Actor
from application.people.users.roles import GrantRole
from domain.kernel.roles import Role
from entrypoints.bootstrap import Service, bootstrap
from integration.running import authorization, client_of, empty_url, settings_for

OFFICER = "officer@example.com"
TEXAS, OHIO = (("TX-1", "Austin", "TX", "America/Chicago"), ("OH-1", "Dayton", "OH", "America/New_York"))
GRACE = 14


@dataclass(frozen=True)
class Group:
    """A group with an office in Texas, where a card is asked for, and one in Ohio, where none is."""

    client: httpx.AsyncClient
    service: Service

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        answer = await self.client.request(
            method, path, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        assert answer.status_code < 300, answer.text
        return answer

    async def prepare(self, today: date) -> None:
        for code, city, state, zone in (TEXAS, OHIO):
            office = {"code": code, "name": city, "city": city, "state": state, "time_zone": zone}
            await self.send("POST", "/v1/locations", office)
        await self.send("POST", "/v1/users", {"email": OFFICER, "full_name": "Eve Officer"})
        await self.service.bus.execute(GrantRole(OFFICER, Role.COMPLIANCE), Actor.system())
        await self._approve("with_discovery", today, {"discovery_days": GRACE})
        await self._approve("without", today, {})
        await work_off(self.service.bus)

    async def _approve(self, code: str, today: date, guards: dict[str, int]) -> None:
        terms = {
            "audience": {"field": "state", "is": "TX"},
            "fulfillment": {"kind": "credential", "type": "bls"},
            "first_due": {"kind": "days_after", "anchor": "position", "days": 7},
            "guards": guards,
        }
        day = (today - timedelta(days=800)).isoformat()
        body = {"code": code, "title": code, "note": "Policy.", "effective_on": day, "terms": terms}
        added = await self.send("POST", "/v1/requirements", body)
        path, etag = f"{added.headers['location']}/versions/1/approve", added.headers["etag"]
        await self.send("POST", path, {}, if_match=etag, **authorization(OFFICER))

    async def owes(self, who: str, **asked: str) -> dict[str, tuple[str, str, str, list[str]]]:
        """The obligations by the codes of requirements: label, due day, what it follows from, and exceptions."""
        answer = await self.client.get(f"{who}/obligations", params=asked)
        return {
            each["requirement_code"]: (
                *(each["label"], each["due_on"], each["due_by"]),
                [listed["kind"] for listed in each["exceptions"]],
            )
            for each in answer.json()["items"]
        }


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return empty_url(request, request.param)


@pytest.fixture
async def group(url: str) -> AsyncIterator[Group]:
    service = bootstrap(settings_for(url))
    async with client_of(service, housekeeping=False) as client:
        yield Group(client, service)


async def test_a_back_dated_transfer_is_owed_from_its_day_and_due_from_its_discovery(group: Group) -> None:
    today = group.service.clock.now().date()
    moved, before = today - timedelta(days=47), today - timedelta(days=48)
    await group.prepare(today)
    hired = {"hired_on": (today - timedelta(days=700)).isoformat(), "location": "Dayton"}
    kim = await group.send("POST", "/v1/users", {"email": "kim@example.com", "full_name": "Kim Lee", **hired})
    who = kim.headers["location"]
    (first,) = (await group.send("GET", f"{who}/positions")).json()["items"]
    assert await group.owes(who) == {}

    transfer = {"starts_on": moved.isoformat(), "location": "Austin", "transfer": True, "reason": "HR was late."}
    added = (await group.send("POST", f"{who}/positions", transfer)).json()["id"]
    positions = (await group.send("GET", f"{who}/positions")).json()["items"]
    recorded = next(each for each in positions if each["id"] == added)
    discovered = datetime.fromisoformat(recorded["recorded_at"]).astimezone(ZoneInfo(TEXAS[3])).date()

    by_rule, by_discovery = moved + timedelta(days=7), discovered + timedelta(days=GRACE)
    owed: dict[str, tuple[str, str, str, list[str]]] = {
        "with_discovery": ("due_soon", by_discovery.isoformat(), "discovery", []),
        "without": ("overdue", by_rule.isoformat(), "rule", []),
    }
    assert await group.owes(who, as_of=discovered.isoformat()) == owed
    # On the day of the move it existed, by what is known now. The day before, it did not.
    there = await group.owes(who, as_of=moved.isoformat())
    assert {code: each[1:3] for code, each in there.items()} == {code: each[1:3] for code, each in owed.items()}
    assert await group.owes(who, as_of=before.isoformat()) == {}
    # By what was known before HR said so, there is nothing on any day.
    for day in (moved, discovered):
        assert await group.owes(who, as_of=day.isoformat(), known_at=first["recorded_at"]) == {}
    # Both are said by the report of what was learned in between about the same day.
    asked = {"as_of": moved.isoformat(), "known_from": first["recorded_at"]}
    rows = (await group.client.get("/v1/reports/changes", params=asked)).json()["items"]
    assert {(each["requirement_code"], each["label_before"], each["due_on_after"]) for each in rows} == {
        ("with_discovery", None, by_discovery.isoformat()),
        ("without", None, by_rule.isoformat()),
    }
