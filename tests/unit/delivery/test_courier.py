"""Couriers: planning deliveries, attempting them, repeating and giving up, and stopping."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from application.delivery.ports import Deliveries
from application.kernel.units import StoreUnavailable
from domain.delivery.deliveries import Claim, Dropped, Failed, Outcome, Postponed, Refused
from kit.examples import uid
from worlds.delivery import CHANNEL, Hooks, Office


async def test_what_happened_is_delivered_once_in_order() -> None:
    office = Office(Hooks(uid(1), uid(2)))
    await office.happens(7, 8, 7)
    assert await office.courier().once() == 6
    assert await office.courier().once() == 0
    for target in (uid(1), uid(2)):
        assert sorted(office.got(target)) == ["1", "2", "3"]
        assert [each for each in office.got(target) if each != "2"] == ["1", "3"]
    assert office.results == ["delivered"] * 6


async def test_more_events_than_are_read_at_once() -> None:
    office = Office()
    await office.happens(*range(1, 451))
    assert await office.courier().once() == 450
    assert len({*office.got()}) == 450


async def test_a_failure_is_repeated_when_it_is_time() -> None:
    office, courier = Office(), None
    courier = office.courier()
    office.channel.answers = [Failed("answered", 503), Failed("timeout")]
    await office.happens(7, 7)
    assert await courier.once() == 1
    assert await courier.once() == 0
    office.clock.advance(timedelta(minutes=1))
    assert await courier.once() == 1
    office.clock.advance(timedelta(minutes=5))
    assert await courier.once() == 2
    assert office.got() == ["1", "2"]
    assert office.results == ["failed", "failed", "delivered", "delivered"]


async def test_what_fails_each_time_is_given_up_and_what_follows_goes_on() -> None:
    office = Office()
    courier = office.courier()
    office.channel.answers = [Failed("timeout"), OSError("unreachable"), Failed("timeout")]
    await office.happens(7, 7)
    for minutes in (0, 1, 5):
        office.clock.advance(timedelta(minutes=minutes))
        await courier.once()
    assert office.got() == ["2"]
    assert await office.states() == ["dead", "delivered"]
    newest, oldest = sorted(await office.deliveries(), key=lambda each: each.event_id, reverse=True)
    assert (oldest.attempts, oldest.last_error, oldest.finished_at) == (3, "timeout", office.clock.now())
    assert newest.last_error is None


@pytest.mark.parametrize(
    ("outcome", "state", "error"),
    [
        (Refused("answered", 410), "dead", "answered 410"),
        (Dropped("removed"), "dropped", "removed"),
        (Postponed("paused", timedelta(hours=1)), "waiting", "paused"),
    ],
)
async def test_other_results(outcome: Outcome, state: str, error: str) -> None:
    office = Office()
    office.channel.answers = [outcome]
    await office.happens(7)
    await office.courier().once()
    (delivery,) = await office.deliveries()
    assert (delivery.state, delivery.last_error) == (state, error)


async def test_an_attempt_that_takes_too_long_has_failed() -> None:
    office = Office()
    office.channel.deadline = timedelta(0)
    office.channel.hold = asyncio.Event()
    await office.happens(7)
    await office.courier().once()
    (delivery,) = await office.deliveries()
    assert (delivery.state, delivery.last_error) == ("waiting", "timeout")


async def test_an_error_is_logged_and_its_text_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    office = Office()
    office.channel.answers = [LookupError("ana@example.com")]
    await office.happens(7)
    await office.courier().once()
    (delivery,) = await office.deliveries()
    assert delivery.last_error == "error"
    assert any("the attempt raised" in record.message for record in caplog.records)


async def test_a_worker_that_was_too_slow_changes_nothing() -> None:
    office = Office()
    slow, fast = office.courier(), office.courier()
    await office.happens(7)
    await slow.relay()
    (claim,) = await slow.claim(1)
    office.clock.advance(timedelta(minutes=1))
    office.channel.answers = [Failed("timeout")]
    assert await fast.once() == 1
    assert not await slow.attempt(claim)
    assert office.results == ["failed", "late"]
    assert await office.states() == ["waiting"]


async def test_what_kills_its_worker_each_time_is_given_up() -> None:
    office = Office()
    courier = office.courier()
    await office.happens(7, 7)
    await courier.relay()
    for _ in range(office.channel.policy.attempts):
        assert len(await courier.claim(1)) == 1
        office.clock.advance(timedelta(minutes=1))
    await courier.once()
    assert await office.states() == ["dead", "delivered"]
    assert office.got() == ["2"]


async def test_it_works_until_it_is_stopped_and_finishes_what_it_has_begun() -> None:
    office, stop = Office(), asyncio.Event()
    office.channel.hold = asyncio.Event()
    await office.happens(7)
    running = asyncio.ensure_future(office.courier().run(stop, grace=30, poll=0.001))
    await office.channel.begun.wait()
    stop.set()
    await asyncio.sleep(0)
    office.channel.hold.set()
    await running
    assert office.got() == ["1"]
    assert await office.states() == ["delivered"]


async def test_what_does_not_end_in_time_is_given_back() -> None:
    office, stop = Office(), asyncio.Event()
    office.channel.hold = asyncio.Event()
    await office.happens(7)
    running = asyncio.ensure_future(office.courier().run(stop, grace=0, poll=0.001))
    await office.channel.begun.wait()
    stop.set()
    await running
    (delivery,) = await office.deliveries()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)
    office.channel.hold = None
    assert await office.courier().once() == 1, "another worker need not wait for the lease"


async def test_it_goes_on_after_failures() -> None:
    office, stop = Office(), asyncio.Event()
    await office.happens(7)
    office.channel.broken = StoreUnavailable("down")
    running = asyncio.ensure_future(office.courier().run(stop, grace=1, poll=0.001))
    for _ in range(20):
        await asyncio.sleep(0)
    assert await office.deliveries() == []
    office.channel.broken = None
    await office.channel.begun.wait()
    stop.set()
    await running
    assert office.got() == ["1"]


async def test_what_was_planned_is_delivered_although_nothing_can_be_planned() -> None:
    office, stop = Office(), asyncio.Event()
    await office.happens(7)
    courier = office.courier()
    await courier.relay()
    await office.happens(8)
    office.channel.broken = LookupError("no such table")
    running = asyncio.ensure_future(courier.run(stop, grace=1, poll=0.001))
    await office.channel.begun.wait()
    stop.set()
    await running
    assert office.got() == ["1"]


async def test_couriers_beside_each_other_share_the_work() -> None:
    office = Office()
    await office.happens(*(learner for learner in range(1, 11) for _ in range(5)))
    attempts = await asyncio.gather(*(office.courier().once() for _ in range(4)))
    assert sum(attempts) + await office.courier().once() == 50
    got = [int(each) for each in office.got()]
    assert sorted(got) == list(range(1, 51))
    for learner in range(10):
        own = [each for each in got if (each - 1) // 5 == learner]
        assert own == sorted(own)


async def test_what_waits_for_a_removed_target_is_not_attempted() -> None:
    office = Office()
    courier = office.courier()
    await office.happens(7)
    await courier.relay()
    await office.units.run(
        lambda unit: unit.port(Deliveries).drop(CHANNEL, office.channel.targets[0], "removed", office.clock.now())
    )
    assert await courier.once() == 0
    assert await office.states() == ["dropped"]


async def test_claims_are_given_back_only_by_their_holder() -> None:
    office = Office()
    courier = office.courier()
    await office.happens(7)
    await courier.relay()
    claims: list[Claim] = await courier.claim(1)
    await courier.give_back(claims)
    await courier.give_back([])
    assert [each.attempt for each in await courier.claim(1)] == [1]
