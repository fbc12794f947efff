"""A mail server on loopback, which does what a test says, and keeps what it was sent."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class MailBox:
    """What a server does, and what has arrived.

    `answers` are what it says instead of the usual, by the first word that it is sent (`CONNECT` when somebody
    connects, `END` after a message); an empty answer is none: the connection is cut. A list is one answer for each
    time, and then the usual one. `silent` are words after which it says nothing more.
    """

    answers: dict[str, str | list[str]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    offers: tuple[str, ...] = ()
    port: int = 0
    received: list[tuple[str, str, bytes]] = field(default_factory=list)
    """The sender and the recipient of the envelope, and the message."""
    said: list[str] = field(default_factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=default) for _, _, content in self.received]

    def answer(self, word: str, usual: str) -> str:
        """What to say."""
        said = self.answers.get(word, usual)
        if isinstance(said, list):
            return said.pop(0) if said else usual
        return said


@asynccontextmanager
async def mail_server(
    box: MailBox, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None
) -> AsyncIterator[MailBox]:
    """Serve until the end of the block; `box.port` then is the port."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
                await _talk(box, reader, writer, starttls)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Gone(ConnectionError):
    pass


async def _talk(
    box: MailBox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, starttls: ssl.SSLContext | None
) -> None:
    async def say(word: str, usual: str) -> str:
        if word in box.silent:
            await asyncio.Event().wait()
        answer = box.answer(word, usual)
        if not answer:
            raise _Gone
        writer.write(answer.replace("\n", "\r\n").encode() + b"\r\n")
        await writer.drain()
        return answer

    sender = recipient = ""
    await say("CONNECT", "220 mail.test ready")
    while line := await reader.readline():
        text = line.decode().strip()
        word = text.split(" ", 1)[0].upper()
        box.said.append(text)
        match word:
            case "EHLO":
                offers = [*box.offers, *(["STARTTLS"] if starttls else [])]
                await say(word, "\n".join([*(f"250-{each}" for each in ["mail.test", *offers]), "250 8BITMIME"]))
            case "STARTTLS" if starttls:
                await say(word, "220 go on")
                await writer.start_tls(starttls)
                starttls = None
            case "MAIL":
                sender = text.split("<")[1].split(">")[0]
                await say(word, "250 ok")
            case "RCPT":
                recipient = text.split("<")[1].split(">")[0]
                await say(word, "250 ok")
            case "DATA":
                if not (await say(word, "354 go on")).startswith("354"):
                    continue
                content = await reader.readuntil(b"\r\n.\r\n")
                box.received.append((sender, recipient, content.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")))
                await say("END", "250 taken")
            case "AUTH":
                await say(word, "235 welcome")
            case "QUIT":
                await say(word, "221 bye")
                return
            case _:
                await say(word, "250 ok")


def plain_login(user: str, password: str) -> str:
    """What a client says to sign in."""
    return f"AUTH PLAIN {b64encode(f'{chr(0)}{user}{chr(0)}{password}'.encode()).decode()}"
