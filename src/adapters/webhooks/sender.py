"""Sends webhooks: signs them by the Standard Webhooks specification, and makes one request for each attempt."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from urllib.parse import urlsplit

import httpcore
import httpx
import msgspec
from standardwebhooks.webhooks import Webhook

from adapters.webhooks.connecting import AddressNotAllowed, CheckedConnections, NameUnknown, Resolve, SystemResolver
from application.delivery.webhooks.sending import MOST_SECONDS, WebhookMessage
from domain.delivery.webhook_answers import SendError, WebhookAnswer

CONNECT_SECONDS = 5.0
DRAIN_BYTES, DRAIN_SECONDS = 64 * 1024, 1.0
"""How much of an answer's body is read, and thrown away, so that its receiver is not cut off; and for how long."""
FAILURES = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError)
USER_AGENT = "Unified-Dental-Training-Webhooks/1"


class HttpsSender:
    """Implements application.delivery.webhooks.sending.WebhookSender.

    No redirection is followed and no proxy of the environment is used. Each attempt has a connection of its own,
    whose address is checked by `may_reach`. `authorities` verify certificates; by default those of the machine.
    """

    def __init__(
        self,
        may_reach: Callable[[str], bool],
        *,
        resolve: Resolve | None = None,
        authorities: ssl.SSLContext | None = None,
        seconds: float = MOST_SECONDS.total_seconds(),
        connect_seconds: float = CONNECT_SECONDS,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        """`seconds` are for everything up to the status, `connect_seconds` of these for the connection."""
        self._network = CheckedConnections(resolve or SystemResolver(), may_reach)
        self._authorities = authorities
        self._seconds = seconds
        self._drain_seconds = drain_seconds
        self._timeouts = {"connect": connect_seconds, "read": seconds, "write": seconds}

    async def send(self, message: WebhookMessage, url: str, secrets: Sequence[str], sent_at: datetime) -> WebhookAnswer:
        begun = time.monotonic()
        body = body_of(message)
        status, error, headers = None, None, list[tuple[bytes, bytes]]()
        try:
            status, headers = await self._post(url, body, headers_of(message, body, secrets, sent_at))
        except FAILURES as failure:
            error = _error_of(failure)
        took = round((time.monotonic() - begun) * 1_000)
        return WebhookAnswer(status, error, took, _retry_after(headers, sent_at))

    async def _post(
        self, url: str, body: bytes, headers: list[tuple[bytes, bytes]]
    ) -> tuple[int, list[tuple[bytes, bytes]]]:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        where = httpcore.URL(scheme=parts.scheme, host=parts.hostname or "", port=port, target=target)
        connection = httpcore.AsyncHTTPConnection(
            where.origin,
            ssl_context=(self._authorities or _authorities()) if parts.scheme == "https" else None,
            network_backend=self._network,
        )
        host = parts.netloc.encode()
        async with aclosing(connection):
            request = httpcore.Request(
                "POST",
                where,
                headers=[(b"host", host), *headers],
                content=body,
                # TLS names hosts without the dot of the root (RFC 6066, section 3).
                extensions={"timeout": self._timeouts, "sni_hostname": (parts.hostname or "").removesuffix(".")},
            )
            async with asyncio.timeout(self._seconds):
                answer = await connection.handle_async_request(request)
            await self._drain(answer)
            return answer.status, answer.headers

    async def _drain(self, answer: httpcore.Response) -> None:
        """The status has decided; what follows of the answer changes nothing, and is neither kept nor waited for."""
        read = 0
        with suppress(httpcore.ReadError, httpcore.ReadTimeout, httpcore.RemoteProtocolError, TimeoutError):
            async with asyncio.timeout(self._drain_seconds):
                async for chunk in answer.aiter_stream():
                    read += len(chunk)
                    if read > DRAIN_BYTES:
                        break


def body_of(message: WebhookMessage) -> bytes:
    """The JSON of the message, the same in each attempt."""
    return msgspec.json.encode(
        {"type": message.type, "timestamp": message.occurred_at.astimezone(UTC), "data": message.data}
    )


def headers_of(
    message: WebhookMessage, body: bytes, secrets: Sequence[str], sent_at: datetime
) -> list[tuple[bytes, bytes]]:
    """The headers of the request, with a signature by each of the secrets."""
    signatures = " ".join(Webhook(secret).sign(str(message.id), sent_at, body.decode()) for secret in secrets)
    named = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        "accept-encoding": "identity",
        "user-agent": USER_AGENT,
        "webhook-id": str(message.id),
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": signatures,
    }
    return [(name.encode(), value.encode()) for name, value in named.items()]


def _error_of(failure: Exception) -> SendError:
    match failure:
        case NameUnknown():
            return SendError.NAME_UNKNOWN
        case AddressNotAllowed():
            return SendError.ADDRESS_NOT_PUBLIC
        case TimeoutError() | httpcore.TimeoutException():
            return SendError.TIMEOUT
        case httpcore.ProtocolError():
            return SendError.MALFORMED
    return SendError.TLS if _is_of_tls(failure) else SendError.UNREACHABLE


def _is_of_tls(failure: BaseException | None) -> bool:
    return failure is not None and (
        isinstance(failure, ssl.SSLError) or _is_of_tls(failure.__cause__ or failure.__context__)
    )


def _retry_after(headers: Iterable[tuple[bytes, bytes]], now: datetime) -> timedelta | None:
    """The wait that the receiver asks for (RFC 9110, 10.2.3), given in seconds or as a moment; None without."""
    said = next((value for name, value in headers if name.lower() == b"retry-after"), b"").decode("latin-1").strip()
    if said.isascii() and said.isdigit():
        return timedelta(seconds=int(said[:9]))
    with suppress(ValueError, TypeError, OverflowError):
        until = parsedate_to_datetime(said)
        return max(until.replace(tzinfo=until.tzinfo or UTC) - now, timedelta())
    return None


@cache
def _authorities() -> ssl.SSLContext:
    # Reading them takes longer than wiring the whole service.
    return httpx.create_ssl_context()
