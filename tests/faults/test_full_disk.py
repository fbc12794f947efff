"""A disk that is full: what needs room is refused and leaves nothing, all else goes on, and it ends by itself."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import httpx
import pytest

from faults.ledger import Ledger, a_draft, assert_drafts_are_whole, figures
from faults.rounds import rounds
from faults.servers import OwnServer
from faults.service import SOON, served
from integration.backends import opened
from kit.measured import Measured

LARGE = 60_000
"""Characters of a lesson that cannot be compressed."""
MOST = 100
"""Drafts of this size of which the last certainly does not fit."""


def a_large_draft(slug: str) -> dict[str, Any]:
    body = a_draft(slug)
    chance = random.Random(slug)
    body["sections"][0]["content"]["markdown"] = "".join(
        chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(LARGE // 3)
    )
    return body


@pytest.mark.fault("the disk of PostgreSQL is full")
async def test_what_does_not_fit_is_refused_and_all_else_goes_on(
    durable: OwnServer, durable_url: str, measured: Measured
) -> None:
    ledger = Ledger()
    async with served(durable_url) as client, opened(durable_url) as backend:
        assert await ledger.post(client, "/v1/modules", a_draft("before")) == 201
        for number in rounds(1, 5):
            durable.fill_the_disk()
            try:
                async with asyncio.timeout(4 * SOON):
                    refused = await write_until_refused(client, ledger, f"large-{number}")
                assert (await client.get("/v1/modules")).status_code == 200
                assert await not_ready(client)
                key = {"Idempotency-Key": f"key-{number}"}
                answer = await client.post("/v1/modules", json=refused, headers=key)
                assert answer.status_code == 503, answer.text
            finally:
                durable.free_the_disk()
            assert await ledger.post(client, "/v1/modules", refused, f"key-{number}") == 201
            await assert_drafts_are_whole(backend, ledger)
        measured(faults=len(rounds(1, 5)), **await figures(backend, ledger))
    assert ledger.statuses[503] == len(rounds(1, 5))


async def write_until_refused(client: httpx.AsyncClient, ledger: Ledger, name: str) -> dict[str, Any]:
    """Draft large modules, one after another, until one is answered with 503; its body."""
    for each in range(MOST):
        body = a_large_draft(f"{name}-{each}")
        if await ledger.post(client, "/v1/modules", body) == 503:
            return body
    raise AssertionError("the disk is not full")


async def not_ready(client: httpx.AsyncClient) -> bool:
    """Whether readiness reports the problem, although the check's own small write may still succeed."""
    answer = await client.get("/health/ready")
    return answer.status_code == 503
