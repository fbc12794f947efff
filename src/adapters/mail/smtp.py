"""Sending by SMTP (RFC 5321), encrypted unless the operator says otherwise."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from email.policy import SMTP as WIRE
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from adapters.mail.messages import Messages, UnusableAddress
from application.delivery.notices.letters import AddressRefused, Letter, LetterRefused, MailDelayed, MailStopped

UNUSABLE = 553
"""The answer of SMTP to an address that cannot be one (RFC 5321, section 4.2.3)."""
FOREVER = range(500, 600)
UNAUTHORIZED = (530, 535, 538)
"""The service must sign in, or encrypt (RFC 4954)."""
OF_POLICY = "5.7."


class Protection(StrEnum):
    """How the connection to the mail server is encrypted."""

    TLS = "tls"
    """From the first byte on (RFC 8314), usually on port 465."""
    STARTTLS = "starttls"
    """After the greeting (RFC 3207), usually on port 587; without it nothing is sent."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed over. Deadlines are in seconds: for the connection, and for everything."""

    host: str
    port: int
    protection: Protection = Protection.STARTTLS
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    connect_timeout: float = 10
    total_timeout: float = 60


def read_server(url: str, **deadlines: float) -> MailServer:
    """`smtps://user:password@host:465` for TLS, `smtp://user:password@host:587` for STARTTLS, and with `?tls=none` for
    neither. Raises ValueError, which says what is wrong.
    """
    parsed = urlsplit(url)
    if parsed.scheme not in ("smtp", "smtps") or not parsed.hostname:
        raise ValueError("it must be smtp://user:password@host:587 or smtps://user:password@host:465")
    asked = parse_qs(parsed.query)
    if asked and (asked != {"tls": ["none"]} or parsed.scheme == "smtps"):
        raise ValueError("the only parameter that it may have is tls=none, after smtp://")
    if parsed.password is not None and not parsed.username:
        raise ValueError("it has a password without a user")
    protection = Protection.TLS if parsed.scheme == "smtps" else Protection.NONE if asked else Protection.STARTTLS
    return MailServer(
        parsed.hostname,
        parsed.port or (465 if protection is Protection.TLS else 587),
        protection,
        unquote(parsed.username) if parsed.username else None,
        unquote(parsed.password) if parsed.password else None,
        **deadlines,
    )


class SmtpMailer:
    """Implements application.delivery.notices.letters.Mailer, with a connection for each letter."""

    is_set_up = True

    def __init__(self, server: MailServer, messages: Messages, tls: ssl.SSLContext | None = None) -> None:
        """`tls` is how certificates are checked; by default against the system's authorities."""
        self._server = server
        self._messages = messages
        self._tls = tls or ssl.create_default_context()

    async def send(self, letter: Letter) -> None:
        try:
            message = self._messages.message(letter)
        except UnusableAddress:
            raise AddressRefused(UNUSABLE) from None
        content = message.as_bytes(policy=WIRE)
        try:
            async with asyncio.timeout(self._server.total_timeout):
                await self._hand_over(letter.to, content)
        except TimeoutError:
            raise MailDelayed("timeout") from None

    async def _hand_over(self, to: str, content: bytes) -> None:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.connect_timeout,
            use_tls=server.protection is Protection.TLS,
            start_tls=server.protection is Protection.STARTTLS,
            tls_context=self._tls if server.protection is not Protection.NONE else None,
        )
        try:
            await self._open(client)
            await self._send(client, to, content)
        finally:
            # The message has been accepted, or has not: how the connection ends says nothing about it.
            client.close()

    async def _open(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.connect()
            if self._server.user is not None:
                await client.login(self._server.user, self._server.password or "")
        except aiosmtplib.SMTPAuthenticationError as error:
            raise _stopped_or_delayed("authentication", error.code) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _stopped_or_delayed("greeting", error.code) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            if _is_of_certificate(error):
                raise MailStopped("certificate") from None
            if type(error) is aiosmtplib.SMTPException:
                # The library has no kind of its own for it.
                raise MailStopped("encryption or authentication is not offered") from None
            raise MailDelayed("unreachable") from None

    async def _send(self, client: aiosmtplib.SMTP, to: str, content: bytes) -> None:
        try:
            await client.sendmail(self._messages.envelope_from, [to], content, timeout=self._server.total_timeout)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _of_recipient(error.recipients[0]) from None
        except aiosmtplib.SMTPSenderRefused as error:
            raise _stopped_or_delayed("sender", error.code) from None
        except aiosmtplib.SMTPResponseException as error:
            if error.code in FOREVER:
                raise LetterRefused(error.code) from None
            raise MailDelayed("answered", error.code) from None
        except (aiosmtplib.SMTPException, OSError):
            raise MailDelayed("disconnected") from None


class NoMailer:
    """Implements application.delivery.notices.letters.Mailer where no mail server is set up."""

    is_set_up = False

    async def send(self, letter: Letter) -> None:
        raise MailStopped("no mail server is set up")


def _of_recipient(refused: aiosmtplib.SMTPRecipientRefused) -> Exception:
    """What it means that the server does not take mail for somebody, by its answer (RFC 5321, RFC 3463)."""
    if refused.code not in FOREVER:
        return MailDelayed("answered", refused.code)
    if refused.code in UNAUTHORIZED:
        return MailStopped(f"recipient {refused.code}")
    if str(refused.message).startswith(OF_POLICY):
        # Such as that the sender is not trusted: there may be nothing wrong with the address.
        return LetterRefused(refused.code)
    return AddressRefused(refused.code)


def _stopped_or_delayed(fault: str, status: int) -> MailStopped | MailDelayed:
    return MailStopped(f"{fault} {status}") if status in FOREVER else MailDelayed(fault, status)


def _is_of_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
