"""What costs much may be asked for so often a minute, by each person and from each address."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from limits.aio.storage import MemoryStorage

from adapters.rate_limits import WindowCounter
from adapters.supabase.development import DevelopmentTokens, development_subject
from application.kernel.access import Actor
from application.people.sign_ins.signing_in import SignedIn
from domain.kernel.roles import Role
from entrypoints.http.kit.actors import bearer
from entrypoints.http.kit.allowances import LocalAllowances, Refusals, SharedAllowances, Spending
from entrypoints.http.kit.requests import HttpRequest
from kit.about import for_each
from kit.surroundings import FixedClock
from worlds.front_door import MemoryDoor
from worlds.http import World

UNKNOWN = "/v1/verify/AAAA-AAAA-AAAA-AAAAA"


class TestLocalAllowances:
    async def test_a_minutes_worth_may_be_taken_at_once_and_then_as_it_comes_back(self) -> None:
        clock = FixedClock()
        allowances = LocalAllowances(clock)
        assert [await allowances.take("ana", 1, 4) for _ in range(5)] == [0, 0, 0, 0, 15]
        clock.advance(timedelta(seconds=14))
        assert await allowances.take("ana", 1, 4) == 1
        clock.advance(timedelta(seconds=1))
        assert [await allowances.take("ana", 1, 4) for _ in range(2)] == [0, 15]
        clock.advance(timedelta(hours=1))
        assert [await allowances.take("ana", 1, 4) for _ in range(5)] == [0, 0, 0, 0, 15]

    async def test_names_do_not_share(self) -> None:
        allowances = LocalAllowances(FixedClock())
        assert [await allowances.take(name, 1, 1) for name in ("ana", "ben", "ana")] == [0, 0, 60]

    async def test_what_costs_more_than_a_minutes_worth_can_still_be_had(self) -> None:
        clock = FixedClock()
        allowances = LocalAllowances(clock)
        assert await allowances.take("ana", 6, 2) == 0
        assert await allowances.take("ana", 6, 2) > 0
        clock.advance(timedelta(minutes=3))
        assert await allowances.take("ana", 6, 2) == 0

    async def test_a_clock_that_is_set_back_locks_nobody_out_for_long(self) -> None:
        clock = FixedClock()
        allowances = LocalAllowances(clock)
        assert await allowances.take("ana", 1, 1) == 0
        clock.advance(timedelta(days=-30))
        assert await allowances.take("ana", 1, 1) <= 60

    async def test_those_that_spent_nothing_for_longest_are_forgotten(self) -> None:
        allowances = LocalAllowances(FixedClock(), most_names=2)
        assert [await allowances.take(name, 1, 1) for name in ("ana", "ben", "cleo")] == [0, 0, 0]
        assert await allowances.take("cleo", 1, 1) == 60
        assert await allowances.take("ben", 1, 1) == 60
        assert await allowances.take("ana", 1, 1) == 0


class Ledger:
    """A storage that processes share, which counts how often it was asked. It can be away."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.asked = 0
        self.is_away = False
        self._used: dict[str, tuple[int, float]] = {}

    async def use(self, name: str, amount: int, a_minute: int) -> tuple[bool, int, float]:
        self.asked += 1
        if self.is_away:
            raise ConnectionError
        now = self.clock.now().timestamp()
        used, ends_at = self._used.get(name, (0, 0.0))
        used, ends_at = (used + amount, ends_at) if now < ends_at else (amount, now + 60)
        self._used[name] = used, ends_at
        return used <= a_minute, max(0, a_minute - used), ends_at


class TestSharedAllowances:
    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock()

    @pytest.fixture
    def ledger(self, clock: FixedClock) -> Ledger:
        return Ledger(clock)

    @pytest.fixture
    def processes(self, ledger: Ledger, clock: FixedClock) -> list[SharedAllowances]:
        return [SharedAllowances(LocalAllowances(clock), ledger, clock) for _ in range(2)]

    async def test_a_small_limit_is_exact_over_all_processes(
        self, processes: list[SharedAllowances], clock: FixedClock
    ) -> None:
        first, second = processes
        assert [await each.take("ana", 1, 4) for each in (first, second, first, second)] == [0, 0, 0, 0]
        assert await first.take("ana", 1, 4) == 60
        clock.advance(timedelta(seconds=10))
        assert [await each.take("ana", 1, 4) for each in (first, second, second)] == [50, 50, 50]
        assert await second.take("ben", 1, 4) == 0
        clock.advance(timedelta(seconds=50))
        assert [await each.take("ana", 1, 4) for each in (first, second)] == [0, 0]

    async def test_a_large_limit_is_counted_in_few_uses_and_exceeded_by_little(
        self, processes: list[SharedAllowances], ledger: Ledger
    ) -> None:
        granted = 0
        for turn in range(2_000):
            granted += await processes[turn % 2].take("ana", 1, 600) == 0
        assert 600 <= granted <= 600 + 600 // 20
        assert ledger.asked < 600 / 10

    async def test_who_is_refused_costs_the_storage_nothing(
        self, processes: list[SharedAllowances], ledger: Ledger
    ) -> None:
        for _ in range(5):
            await processes[0].take("ana", 1, 4)
        asked = ledger.asked
        assert all([await processes[0].take("ana", 1, 4) > 0 for _ in range(100)])
        assert ledger.asked == asked

    async def test_while_the_storage_is_away_each_process_counts_alone(
        self, processes: list[SharedAllowances], ledger: Ledger, clock: FixedClock
    ) -> None:
        ledger.is_away = True
        assert [await each.take("ana", 1, 2) for each in processes * 2] == [0, 0, 0, 0]
        assert [await each.take("ana", 1, 2) > 0 for each in processes] == [True, True]
        assert ledger.asked == 2, "it is left alone for some seconds"
        ledger.is_away = False
        clock.advance(timedelta(minutes=2))
        assert [await each.take("ana", 1, 2) > 0 for each in (*processes, processes[0])] == [False, False, True]

    async def test_a_clock_that_is_set_back_leaves_no_process_alone(
        self, processes: list[SharedAllowances], ledger: Ledger, clock: FixedClock
    ) -> None:
        ledger.is_away = True
        await processes[0].take("ana", 1, 2)
        ledger.is_away = False
        clock.advance(timedelta(hours=-5))
        await processes[0].take("ben", 1, 2)
        assert ledger.asked == 2

    async def test_what_costs_more_than_a_minutes_worth_can_still_be_had(
        self, processes: list[SharedAllowances], clock: FixedClock
    ) -> None:
        counted = [SharedAllowances(LocalAllowances(clock), WindowCounter(MemoryStorage()), clock) for _ in range(1)]
        assert await counted[0].take("ana", 6, 2) == 0
        assert await counted[0].take("ana", 6, 2) > 0

    async def test_what_is_left_is_known_without_asking(
        self, processes: list[SharedAllowances], ledger: Ledger
    ) -> None:
        first, second = processes
        assert first.left("ana", 4) == (4, 0)
        await first.take("ana", 1, 4)
        await second.take("ana", 1, 4)
        asked = ledger.asked
        assert second.left("ana", 4) == (2, 60)
        assert ledger.asked == asked


def person(number: int) -> UUID:
    return UUID(int=number)


async def any_caller(request: HttpRequest) -> Actor:
    """The person whose number comes as the token."""
    number = int(request.headers.get("authorization", "1"))
    return Actor(person(number), Role.ADMIN, request_id=request.scope["state"]["request_id"])


class Street:
    """Clients at several addresses."""

    def __init__(
        self, per_person: float = 1_000, per_address: float = 1_000, writes: float = 1_000, **options: Any
    ) -> None:
        self.world = World()
        spending = Spending(LocalAllowances(self.world.clock), per_person, per_address, writes)
        self._app = self.world.served(**{"authenticate": any_caller, "spending": spending, **options})

    async def ask(
        self, path: str, *, address: str = "192.0.2.1", who: int | str = 1, method: str = "GET"
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, client=(address, 5))  # type: ignore[arg-type]  # two spellings of ASGI
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers={"authorization": str(who)})


async def test_too_many_requests_are_refused_with_the_time_to_wait() -> None:
    street = Street(per_address=2)
    answers = [await street.ask(UNKNOWN) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    refused = answers[-1]
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "30"
    assert refused.json()["code"] == "too-many-requests"
    assert "30 s" in refused.json()["detail"]
    street.world.clock.advance(timedelta(seconds=30))
    assert (await street.ask(UNKNOWN)).status_code == 404


@for_each(
    ("first", "other", "together"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
async def test_an_address_is_that_of_one_customer(first: str, other: str, together: bool) -> None:
    street = Street(per_address=1)
    assert (await street.ask(UNKNOWN, address=first)).status_code == 404
    assert (await street.ask(UNKNOWN, address=other)).status_code == (429 if together else 404)


async def test_each_person_has_a_share_wherever_the_requests_come_from() -> None:
    street = Street(per_person=2)
    path = f"/v1/users/{person(9)}/personal-data"
    answers = [await street.ask(path, address=f"192.0.2.{number}") for number in range(2)]
    assert [answer.status_code for answer in answers] == [404, 429]
    assert (await street.ask(path, who=2)).status_code == 404


COSTLY = [
    ("POST", "/v1/users/import"),
    ("POST", "/v1/users/deactivate"),
    ("GET", f"/v1/users/{person(9)}/personal-data"),
    ("POST", f"/v1/modules/{person(9)}/publish"),
    ("POST", f"/v1/modules/{person(9)}/enrollments/bulk"),
    ("GET", "/v1/certificates/AAAA-AAAA-AAAA-AAAAA.pdf"),
]


@for_each(("method", "path"), COSTLY)
async def test_what_costs_much_is_limited_and_nothing_else_with_it(method: str, path: str) -> None:
    street = Street(per_person=1)
    first = await street.ask(path, method=method)
    assert first.status_code != 429
    assert (await street.ask(path, method=method)).status_code == 429
    assert (await street.ask("/v1/modules")).status_code == 200
    assert (await street.ask("/v1/certificates/AAAA-AAAA-AAAA-AAAAA")).status_code == 404
    others = [each for each in COSTLY if each != (method, path)]
    assert (await street.ask(others[0][1], method=others[0][0])).status_code != 429


class TestWrites:
    async def test_each_person_may_change_something_so_often(self) -> None:
        street = Street(writes=2)
        made = [await street.ask("/v1/modules", method="POST") for _ in range(3)]
        assert [answer.status_code for answer in made] == [400, 400, 429]
        assert (await street.ask("/v1/modules", method="POST", who=2)).status_code == 400
        assert (await street.ask("/v1/modules", method="POST", address="192.0.2.2")).status_code == 429
        assert (await street.ask("/v1/modules")).status_code == 200

    async def test_answers_show_what_is_left(self) -> None:
        street = Street(writes=3, per_person=4, per_address=8)
        first = await street.ask("/v1/users/deactivate", method="POST")
        assert first.headers["ratelimit-policy"] == (
            '"writes";q=3;w=60, "deactivate_users";q=4;w=60, "address";q=8;w=60'
        )
        assert first.headers["ratelimit"] == '"writes";r=2;t=20, "deactivate_users";r=2;t=30, "address";r=6;t=15'
        for _ in range(2):
            last = await street.ask("/v1/modules", method="POST")
        assert last.headers["ratelimit"] == '"writes";r=0;t=60'
        refused = await street.ask("/v1/modules", method="POST")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "20")
        assert refused.headers["ratelimit"] == '"writes";r=0;t=20'

    async def test_reads_have_no_limit_and_no_such_headers(self) -> None:
        answer = await Street(writes=1).ask("/v1/modules")
        assert not {"ratelimit", "ratelimit-policy"} & answer.headers.keys()


class TestRefusedTokens:
    @pytest.fixture
    def door(self) -> MemoryDoor:
        return MemoryDoor()

    @pytest.fixture
    def tokens(self, tmp_path: Path) -> DevelopmentTokens:
        return DevelopmentTokens(tmp_path / "key", FixedClock())

    @pytest.fixture
    def street(self, tokens: DevelopmentTokens, door: MemoryDoor) -> Street:
        signed_in = SignedIn(tokens, door.people, door.bus, door.clock)
        refusals = Refusals(LocalAllowances(door.clock), door.clock, 3)
        return Street(authenticate=bearer(signed_in, refusals))

    def good(self, tokens: DevelopmentTokens, name: str) -> str:
        return f"Bearer {tokens.issue(f'{name}@example.com', development_subject(name))}"

    async def test_many_of_one_address_have_to_wait_but_not_who_is_known(
        self, street: Street, tokens: DevelopmentTokens
    ) -> None:
        ana, ben = self.good(tokens, "ana"), self.good(tokens, "ben")
        assert (await street.ask("/v1/modules", who=ana)).status_code == 200
        bad = [await street.ask("/v1/modules", who=f"{ana}{number}") for number in range(6)]
        assert [answer.status_code for answer in bad] == [401, 401, 401, 401, 429, 429]
        assert bad[-1].json()["code"] == "too-many-requests"
        assert (await street.ask("/v1/modules", who=ana)).status_code == 200
        assert (await street.ask("/v1/modules", who=ben)).status_code == 429
        assert (await street.ask("/v1/modules", who=ben, address="192.0.2.2")).status_code == 200

    async def test_the_wait_ends(self, street: Street, tokens: DevelopmentTokens, door: MemoryDoor) -> None:
        ana = self.good(tokens, "ana")
        for number in range(6):
            await street.ask("/v1/modules", who=f"{ana}{number}")
        assert (await street.ask("/v1/modules", who=ana)).status_code == 429
        door.clock.advance(timedelta(seconds=20))
        assert (await street.ask("/v1/modules", who=ana)).status_code == 200

    async def test_no_token_at_all_costs_nothing(self, street: Street) -> None:
        answers = [await street.ask("/v1/modules", who="Basic x") for _ in range(6)]
        assert {answer.status_code for answer in answers} == {401}
