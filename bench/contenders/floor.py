"""The least that a server can do: one ASGI function on asyncpg's pool, with the statements that ours sends.

It asks nobody who they are, checks no input, counts nothing and logs nothing. Reads send what `bench.capture` has
seen; each write is a single statement that also writes the outbox row.
"""

from __future__ import annotations

import gc
import os
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from bench.contenders.guide_models import POOL
from bench.statements import ASKED, Statement, Statements

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

MODULE = (
    "id", "slug", "title", "summary", "status", "tags", "citation", "estimated_minutes", "version_number", "version",
    "created_at", "updated_at", "published_at", "archived_at",
)  # fmt: skip
OFFERED = (
    "id", "slug", "status", "tags", "version_number", "version",
    "created_at", "updated_at", "published_at", "archived_at", "prerequisites",
)  # fmt: skip
ENROLLED = (
    "module_id", "slug", "title", "status", "estimated_minutes", "enrolled_at", "enrollment_status", "percent",
    "version_number", "started_at", "completed_at", "certificate_serial", "certificate_state",
    "certificate_valid_from", "certificate_valid_until",
)  # fmt: skip
PAGE = 50

ENROLL = """
WITH allowed AS (
    SELECT m.id AS module_id, u.id AS user_id, m.version_number FROM training_modules AS m, users AS u
    WHERE m.id = $1 AND m.status = 'published' AND u.id = $2 AND u.is_active
), enrolled AS (
    INSERT INTO module_enrollments (module_id, user_id, version_number, enrolled_at, updated_at)
    SELECT module_id, user_id, version_number, $3, $3 FROM allowed
    RETURNING module_id, user_id, enrolled_by, enrolled_at, version_number, version
), told AS (
    INSERT INTO outbox_events (name, subject_id, payload, occurred_at)
    SELECT 'UserEnrolled', module_id, jsonb_build_object('module_id', module_id, 'user_id', user_id), $3 FROM enrolled
)
SELECT module_id, user_id, enrolled_by, enrolled_at, version_number, version FROM enrolled
"""
CREATE = """
WITH made AS (
    INSERT INTO training_modules (id, slug, title, summary, tags, citation, estimated_minutes, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
), steps AS (
    INSERT INTO module_sections (id, module_id, position, title, content)
    SELECT id, $1, position, title, content::jsonb
    FROM unnest($9::uuid[], $10::smallint[], $11::text[], $12::text[]) AS s (id, position, title, content)
)
INSERT INTO outbox_events (name, subject_id, payload, occurred_at)
VALUES ('ModuleDrafted', $1, jsonb_build_object('module_id', $1::uuid), $8)
"""

to_json = msgspec.json.Encoder().encode
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Prepared:
    """A statement, ready to be sent for any id."""

    def __init__(self, statement: Statement) -> None:
        self.text = statement.text
        self.values = statement.values()

    def arguments(self, asked: UUID) -> list[Any]:
        return [
            asked if value is ASKED else [str(asked)] if isinstance(value, list) and ASKED in value else value
            for value in self.values
        ]


class Floor:
    """The application."""

    def __init__(self, url: str, statements: Statements) -> None:
        self._url = url
        self._module = Prepared(statements.module)
        self._enrollments = Prepared(statements.enrollments)
        self._pages = {query.encode(): Prepared(page) for query, page in statements.pages.items()}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        parts = scope["path"].split("/")
        if scope["method"] == "GET":
            body = await self._read(parts, scope["query_string"])
            await reply(send, 200, body)
        else:
            given = msgspec.json.decode(await body_of(receive))
            body = await (self._enroll(UUID(parts[3]), given) if len(parts) > 4 else self._create(given))
            await reply(send, 201 if body else 409, body)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._pool = await asyncpg.create_pool(self._url, min_size=POOL, max_size=POOL, reset=leave_as_it_is)
        gc.collect()
        gc.freeze()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _read(self, parts: list[str], query: bytes) -> bytes:
        if parts[2] == "users":
            rows = await self._pool.fetch(self._enrollments.text, *self._enrollments.arguments(UUID(parts[3])))
            items = [dict(zip(ENROLLED, row.values(), strict=False)) for row in rows]
            return to_json({"items": items, "next_cursor": None})
        if len(parts) > 3:
            row = await self._pool.fetchrow(self._module.text, *self._module.arguments(UUID(parts[3])))
            return to_json(detail(row))
        page = self._pages[query]
        rows = await self._pool.fetch(page.text, *page.values)
        items = [dict(zip(MODULE, row.values(), strict=False)) for row in rows[:PAGE]]
        return to_json({"items": items, "next_cursor": cursor(items[-1]) if len(rows) > PAGE else None})

    async def _enroll(self, module_id: UUID, given: Any) -> bytes:
        row = await self._pool.fetchrow(ENROLL, module_id, UUID(given["user_id"]), datetime.now(UTC))
        return to_json(dict(row)) if row else b""

    async def _create(self, given: Any) -> bytes:
        sections = [(uuid4(), number, each) for number, each in enumerate(given["sections"], start=1)]
        now, module_id = datetime.now(UTC), uuid4()
        await self._pool.execute(
            CREATE,
            module_id,
            given["slug"],
            given["title"],
            given["summary"],
            given["tags"],
            given["citation"],
            given["estimated_minutes"],
            now,
            [each[0] for each in sections],
            [each[1] for each in sections],
            [each[2]["title"] for each in sections],
            [to_json(each[2]["content"]).decode() for each in sections],
        )
        shown = [{"id": key, "position": number, **section} for key, number, section in sections]
        dates = {"created_at": now, "updated_at": now, "published_at": None, "archived_at": None}
        return to_json({"id": module_id, **given, "status": "draft", "version": 1, **dates, "sections": shown})


class Settings(msgspec.Struct):
    """What a version says of its module."""

    title: str
    summary: str
    citation: str | None
    estimated_minutes: int | None
    rules: msgspec.Raw
    evidence: msgspec.Raw


settings_of = msgspec.json.Decoder(Settings).decode


def detail(row: Any) -> dict[str, Any]:
    """A module with the sections of the version on offer."""
    *plain, settings, sections = row.values()
    told = settings_of(settings)
    return {
        **dict(zip(OFFERED, plain, strict=True)),
        "title": told.title,
        "summary": told.summary,
        "citation": told.citation,
        "estimated_minutes": told.estimated_minutes,
        "rules": told.rules,
        "evidence": told.evidence,
        "sections": msgspec.Raw(sections.encode()),
    }


def cursor(last: dict[str, Any]) -> str:
    """The opaque cursor of ours."""
    microseconds = (last["created_at"] - EPOCH) // MICROSECOND
    return urlsafe_b64encode(microseconds.to_bytes(8, "big") + last["id"].bytes).decode()


async def body_of(receive: Receive) -> bytes:
    """The whole body."""
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message["body"])
        more = message.get("more_body", False)
    return b"".join(parts)


async def reply(send: Send, status: int, body: bytes) -> None:
    """Send a JSON answer."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def leave_as_it_is(connection: Any) -> None:
    """Statements of one each leave nothing to reset."""


def app() -> Floor:
    """The application."""
    statements = msgspec.json.decode(Path(os.environ["BENCH_STATEMENTS"]).read_bytes(), type=Statements)
    return Floor(os.environ["DATABASE_URL"], statements)
