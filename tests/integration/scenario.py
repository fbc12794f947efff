"""A recorded scenario: requests in an order, and what each was answered.

The application is whole; only its clock, ids and chance are ours, so that the answers are the same each time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from difflib import unified_diff
from itertools import zip_longest
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from application.compliance.obligations.marks import work_off
from application.kernel.access import Actor
from application.reporting.commands import RefreshReports
from domain.evidence.certificates import serial_of
from domain.people.service_account_keys import TEST, key_text
from entrypoints.bootstrap import Service, bootstrap
from integration.chapters import (
    Sends,
    catalogue,
    credentials,
    learning,
    locations,
    obligations,
    participation,
    people,
    quizzes,
    relief,
    requirements,
    service_accounts,
    service_routes,
)
from integration.running import authorization, client_of, settings_for
from kit.surroundings import FixedClock

RECORD = Path(__file__).with_name("scenario.jsonl")
HEADERS = (
    "content-type",
    "location",
    "etag",
    "link",
    "allow",
    "idempotency-replayed",
    "retry-after",
    "x-request-id",
)
CHAPTERS = (
    service_routes,
    catalogue,
    quizzes,
    people,
    participation,
    learning,
    service_accounts,
    locations,
    credentials,
    requirements,
    obligations,
    relief,
)
MINUTE = timedelta(minutes=1)
SHOWN = 3
"""How many of the differences are shown."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer. `body` is JSON, None where it is something else, or nothing."""

    what: str
    request: str
    status: int
    headers: dict[str, str]
    body: Any


class StepIds:
    """Ids that tell the step that made them, and count within it: a step that fails uses up none of the next."""

    def __init__(self) -> None:
        self._step = self._count = 0

    def begin(self, step: int) -> None:
        self._step, self._count = step, 0

    def new(self) -> UUID:
        self._count += 1
        return UUID(f"00000000-0000-7000-8{self._step:03}-{self._count:012}")

    def seed(self) -> int:
        """What chance brings: in each step the same."""
        return self._step


class StepSerials:
    """Serials made from ids."""

    def __init__(self, ids: StepIds) -> None:
        self._ids = ids

    def new(self) -> str:
        return serial_of(self._ids.new().int % 2**80)


class StepKeys:
    """Keys that have no other secret than their ids."""

    def text(self, key_id: UUID) -> str:
        return key_text(TEST, key_id, 0)


class Api:
    """Sends requests, one a minute, and keeps their results."""

    def __init__(self, client: httpx.AsyncClient, service: Service, clock: FixedClock, ids: StepIds) -> None:
        self.client = client
        self._service = service
        self.clock = self._clock = clock
        self._ids = ids
        self._settled = 0
        self.exchanges: list[Exchange] = []

    async def __call__(self, what: str, line: str, body: Any = None, **headers: str) -> Exchange:
        """Send the request that the line begins; `body` is text, or anything that JSON can say."""
        step = len(self.exchanges) + 1
        self._clock.advance(MINUTE)
        self._ids.begin(step)
        method, path = line.split(" ", 1)
        sent = {"x-request-id": f"step-{step:03}"}
        if body is not None:
            sent["content-type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        response = await self.client.request(method, path, content=content, headers=sent)
        told = {name: response.headers[name] for name in HEADERS if name in response.headers}
        exchange = Exchange(what, line, response.status_code, told, _document(response))
        self.exchanges.append(exchange)
        return exchange

    def signed_in(self, email: str) -> Sends:
        """The same, as this person in place of the administrator."""

        async def send(what: str, line: str, body: Any = None, **headers: str) -> Exchange:
            return await self(what, line, body, **{**authorization(email, self._clock), **headers})

        return send

    def pass_time(self, **by: float) -> None:
        """Let time pass until the next request."""
        self._clock.advance(timedelta(**by))

    async def settle_obligations(self) -> None:
        """What the service does right after what many people owe has changed."""
        self._settled += 1
        self._ids.begin(1_000 - self._settled)
        await work_off(self._service.bus)

    async def refresh_reports(self) -> None:
        """What operators do from time to time, here in the minute of the next request: elsewhere counts are of now."""
        self._clock.advance(MINUTE)
        await self._service.bus.execute(RefreshReports(), Actor.system())
        self._clock.advance(-MINUTE)


def _document(response: httpx.Response) -> Any:
    media_type = response.headers.get("content-type", "")
    # The API's description is too long to be recorded here, and has tests of its own.
    readable = response.content and "json" in media_type and "/schema" not in str(response.url)
    return response.json() if readable else None


async def play(url: str, then: Callable[[Api], Awaitable[None]] | None = None) -> list[Exchange]:
    """The scenario on this database, which is empty, and what else is to happen `then`."""
    clock, ids = FixedClock(), StepIds()
    service = bootstrap(settings_for(url), clock=clock, ids=ids, chance=ids, serials=StepSerials(ids), mint=StepKeys())
    async with client_of(service, clock, housekeeping=False) as client:
        api = Api(client, service, clock, ids)
        for chapter in CHAPTERS:
            await chapter.play(api)
        played = list(api.exchanges)
        if then is not None:
            await then(api)
    return played


def recorded() -> list[Exchange]:
    """The answers as they should be."""
    return [Exchange(**json.loads(line)) for line in RECORD.read_text(encoding="utf-8").splitlines()]


def record(exchanges: Sequence[Exchange]) -> None:
    """From now on the answers should be these."""
    lines = (json.dumps(_plain(exchange), ensure_ascii=False) for exchange in exchanges)
    RECORD.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def differences(expected: Sequence[Exchange], actual: Sequence[Exchange]) -> str:
    """What differs, as a diff of the first exchanges that do; empty when nothing does."""
    differing = list(_differing(expected, actual))
    if not differing:
        return ""
    more = f"\n... and {len(differing) - SHOWN} more" if len(differing) > SHOWN else ""
    return "\n\n".join(differing[:SHOWN]) + more


def _differing(expected: Sequence[Exchange], actual: Sequence[Exchange]) -> Iterator[str]:
    for number, (old, new) in enumerate(zip_longest(expected, actual), start=1):
        # As text: Python takes 1, 1.0 and True for the same, clients may not.
        before, after = _lines(old), _lines(new)
        if before != after:
            name = (new or old).what
            yield f"{number}. {name}\n" + "\n".join(
                unified_diff(before, after, "recorded", "answered", n=4, lineterm="")
            )


def _lines(exchange: Exchange | None) -> list[str]:
    if exchange is None:
        return []
    return json.dumps(_plain(exchange), indent=1, sort_keys=True, ensure_ascii=False).splitlines()


def _plain(exchange: Exchange) -> dict[str, Any]:
    """The exchange with the version alone of its entity tag: the rest is made of the body, which is there itself."""
    plain = asdict(exchange)
    if "etag" in exchange.headers:
        plain["headers"]["etag"] = re.sub(r'-[0-9a-f]{16}"$', '-..."', exchange.headers["etag"])
    return plain
