"""Sending webhooks, over real connections to receivers on this machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from adapters.webhooks.sender import HttpsSender
from application.delivery.webhooks.sending import WebhookMessage
from domain.delivery.receivers import Receivers
from domain.delivery.webhook_answers import SendError, WebhookAnswer
from kit.receivers import HOST, Receiver, at, authorities, listening, never, receiving, says, status

SECRET, OTHER = "whsec_" + "QUJD" * 8, "whsec_" + "REVG" * 8
MESSAGE = WebhookMessage(
    UUID(int=7), "TrainingRecorded", datetime(2026, 3, 2, 12, 0, 0, 5, tzinfo=UTC), {"record_id": str(UUID(int=8))}
)
LOOPBACK = at("127.0.0.1")
ANYWHERE = Receivers(local=True).may_reach


def sender(**replaced: Any) -> HttpsSender:
    """A sender that trusts the receivers of tests, and may reach this machine."""
    options = {"may_reach": ANYWHERE, "resolve": LOOPBACK, "authorities": authorities(), **replaced}
    return HttpsSender(**options)


async def send(
    to: Receiver | str,
    secrets: Sequence[str] = (SECRET,),
    message: WebhookMessage = MESSAGE,
    at: datetime | None = None,
    **replaced: Any,
) -> WebhookAnswer:
    url = to if isinstance(to, str) else to.url()
    # The specification's library compares with the machine's clock.
    return await sender(**replaced).send(message, url, secrets, at or datetime.now(UTC))


class TestTheRequest:
    async def test_a_receiver_can_verify_it(self) -> None:
        async with receiving() as receiver:
            answer = await send(receiver)
        assert (answer.status, answer.error, answer.is_success) == (200, None, True)
        (request,) = receiver.received
        assert request.head == "POST /training?from=here HTTP/1.1"
        assert request.headers["host"] == f"{HOST}:{receiver.port}"
        assert receiver.names == [HOST]
        assert request.headers["content-type"] == "application/json"
        assert request.headers["webhook-id"] == str(MESSAGE.id)
        assert Webhook(SECRET).verify(request.body, request.headers) == {
            "type": "TrainingRecorded",
            "timestamp": "2026-03-02T12:00:00.000005Z",
            "data": {"record_id": str(UUID(int=8))},
        }

    async def test_a_host_with_the_dot_of_the_root_has_the_certificate_of_the_name(self) -> None:
        async with receiving() as receiver:
            answer = await send(receiver.url(f"{HOST}."))
        assert (answer.status, receiver.names) == (200, [HOST])

    async def test_both_secrets_verify_it_while_one_replaces_the_other(self) -> None:
        async with receiving() as receiver:
            await send(receiver, (OTHER, SECRET))
        (request,) = receiver.received
        assert len(request.headers["webhook-signature"].split(" ")) == 2
        for secret in (SECRET, OTHER):
            Webhook(secret).verify(request.body, request.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + "R0hJ" * 8).verify(request.body, request.headers)

    async def test_a_repeated_attempt_has_the_same_id_and_body_and_a_time_of_its_own(self) -> None:
        now = datetime.now(UTC)
        async with receiving() as receiver:
            for moment in (now, now + timedelta(seconds=90)):
                await send(receiver, at=moment)
        first, second = receiver.received
        assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
        assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 90
        assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
        for request in receiver.received:
            Webhook(SECRET).verify(request.body, request.headers)

    async def test_a_proxy_of_the_environment_is_not_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with receiving() as proxy, receiving() as receiver:
            for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url("127.0.0.1", ""))
            assert (await send(receiver)).status == 200
        assert (proxy.connections, receiver.connections) == (0, 1)

    async def test_letters_of_any_language_are_signed_as_they_are_sent(self) -> None:
        message = WebhookMessage(MESSAGE.id, "ModuleDeleted", MESSAGE.occurred_at, {"slug": "zahnärzte-日本"})
        async with receiving() as receiver:
            await send(receiver, message=message)
        (request,) = receiver.received
        assert Webhook(SECRET).verify(request.body, request.headers)["data"] == message.data
        assert json.loads(request.body)["data"] == message.data


class TestAddresses:
    async def test_nothing_is_sent_to_this_machine(self) -> None:
        async with receiving() as receiver:
            answer = await send(receiver, may_reach=Receivers().may_reach)
        assert (answer.status, answer.error, receiver.connections) == (None, SendError.ADDRESS_NOT_PUBLIC, 0)

    @pytest.mark.parametrize(
        "address", ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "169.254.169.254", "10.0.0.1", "fd00::1"]
    )
    async def test_nor_to_addresses_that_lead_there(self, address: str) -> None:
        async with receiving() as receiver:
            answer = await send(receiver, may_reach=Receivers().may_reach, resolve=at(address))
        assert (answer.error, receiver.connections) == (SendError.ADDRESS_NOT_PUBLIC, 0)

    async def test_a_host_with_one_such_address_is_not_reached_at_another(self) -> None:
        async with receiving() as receiver:
            answer = await send(receiver, may_reach=Receivers().may_reach, resolve=at("1.1.1.1", "127.0.0.1"))
        assert (answer.error, receiver.connections) == (SendError.ADDRESS_NOT_PUBLIC, 0)

    async def test_every_attempt_asks_again_what_the_name_means(self) -> None:
        """DNS rebinding: the name is given another address after the first check."""
        meanings = iter((["127.0.0.2"], ["127.0.0.1"]))

        async def resolve(host: str) -> Sequence[str]:
            return next(meanings)

        async with receiving() as receiver:
            # To this rule, 127.0.0.2 is a public address, and 127.0.0.1 is not.
            one = sender(resolve=resolve, may_reach=lambda address: address == "127.0.0.2")
            first, second = [await one.send(MESSAGE, receiver.url(), (SECRET,), datetime.now(UTC)) for _ in range(2)]
        assert (first.error, second.error) == (SendError.UNREACHABLE, SendError.ADDRESS_NOT_PUBLIC)
        assert receiver.connections == 0

    async def test_the_connection_goes_to_the_address_that_was_checked(self) -> None:
        asked: list[str] = []

        async def resolve(host: str) -> Sequence[str]:
            asked.append(host)
            return ["127.0.0.1"]

        async with receiving() as receiver:
            await send(receiver, resolve=resolve)
        assert (asked, receiver.connections) == ([HOST], 1)

    async def test_the_next_address_is_tried_when_one_does_not_answer(self) -> None:
        async with receiving() as receiver:
            assert (await send(receiver, resolve=at("127.0.0.9", "127.0.0.1"))).status == 200

    async def test_a_name_without_an_address(self) -> None:
        async def unknown(host: str) -> Sequence[str]:
            raise OSError("unknown")

        for resolve in (unknown, at()):
            assert (await send("https://hooks.example.com/", resolve=resolve)).error is SendError.NAME_UNKNOWN

    async def test_the_resolver_of_the_machine_finds_the_machine(self) -> None:
        async with receiving(host="localhost") as receiver:
            found = HttpsSender(ANYWHERE, authorities=authorities())
            answer = await found.send(MESSAGE, receiver.url("localhost"), (SECRET,), datetime.now(UTC))
        assert answer.status == 200


class TestCertificates:
    async def test_a_certificate_of_another_host_is_refused(self) -> None:
        async with receiving(host="other.example.com") as receiver:
            answer = await send(receiver)
        assert (answer.error, receiver.received) == (SendError.TLS, [])

    async def test_a_certificate_of_an_unknown_authority_is_refused(self) -> None:
        async with receiving() as receiver:
            answer = await send(receiver, authorities=None)
        assert (answer.error, receiver.received) == (SendError.TLS, [])

    async def test_plain_text_where_tls_is_expected(self) -> None:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

        async with listening(speak) as port:
            answer = await send(f"https://{HOST}:{port}/")
        assert answer.error is SendError.TLS

    async def test_development_may_send_in_plain_text(self) -> None:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

        async with listening(accept) as port:
            answer = await send(f"http://localhost:{port}/")
        assert answer.status == 204


class TestAnswers:
    @pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
    async def test_every_2xx_accepts(self, code: int) -> None:
        async with receiving(status(code)) as receiver:
            assert (await send(receiver)).is_success

    @pytest.mark.parametrize("code", [300, 400, 401, 404, 410, 429, 500, 503])
    async def test_any_other_status_does_not(self, code: int) -> None:
        async with receiving(status(code)) as receiver:
            answer = await send(receiver)
        assert (answer.status, answer.error, answer.is_success, answer.is_gone) == (code, None, False, code == 410)

    @pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
    async def test_a_redirection_is_not_followed(self, code: int) -> None:
        async with receiving() as target, receiving(status(code, f"location: {target.url()}")) as receiver:
            answer = await send(receiver)
        assert (answer.status, answer.is_success, target.connections) == (code, False, 0)

    async def test_the_wait_that_is_asked_for(self) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        until = (now + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        for said, wait in {
            "120": timedelta(minutes=2),
            until: timedelta(seconds=90),
            "Mon, 02 Mar 1998 12:00:00 GMT": timedelta(),
            "soon": None,
            "-5": None,
            "9" * 400: timedelta(seconds=999_999_999),
        }.items():
            async with receiving(status(503, f"retry-after: {said}")) as receiver:
                assert (await send(receiver, at=now)).retry_after == wait

    @pytest.mark.parametrize(
        "answer",
        [b"SSH-2.0-OpenSSH_9.9\r\n", b"\0" * 1_000, b"HTTP/1.1 999999 Odd\r\n\r\n", b""],
        ids=["ssh", "zeros", "status", "nothing"],
    )
    async def test_what_is_no_http(self, answer: bytes) -> None:
        async with receiving(says(answer)) as receiver:
            assert (await send(receiver)).error is SendError.MALFORMED

    async def test_a_head_without_end(self) -> None:
        async def headers(writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                writer.write(b"x-filler: " + b"x" * 10_000 + b"\r\n")
                await writer.drain()

        async with receiving(headers) as receiver:
            assert (await send(receiver)).error is SendError.MALFORMED

    async def test_a_connection_that_breaks(self) -> None:
        async def reset(writer: asyncio.StreamWriter) -> None:
            writer.transport.abort()

        async with receiving(reset) as receiver:
            assert (await send(receiver)).error in (SendError.MALFORMED, SendError.UNREACHABLE)

    async def test_nobody_listens(self) -> None:
        async with receiving() as receiver:
            pass
        assert (await send(receiver)).error is SendError.UNREACHABLE


class TestSlowAndHuge:
    async def test_a_receiver_that_does_not_answer(self) -> None:
        async with receiving(never) as receiver:
            answer = await send(receiver, seconds=0.2)
        assert (answer.status, answer.error, len(receiver.received)) == (None, SendError.TIMEOUT, 1)

    async def test_a_receiver_whose_head_drips(self) -> None:
        """Each byte comes before the deadline of a read; the deadline is of the whole attempt."""

        async def drip(writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)

        async with receiving(drip) as receiver:
            assert (await send(receiver, seconds=0.3)).error is SendError.TIMEOUT

    async def test_informational_answers_without_end(self) -> None:
        async def hint(writer: asyncio.StreamWriter) -> None:
            while True:
                writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)

        async with receiving(hint) as receiver:
            assert (await send(receiver, seconds=0.3)).error is SendError.TIMEOUT

    async def test_tls_that_does_not_begin(self) -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()

        async with listening(silent) as port:
            answer = await send(f"https://{HOST}:{port}/", connect_seconds=0.2)
        assert answer.error is SendError.TIMEOUT

    async def test_a_name_that_is_not_answered_for(self) -> None:
        async def silent(host: str) -> Sequence[str]:
            await asyncio.Event().wait()
            return ()

        answer = await send("https://hooks.example.com/", resolve=silent, connect_seconds=0.1)
        assert answer.error is SendError.TIMEOUT

    @pytest.mark.parametrize("length", [b"content-length: 1000000000000", b"transfer-encoding: chunked"])
    async def test_of_a_body_without_end_little_is_read(self, length: bytes) -> None:
        sent = 0

        async def pour(writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            writer.write(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n\r\n")
            while True:
                writer.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
                await writer.drain()
                sent += 0x4000

        async with receiving(pour) as receiver:
            answer = await send(receiver)
        assert answer.is_success
        # Buffers of the machine are filled too.
        assert sent < 32 * 1024 * 1024

    async def test_the_status_counts_even_if_the_body_drips(self) -> None:
        async def drip(writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
            await asyncio.Event().wait()

        async with receiving(drip) as receiver:
            assert (await send(receiver, drain_seconds=0.1)).is_success

    async def test_a_compressed_answer_is_not_unpacked(self) -> None:
        async with receiving(says(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nxyz")) as to:
            assert (await send(to)).is_success


async def test_slow_and_dead_receivers_do_not_hold_up_others() -> None:
    """Forty at a time: of these one receiver never answers, and one does not take the connection to its end."""
    async with receiving(never) as slow, receiving() as good:
        one = sender(seconds=60)
        held = asyncio.create_task(one.send(MESSAGE, slow.url(), (SECRET,), datetime.now(UTC)))
        dead = asyncio.create_task(one.send(MESSAGE, slow.url(path="/dead"), (SECRET,), datetime.now(UTC)))
        answers = await asyncio.gather(
            *(one.send(MESSAGE, good.url(), (SECRET,), datetime.now(UTC)) for _ in range(38))
        )
        assert [answer.status for answer in answers] == [200] * 38
        assert (held.done(), dead.done(), len(good.received)) == (False, False, 38)
        for task in (held, dead):
            task.cancel()
        assert [type(each) for each in await asyncio.gather(held, dead, return_exceptions=True)] == [
            asyncio.CancelledError
        ] * 2
