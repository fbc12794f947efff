"""The contract of the answers kept for repeated requests."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from application.kernel.units import (
    Answer,
    Answers,
    IdempotencyKey,
    KeyInFlight,
    KeyReused,
    Quota,
    TooManyAnswers,
    Unit,
)
from application.people.ports import Users
from contracts import about
from contracts.backend import Backend, save
from contracts.make import UNICODE, a_user, later, user_id

FINGERPRINT = "0123456789abcdef" * 4
ANOTHER = "fedcba9876543210" * 4
KEY = IdempotencyKey("ana", "key-1", FINGERPRINT)
ANSWER = Answer(
    201,
    (("Content-Type", "application/json"), ("Location", "/v1/modules/1"), ("Link", "a"), ("Link", "b")),
    UNICODE.encode() + bytes(range(256)),
)


async def claim(backend: Backend, key: IdempotencyKey) -> Answer | None:
    return await backend.units.run(lambda unit: unit.port(Answers).claim(key))


async def keep(backend: Backend, key: IdempotencyKey, answer: Answer = ANSWER) -> None:
    async def work(unit: Unit) -> None:
        assert await unit.port(Answers).claim(key) is None
        await unit.port(Answers).keep(key, answer)

    await backend.units.run(work)


async def forget(backend: Backend, older_than: timedelta) -> int:
    return await backend.units.run(lambda unit: unit.port(Answers).forget(older_than))


@about(Answers)
class TestAnswers:
    async def test_an_answer_comes_back_byte_by_byte(self, backend: Backend) -> None:
        await keep(backend, KEY)
        assert [await claim(backend, KEY), await claim(backend, KEY)] == [ANSWER, ANSWER]

    async def test_an_empty_answer_is_an_answer(self, backend: Backend) -> None:
        await keep(backend, KEY, Answer(204, (), b""))
        assert await claim(backend, KEY) == Answer(204, (), b"")

    async def test_another_request_cannot_use_the_key(self, backend: Backend) -> None:
        await keep(backend, KEY)
        with pytest.raises(KeyReused):
            await claim(backend, IdempotencyKey(KEY.owner, KEY.value, ANOTHER))
        assert await claim(backend, KEY) == ANSWER

    async def test_keys_of_different_owners_are_different(self, backend: Backend) -> None:
        await keep(backend, KEY)
        others = [
            IdempotencyKey("ben", KEY.value, KEY.fingerprint),
            IdempotencyKey("ben", "key-2", ANOTHER),
            IdempotencyKey("anakey-", "1", KEY.fingerprint),
            IdempotencyKey(KEY.owner, "KEY-1", KEY.fingerprint),
            IdempotencyKey("ANA", KEY.value, KEY.fingerprint),
        ]
        for n, key in enumerate(others):
            await keep(backend, key, Answer(200, (), str(n).encode()))
        assert [await claim(backend, key) for key in others] == [
            Answer(200, (), str(n).encode()) for n in range(len(others))
        ]
        assert await claim(backend, KEY) == ANSWER

    async def test_a_unit_that_fails_keeps_nothing(self, backend: Backend) -> None:
        async def work(unit: Unit) -> None:
            await unit.port(Answers).claim(KEY)
            await unit.port(Answers).keep(KEY, ANSWER)
            raise LookupError

        with pytest.raises(LookupError):
            await backend.units.run(work)
        await keep(backend, KEY, Answer(422, (), b"second"))
        assert await claim(backend, KEY) == Answer(422, (), b"second")

    async def test_old_answers_are_forgotten(self, backend: Backend) -> None:
        ages = [timedelta(hours=n) for n in (23, 25, 47, 49)]
        keys = [IdempotencyKey("ana", f"old-{n}", FINGERPRINT) for n in range(len(ages))]
        for key, age in zip(keys, ages, strict=True):
            await backend.hold_answer(key, ANSWER, age)
        await keep(backend, KEY)
        assert await forget(backend, timedelta(hours=72)) == 0
        assert await forget(backend, timedelta(hours=48)) == 1
        assert [await claim(backend, key) is None for key in keys] == [False, False, False, True]
        assert await forget(backend, timedelta(hours=24)) == 2
        assert await forget(backend, timedelta(hours=24)) == 0
        assert await claim(backend, KEY) == ANSWER

    async def test_those_of_an_erased_person_go_at_once(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        mine, of_another = (IdempotencyKey(str(user_id(n)), "key", FINGERPRINT) for n in (1, 2))
        for key in (mine, of_another, KEY):
            await keep(backend, key)

        async def erase(unit: Unit) -> None:
            (await unit.port(Users).get(user_id(1))).erase(now=later(hours=1))
            await unit.port(Answers).forget_of(user_id(1))

        await backend.units.run(erase)
        assert [await claim(backend, key) for key in (mine, of_another, KEY)] == [None, ANSWER, ANSWER]
        await keep(backend, mine)  # by a request that was running
        await backend.units.run(lambda unit: unit.port(Answers).forget_of(user_id(1)))
        assert await claim(backend, mine) is None

    async def test_a_forgotten_key_is_free_for_any_request(self, backend: Backend) -> None:
        await backend.hold_answer(KEY, ANSWER, timedelta(days=2))
        await forget(backend, timedelta(days=1))
        other = IdempotencyKey(KEY.owner, KEY.value, ANOTHER)
        await keep(backend, other, Answer(200, (), b"new"))
        assert await claim(backend, other) == Answer(200, (), b"new")

    @pytest.mark.parametrize("quota", [Quota(2, 1_000), Quota(100, 8)], ids=["number", "bytes"])
    async def test_an_owner_has_a_quota_and_nothing_goes_to_make_room(self, backend: Backend, quota: Quota) -> None:
        def key(owner: str, number: int) -> IdempotencyKey:
            return IdempotencyKey(owner, f"key-{number}", FINGERPRINT)

        async def claim_within(asked: IdempotencyKey) -> Answer | None:
            return await backend.units.run(lambda unit: unit.port(Answers).claim(asked, quota))

        assert await claim_within(key("ana", 0)) is None
        for number in range(2):
            await keep(backend, key("ana", number), Answer(200, (), b"body"))
        with pytest.raises(TooManyAnswers):
            await claim_within(key("ana", 2))
        assert [await claim_within(key("ana", number)) for number in range(2)] == [Answer(200, (), b"body")] * 2
        assert await claim_within(key("ben", 0)) is None

    async def test_one_of_many_at_the_same_time_has_the_key(self, backend: Backend) -> None:
        async def work(unit: Unit) -> Answer | None:
            answers = unit.port(Answers)
            kept = await answers.claim(KEY)
            if kept is None:
                await answers.keep(KEY, ANSWER)
            return kept

        outcomes = await asyncio.gather(*(backend.units.run(work) for _ in range(20)), return_exceptions=True)
        others = [outcome for outcome in outcomes if outcome is not None]
        assert len(others) == 19
        assert all(outcome == ANSWER or isinstance(outcome, KeyInFlight) for outcome in others)
        assert await claim(backend, KEY) == ANSWER
