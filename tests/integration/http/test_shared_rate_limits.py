"""A limit holds over two servers on one PostgreSQL."""

from __future__ import annotations

import httpx
import pytest

from integration.running import ServerProcess, authorization, empty_url


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    return empty_url(request, "postgresql")


def drafted(server: ServerProcess, n: int) -> httpx.Response:
    return httpx.post(f"{server.address}/v1/modules", json={"title": f"M{n}"}, headers=authorization(), timeout=30)


def test_two_servers_share_the_limit_of_writes(url: str) -> None:
    with ServerProcess(url, WRITES_PER_PERSON="6") as first, ServerProcess(url, WRITES_PER_PERSON="6") as second:
        answers = [drafted((first, second)[n % 2], n) for n in range(8)]
        assert [answer.status_code for answer in answers] == [201] * 6 + [429] * 2
        assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in answers[6:])
        assert [answer.headers["ratelimit"].split(";t=")[0] for answer in answers] == [
            *(f'"writes";r={left}' for left in (5, 4, 3, 2, 1, 0)),
            *['"writes";r=0'] * 2,
        ]
        assert httpx.get(f"{second.address}/v1/modules", headers=authorization()).status_code == 200


def test_without_a_shared_storage_each_server_counts_alone(url: str) -> None:
    alone = {"WRITES_PER_PERSON": "2", "RATE_LIMIT_STORAGE": "memory"}
    with ServerProcess(url, **alone) as first, ServerProcess(url, **alone) as second:
        assert [drafted(each, n).status_code for n, each in enumerate((first, second) * 2)] == [201] * 4
        assert drafted(first, 9).status_code == 429
