"""Takes down the very statements that our readers send, for the floor to send them too.

Run as a program with the settings of the service: a file of paths and actors goes in, the statements go out.
This is the one place that knows how ours reach the database: through asyncpg, with or without prepared statements.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
from asyncpg.prepared_stmt import PreparedStatement

from bench.statements import Ask, Statement
from entrypoints.bootstrap import bootstrap
from entrypoints.cli.serving import application
from entrypoints.settings import load

SETTLED = 0.02
"""Seconds after which the listeners have received everything."""

ATTEMPTS = 5
"""Now and then there is more to ask: who it is, and at first which types the database has."""

PACKED = re.compile(r"^SELECT pg_catalog\.record_send\(ROW\((.*?)\)\) AS packed", re.DOTALL)

Sent = list[tuple[str, tuple[Any, ...]]]


def listen(sent: Sent) -> None:
    """Note all that goes to PostgreSQL through connections made from now on."""
    make, fetch = asyncpg.Connection.__init__, PreparedStatement.fetch

    def make_listening(self: Any, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        self.add_query_logger(lambda record: sent.append((record.query, tuple(record.args))))

    async def fetch_listening(self: Any, *args: Any, **kwargs: Any) -> Any:
        sent.append((self.get_query(), args))
        return await fetch(self, *args, **kwargs)

    asyncpg.Connection.__init__ = make_listening
    PreparedStatement.fetch = fetch_listening


async def capture(asks: list[Ask]) -> list[Statement]:
    """The one statement that each request sends."""
    sent: Sent = []
    listen(sent)
    service = bootstrap(load())
    app = application(service)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # two spellings of ASGI
    found = []
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://bench.test") as client:
        for ask in asks:
            for _ in range(ATTEMPTS):
                await asyncio.sleep(SETTLED)
                sent.clear()
                answer = await client.get(ask.path, headers={"authorization": ask.authorization})
                answer.raise_for_status()
                await asyncio.sleep(SETTLED)
                if len(sent) == 1:
                    break
            else:
                raise RuntimeError(f"{ask.path} sends {len(sent)} statements: bench/capture.py needs to look elsewhere")
            ((text, arguments),) = sent
            found.append(Statement.of(plain(text), arguments, ask.asked))
    return found


def plain(text: str) -> str:
    """The statement with its columns one by one where ours has PostgreSQL pack them into one value."""
    return PACKED.sub(r"SELECT \1", text)


def main() -> None:
    """Read the requests from one file and write the statements to another."""
    asks = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=list[Ask])
    Path(sys.argv[2]).write_bytes(msgspec.json.encode(asyncio.run(capture(asks))))


if __name__ == "__main__":
    main()
