"""Fills two databases with the same rows: one that our migrations have made, and one of the guide's models."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.sql.kit.schema import SCHEMA
from bench.contenders.guide_models import Base, async_url
from bench.dataset import BEGIN, SIGNED_IN, Dataset, Module
from bench.postgres import Postgres, run
from bench.servers import environment
from bench.tokens import settings
from domain.catalogue.completion_rules import USUAL_RULES, USUAL_TERMS

OURS, GUIDE = "ours", "guide"

COMMON = (
    "id", "slug", "title", "summary", "status", "tags", "citation", "estimated_minutes",
    "published_at", "archived_at", "created_at", "updated_at",
)  # fmt: skip
SIGNED = (
    "id",
    "supabase_id",
    "email",
    "full_name",
    "department",
    "role",
    "is_active",
    "email_confirmed",
    "last_sign_in",
)


async def seed(server: Postgres, data: Dataset) -> None:
    """Make and fill both databases."""
    await run(server.url, f"CREATE DATABASE {OURS}", f"CREATE DATABASE {GUIDE}")
    await prepare(server, OURS)
    await _fill_ours(server.database(OURS), data)
    engine = create_async_engine(async_url(server.database(GUIDE)))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()
    await _fill_guide(server.database(GUIDE), data)
    for name in (OURS, GUIDE):
        await run(server.database(name), "VACUUM (ANALYZE)")
    await run(server.url, "CHECKPOINT")


async def prepare(server: Postgres, name: str) -> None:
    """Make our tables in the empty database, as an operator does."""
    subprocess.run(  # noqa: ASYNC221  # our own command; nothing else is to be done meanwhile
        [sys.executable, "-m", "entrypoints", "migrate"],
        env=environment(settings(server.database(name))),
        check=True,
        capture_output=True,
    )
    # For what is sent here and by the floor; ours names the schema in each of its statements.
    await run(server.url, f"ALTER DATABASE {name} SET search_path = {SCHEMA}, public")


def seeded_until(data: Dataset) -> datetime:
    """The latest time in the rows: whatever is later was written while measuring."""
    return max(data.modules[-1].created_at, data.enrollments[-1].enrolled_at)


async def _fill_ours(url: str, data: Dataset) -> None:
    connection = await asyncpg.connect(url)
    try:
        await _copy(
            connection,
            "training_modules",
            (*COMMON, "version", "version_number"),
            ((*_common(module), 1, None if module.is_draft else 1) for module in data.modules),
        )
        await _copy(
            connection,
            "module_sections",
            ("id", "module_id", "position", "title", "content"),
            (row for module in data.modules for row in _sections(module)),
        )
        await _copy(
            connection,
            "module_versions",
            ("module_id", "number", "settings", "sections", "questions", "outline", "content_hash", "change_note",
             "material", "published_at"),
            (_version(module) for module in data.shown()),
        )  # fmt: skip
        await _copy(
            connection,
            "users",
            (*SIGNED, "email_as_of", "profile_metadata", "created_at", "updated_at"),
            ((*row, SIGNED_IN, "{}", BEGIN, BEGIN) for row in _users(data)),
        )
        await _copy(
            connection,
            "module_enrollments",
            ("module_id", "user_id", "version_number", "enrolled_at", "updated_at"),
            ((e.module.id, e.user.id, 1, e.enrolled_at, e.enrolled_at) for e in data.enrollments),
        )
    finally:
        await connection.close()


async def _fill_guide(url: str, data: Dataset) -> None:
    connection = await asyncpg.connect(url)
    try:
        await _copy(connection, "training_modules", COMMON, map(_common, data.modules))
        await _copy(
            connection,
            "module_sections",
            ("id", "module_id", "position", "title", "content", "created_at", "updated_at"),
            ((*row, m.created_at, m.created_at) for m in data.modules for row in _sections(m)),
        )
        await _copy(
            connection,
            "users",
            (*SIGNED, "profile_metadata", "created_at", "updated_at"),
            ((*row, "{}", BEGIN, BEGIN) for row in _users(data)),
        )
        await _copy(
            connection,
            "module_enrollments",
            ("module_id", "user_id"),
            ((e.module.id, e.user.id) for e in data.enrollments),
        )
    finally:
        await connection.close()


async def _copy(connection: Any, table: str, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
    await connection.copy_records_to_table(table, columns=list(columns), records=rows)


def _common(module: Module) -> tuple[Any, ...]:
    return (*(getattr(module, name) for name in COMMON if name != "updated_at"), module.created_at)


def _sections(module: Module) -> Iterable[tuple[Any, ...]]:
    for each in module.sections:
        content = json.dumps({"kind": "lesson", "markdown": each.markdown})
        yield each.id, module.id, each.position, each.title, content


def _version(module: Module) -> tuple[Any, ...]:
    settings = {
        **{name: getattr(module, name) for name in ("title", "summary", "citation", "estimated_minutes")},
        "rules": asdict(USUAL_RULES),
        "evidence": asdict(USUAL_TERMS),
    }
    sections = [
        {"id": str(each.id), "position": each.position, "title": each.title,
         "content": {"kind": "lesson", "markdown": each.markdown}}
        for each in module.sections
    ]  # fmt: skip
    outline = [{"id": each["id"], "title": each["title"], "kind": "lesson", "statement": None} for each in sections]
    documents = (json.dumps(document) for document in (settings, sections, [], outline))
    return (module.id, 1, *documents, sha256(module.id.bytes).hexdigest(), "", False, module.published_at)


def _users(data: Dataset) -> Iterable[tuple[Any, ...]]:
    for each in data.users:
        yield (
            each.id, each.supabase_id, each.email, each.full_name, each.department, each.role, True, True, SIGNED_IN,
        )  # fmt: skip
