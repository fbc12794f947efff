"""The published keys: how long they are kept, when they are asked for again, and what a sick endpoint can do."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from prometheus_client import CollectorRegistry

from adapters.supabase.claims import TokenRules
from adapters.supabase.jwks import JwksCache
from adapters.supabase.key_endpoint import MAX_BYTES
from adapters.supabase.tokens import SupabaseTokens
from application.people.sign_ins.identity import KeysUnavailable, TokenKeyUnknown, TokenSignatureWrong
from entrypoints.http.kit.service_metrics import ServiceMetrics
from fake_supabase.jwks_endpoint import KEYS, Answer, Endpoint, key_set, signed
from fake_supabase.token_forge import ISSUER, NOW, SUBJECT
from kit.surroundings import FixedClock

URL = f"{ISSUER}/.well-known/jwks.json"


async def idle() -> None:
    """Let everything that is running end."""
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
async def cache(clock: FixedClock, endpoint: Endpoint) -> AsyncIterator[JwksCache]:
    cache = JwksCache(URL, clock, transport=endpoint)
    yield cache
    await cache.close()


@pytest.fixture
def tokens(clock: FixedClock, cache: JwksCache) -> SupabaseTokens:
    return SupabaseTokens(TokenRules(ISSUER), cache, clock)


class TestKeeping:
    async def test_nothing_is_fetched_before_it_is_needed(self, cache: JwksCache, endpoint: Endpoint) -> None:
        assert endpoint.asked == []

    async def test_many_who_wait_for_the_first_keys_share_one_fetch(
        self, tokens: SupabaseTokens, endpoint: Endpoint
    ) -> None:
        let_go = endpoint.hangs()
        waiting = [asyncio.create_task(tokens.verify(signed("first", iat=NOW - n))) for n in range(20)]
        await asyncio.sleep(0)
        let_go.set()
        assert {identity.subject for identity in await asyncio.gather(*waiting)} == {SUBJECT}
        assert endpoint.asked == [URL]

    async def test_keys_are_kept_for_ten_minutes(
        self, tokens: SupabaseTokens, endpoint: Endpoint, clock: FixedClock
    ) -> None:
        await tokens.verify(signed("first"))
        clock.advance(timedelta(seconds=599))
        await tokens.verify(signed("first"))
        await idle()
        assert len(endpoint.asked) == 1
        clock.advance(timedelta(seconds=1))
        await tokens.verify(signed("first"))
        await idle()
        assert len(endpoint.asked) == 2
        await tokens.verify(signed("first"))
        await idle()
        assert len(endpoint.asked) == 2

    async def test_known_tokens_do_not_wait_while_old_keys_are_renewed(
        self, tokens: SupabaseTokens, endpoint: Endpoint, clock: FixedClock
    ) -> None:
        await tokens.verify(signed("first"))
        clock.advance(timedelta(hours=1))
        let_go = endpoint.hangs()
        for number in range(10):
            assert (await tokens.verify(signed("first"))).subject == SUBJECT
            # Never seen before, but its key is known.
            assert (await tokens.verify(signed("first", iat=NOW - number))).subject == SUBJECT
        await asyncio.sleep(0)
        assert len(endpoint.asked) == 2
        assert not let_go.is_set()

    async def test_a_request_that_is_given_up_does_not_take_the_fetch_with_it(
        self, tokens: SupabaseTokens, endpoint: Endpoint
    ) -> None:
        let_go = endpoint.hangs()
        impatient = asyncio.create_task(tokens.verify(signed("first")))
        patient = asyncio.create_task(tokens.verify(signed("first")))
        await asyncio.sleep(0)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        let_go.set()
        assert (await patient).subject == SUBJECT
        assert len(endpoint.asked) == 1


class TestUnknownKeys:
    async def test_a_new_key_is_found_by_asking_once_more(self, tokens: SupabaseTokens, endpoint: Endpoint) -> None:
        await tokens.verify(signed("first"))
        endpoint.publishes("first", "second")
        assert (await tokens.verify(signed("second"))).subject == SUBJECT
        assert (await tokens.verify(signed("first"))).subject == SUBJECT
        assert len(endpoint.asked) == 2

    async def test_strangers_cause_one_fetch_in_thirty_seconds(
        self, tokens: SupabaseTokens, endpoint: Endpoint, clock: FixedClock
    ) -> None:
        await tokens.verify(signed("first"))
        for _ in range(50):
            with pytest.raises(TokenKeyUnknown):
                await tokens.verify(signed("second"))
        assert len(endpoint.asked) == 2
        clock.advance(timedelta(seconds=29))
        with pytest.raises(TokenKeyUnknown):
            await tokens.verify(signed("third"))
        assert len(endpoint.asked) == 2
        clock.advance(timedelta(seconds=1))
        with pytest.raises(TokenKeyUnknown):
            await tokens.verify(signed("third"))
        assert len(endpoint.asked) == 3

    async def test_strangers_at_once_share_the_fetch_and_hold_up_nobody(
        self, tokens: SupabaseTokens, endpoint: Endpoint
    ) -> None:
        await tokens.verify(signed("first"))
        endpoint.publishes("first", "second")
        let_go = endpoint.hangs()
        strangers = [asyncio.create_task(tokens.verify(signed("second", iat=NOW - n))) for n in range(20)]
        await asyncio.sleep(0)
        assert (await tokens.verify(signed("first"))).subject == SUBJECT
        assert not any(stranger.done() for stranger in strangers)
        let_go.set()
        assert {identity.subject for identity in await asyncio.gather(*strangers)} == {SUBJECT}
        assert len(endpoint.asked) == 2

    async def test_a_rotation_under_load_refuses_nobody(
        self, tokens: SupabaseTokens, endpoint: Endpoint, clock: FixedClock
    ) -> None:
        await tokens.verify(signed("first"))
        endpoint.publishes("first", "second")
        shown = [signed(kid, iat=NOW - n) for n in range(20) for kid in ("first", "second")]
        identities = await asyncio.gather(*(tokens.verify(token) for token in shown))
        assert [identity.subject for identity in identities] == [SUBJECT] * 40
        assert len(endpoint.asked) == 2


class TestRemovedKeys:
    async def test_tokens_of_a_removed_key_stop_working_though_they_were_remembered(
        self, tokens: SupabaseTokens, endpoint: Endpoint, clock: FixedClock
    ) -> None:
        await tokens.verify(signed("first"))
        endpoint.publishes("second")
        clock.advance(timedelta(seconds=600))
        await tokens.verify(signed("first"))
        await idle()
        with pytest.raises(TokenKeyUnknown):
            await tokens.verify(signed("first"))
        assert (await tokens.verify(signed("second"))).subject == SUBJECT

    async def test_so_do_those_of_a_key_replaced_under_its_id(
        self, tokens: SupabaseTokens, endpoint: Endpoint, clock: FixedClock
    ) -> None:
        await tokens.verify(signed("first"))
        jwk = {**KEYS["second"].as_dict(private=False), "kid": "first"}
        endpoint.answer = lambda: httpx.Response(200, json={"keys": [jwk]})
        clock.advance(timedelta(seconds=600))
        await tokens.verify(signed("first"))
        await idle()
        with pytest.raises(TokenSignatureWrong):
            await tokens.verify(signed("first"))

    async def test_the_same_keys_again_change_nothing(
        self, cache: JwksCache, endpoint: Endpoint, clock: FixedClock
    ) -> None:
        endpoint.publishes("first", "second")
        await cache.key("first")
        before = cache.generation
        endpoint.publishes("second", "first")
        clock.advance(timedelta(seconds=600))
        cache.keep_fresh()
        await idle()
        assert (len(endpoint.asked), cache.generation) == (2, before)

    async def test_the_metrics_tell_their_age_and_failed_fetches(
        self, cache: JwksCache, endpoint: Endpoint, clock: FixedClock
    ) -> None:
        registry = CollectorRegistry()
        registry.register(ServiceMetrics(clock, None, cache.fetches))
        assert registry.get_sample_value("sign_in_keys_age_seconds") is None
        await cache.key("first")
        endpoint.answer = refuses
        clock.advance(timedelta(seconds=600))
        cache.keep_fresh()
        await idle()
        assert registry.get_sample_value("sign_in_keys_age_seconds") == 600
        for result in ("succeeded", "failed"):
            assert registry.get_sample_value("sign_in_key_fetches_total", {"result": result}) == 1


def refuses() -> httpx.Response:
    raise httpx.ConnectError("connection refused by user:hunter2@db")


def breaks_off() -> httpx.Response:
    async def body() -> AsyncIterator[bytes]:
        yield b'{"keys": ['
        raise httpx.ReadError("hunter2")

    return httpx.Response(200, content=body())


def drips() -> httpx.Response:
    async def body() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    return httpx.Response(200, content=body())


async def never() -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


def redirects() -> httpx.Response:
    return httpx.Response(302, headers={"location": "https://evil.example/jwks.json"})


def compressed() -> httpx.Response:
    raw = gzip.compress(json.dumps(key_set("second").json()).encode())
    return httpx.Response(200, stream=httpx.ByteStream(raw), headers={"content-encoding": "gzip"})


def saying(body: bytes | str, status: int = 200) -> Answer:
    return lambda: httpx.Response(status, content=body)


SICK: dict[str, Answer] = {
    "down": refuses,
    "breaking off": breaks_off,
    "slow to begin": never,
    "slow to end": drips,
    "redirecting": redirects,
    "compressing": compressed,
    "500": saying("oops", 500),
    "503 with keys": saying(key_set("second").content, 503),
    "201 with keys": saying(key_set("second").content, 201),
    "empty": saying(""),
    "HTML": saying("<html>hunter2</html>"),
    "a list": saying("[]"),
    "no keys in it": saying("{}"),
    "keys that are no list": saying('{"keys": {}}'),
    "an empty list": saying('{"keys": []}'),
    "only unusable keys": saying('{"keys": [{"kty": "oct", "k": "AAAA", "kid": "first"}, 7]}'),
    "two lists of keys": saying(b'{"keys": [],' + key_set("second").content[1:]),
    "not UTF-8": saying(b"\xff\xfe"),
    "too deep": saying("[" * 30_000),
    "huge": saying(b" " * MAX_BYTES + key_set("second").content),
}


class TestSickEndpoints:
    @pytest.mark.parametrize("answer", [pytest.param(answer, id=name) for name, answer in SICK.items()])
    async def test_the_last_good_keys_stay(
        self, answer: Answer, clock: FixedClock, endpoint: Endpoint, caplog: pytest.LogCaptureFixture
    ) -> None:
        cache = JwksCache(URL, clock, timeout=0.02, transport=endpoint)
        tokens = SupabaseTokens(TokenRules(ISSUER), cache, clock)
        await tokens.verify(signed("first"))
        endpoint.answer = answer
        for hours in range(1, 4):
            clock.advance(timedelta(hours=1))
            assert (await tokens.verify(signed("first", iat=NOW - hours))).subject == SUBJECT
            await idle()
        with pytest.raises(TokenKeyUnknown):
            await tokens.verify(signed("second"))
        assert set(endpoint.asked) == {URL}
        warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(warnings) == len(endpoint.asked) - 1
        assert "hunter2" not in caplog.text

        endpoint.publishes("second")
        clock.advance(timedelta(seconds=30))
        assert (await tokens.verify(signed("second"))).subject == SUBJECT
        await cache.close()

    @pytest.mark.parametrize("answer", [pytest.param(answer, id=name) for name, answer in SICK.items()])
    async def test_without_any_keys_nobody_can_tell(
        self, answer: Answer, clock: FixedClock, endpoint: Endpoint
    ) -> None:
        cache = JwksCache(URL, clock, timeout=0.02, transport=endpoint)
        endpoint.answer = answer
        with pytest.raises(KeysUnavailable):
            await cache.key("first")
        endpoint.publishes("first")
        with pytest.raises(KeysUnavailable):
            await cache.key("first")
        assert len(endpoint.asked) == 1
        clock.advance(timedelta(seconds=1))
        assert (await cache.key("first")).algorithm == "ES256"
        await cache.close()

    async def test_it_is_not_asked_all_the_time(
        self, tokens: SupabaseTokens, endpoint: Endpoint, clock: FixedClock
    ) -> None:
        await tokens.verify(signed("first"))
        endpoint.answer = refuses
        clock.advance(timedelta(seconds=600))
        for _ in range(30):
            await tokens.verify(signed("first"))
            await idle()
            clock.advance(timedelta(seconds=1))
        assert len(endpoint.asked) == 2
        await tokens.verify(signed("first"))
        await idle()
        assert len(endpoint.asked) == 3

    async def test_of_an_endless_answer_only_the_beginning_is_read(self, cache: JwksCache, endpoint: Endpoint) -> None:
        read = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal read
            while True:
                read += 1_024
                yield b" " * 1_024

        endpoint.answer = lambda: httpx.Response(200, content=endless())
        with pytest.raises(KeysUnavailable):
            await cache.key("first")
        assert read == MAX_BYTES + 1_024


class TestClosing:
    async def test_a_running_fetch_is_given_up(self, cache: JwksCache, endpoint: Endpoint) -> None:
        endpoint.hangs()
        waiting = asyncio.create_task(cache.key("first"))
        await asyncio.sleep(0)
        async with asyncio.timeout(1):
            await cache.close()
        with pytest.raises(KeysUnavailable):
            await waiting
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def test_closing_the_tokens_closes_the_keys(self, tokens: SupabaseTokens, endpoint: Endpoint) -> None:
        await tokens.verify(signed("first"))
        await tokens.close()
        assert (await tokens.verify(signed("first"))).subject == SUBJECT
