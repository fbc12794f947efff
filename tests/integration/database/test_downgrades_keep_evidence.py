"""A downgrade that would drop evidence refuses while there is any."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from adapters.sql.install.migrating import MIGRATIONS, config, current, downgrade, upgrade
from contracts.backend import save
from contracts.evidence.records import a_full_record, keep
from contracts.make import a_published_module, a_user, an_enrollment
from integration.backends import SqlBackend, created, opened
from migrations.helpers.downgrades import EvidenceWouldBeLost

REVISIONS = [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()][::-1]

NO_EVIDENCE = {
    "idempotency_keys",  # forgotten after a day
    "report_refreshes",
    "module_due_days",  # computed
    "recomputations",  # what is still to be computed
    "roster_listings",  # the next import says who is listed
    "outbox_events.actor_kind",  # of users and the service, as long as there is no service account
    "heartbeats",
    "module_enrollments.settles_at",  # derived
    "users.managed_departments",
    "users.email_as_of",
    "users.deactivated_at",  # an event says it too
    # Who may come in, which the version of before decides in its own way.
    "users.requested_sign_in",
    "users.first_sign_in",
    "users.shown_on",  # which of the days that the history knows the row shows
    "users.linked_by_address",
    "users.sign_in_note",
    "users.demonstration",
    "ended_sign_ins",
    # What a draft is made of; what was published is in the versions.
    "training_modules.rules",
    "training_modules.evidence",
    "training_modules.prerequisites",
    "training_modules.version_number",
    "training_modules.content_hash",
    # Made of what they stand beside.
    "training_records.natural_key",
    "training_modules.search_text",
    "users.department_folded",
    "users.employee_id_folded",
    "users.full_name_folded",
    "users.job_title_folded",
    "users.location_folded",
    "users.name_key",
    "positions.job_title_folded",
    "user_merges.recorded_at",  # decided_at stays
    "positions.location_folded",
    "training_modules.title_key",
    "module_sections.created_at",
    "module_sections.updated_at",
    "quiz_questions.created_at",
    "quiz_questions.updated_at",
    # They say something only together with versions, completions, attempts and records, which are guarded.
    "module_enrollments.version_number",
    "module_enrollments.cycle_id",
    "quiz_attempts.grant_number",  # not 0 only beside a grant
    "outbox_events.transaction_id",
    "outbox_events.schema_version",  # 1, as long as there is no other
    "outbox_events.learner_id",  # as the payload says
    # What was done about events, not what has happened; kept for 30 days.
    "deliveries",
    "delivery_cursors",
    "job_runs",
    # Settings of receivers, whose addresses and secrets an operator enters again, and what they have answered.
    "webhooks",
    "webhook_secrets",
    "webhook_attempts",
    "rate_limits",  # everybody begins again
    "obligation_states.unextended_on",  # computed again
    # As location names, job titles and merges say, which are guarded.
    "users.location_id",
    "users.job_code",
    "users.merged_into",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def copied_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database of the test's own."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite"))
    server, migrated = request.getfixturevalue("server"), request.getfixturevalue("migrated")
    return asyncio.run(created(server, "unified_dental_downgrades", migrated))


@pytest.fixture
async def new(copied_url: str) -> AsyncIterator[SqlBackend]:
    """A new database at the newest migration."""
    async with opened(copied_url) as backend:
        yield backend


def guarded() -> set[str]:
    """What the downgrades refuse to lose."""
    sources = [path.read_text(encoding="utf-8") for path in sorted((MIGRATIONS / "versions").glob("*.py"))]
    calls = [call for source in sources for call in re.findall(r"refuse_to_lose\(([^)]*)\)", source)]
    return {name for call in calls for name in re.findall(r'"([^"]+)"', call)}


async def columns(backend: SqlBackend) -> set[tuple[str, str]]:
    def look(connection: Connection) -> set[tuple[str, str]]:
        found = inspect(connection)
        names = [name for name in found.get_table_names() if name != "alembic_version"]
        return {(name, column["name"]) for name in names for column in found.get_columns(name)}

    async with backend.database.engine.connect() as connection:
        return await connection.run_sync(look)


async def test_whatever_a_downgrade_drops_is_guarded_or_known_to_be_no_evidence(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/new.db") as backend:
        engine = backend.database.engine
        await upgrade(engine)
        for previous in ["base", *REVISIONS][:-1][::-1]:
            before = await columns(backend)
            await downgrade(engine, previous)
            after = await columns(backend)
            left = {table for table, _ in after}
            lost = {table if table not in left else f"{table}.{column}" for table, column in before - after}
            assert lost <= guarded() | NO_EVIDENCE, f"going down to {previous}"


async def test_records_stay(new: SqlBackend) -> None:
    await keep(new, replace(a_full_record(1), time_zone=None, stated_format=None, categories=()))
    with pytest.raises(EvidenceWouldBeLost, match="training_records, which is not empty"):
        await downgrade(new.database.engine, "base")
    assert len(await new.sql("SELECT id FROM training_records")) == 1
    assert await current(new.database.engine) == "0005"
    await upgrade(new.database.engine)
    assert len(await new.sql("SELECT id FROM training_records")) == 1


async def test_people_versions_and_enrollments_stay(new: SqlBackend) -> None:
    module, version = a_published_module(1)
    await save(new, a_user(1), module, version, an_enrollment(1, 1))
    with pytest.raises(EvidenceWouldBeLost, match="module_versions"):
        await downgrade(new.database.engine, "base")
    assert len(await new.sql("SELECT user_id FROM module_enrollments")) == 1
    assert await current(new.database.engine) == "0003"
