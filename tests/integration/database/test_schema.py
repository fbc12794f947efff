"""What the migrated databases themselves enforce, for every writer."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from adapters.sql.catalogue.tables import modules
from adapters.sql.people.tables import users
from application.catalogue.modules.queries import ModuleFilter, ModuleReader
from application.catalogue.questions.queries import QuestionReader
from application.kernel.access import EVERYONE
from application.learning.enrollments.queries import EnrollmentReader
from application.people.users.queries import UserFilter, UserReader
from contracts.backend import loaded_module, loaded_user, plain, save, sections_of
from contracts.make import PRESENT, a_full_module, a_full_user, a_user, uid, user_id
from domain.catalogue.module_life import ModuleStatus
from domain.catalogue.sections import Lesson
from domain.kernel.roles import Role
from integration.backends import SqlBackend, opened

INDEXES = {
    "ix_idempotency_keys_created_at",
    "ix_module_enrollments_module_newest",
    "ix_module_enrollments_user_newest",
    "ix_outbox_events_subject",
    "ix_quiz_attempts_section_newest",
    "ix_quiz_attempts_user_newest",
    "ix_training_modules_newest",
    "ix_training_modules_status_newest",
    "ix_training_modules_tags",
    "ix_training_modules_title",
    "ix_users_department_newest",
    "ix_users_location_folded_newest",
    "ix_users_name",
    "ix_users_newest",
    "ix_users_profile_metadata",
    "ux_quiz_attempts_open",
}
"""On both databases, beside those of the keys and unique constraints."""


@pytest.fixture
async def on_postgresql(postgresql: str) -> Any:
    async with opened(postgresql) as backend:
        yield backend


class TestDefaults:
    """Rows that others put in, who know of no ids and no times."""

    async def test_a_user_needs_an_address_only(self, backend: SqlBackend) -> None:
        await backend.sql("INSERT INTO users (email, profile_metadata) VALUES ('ana@example.com', '{}')")
        await backend.sql("INSERT INTO users (email, profile_metadata) VALUES ('ben@example.com', '{\"a\": [1]}')")
        page = await backend.reader(UserReader).page(EVERYONE, UserFilter(), None, 10)
        assert {item.email for item in page.items} == {"ana@example.com", "ben@example.com"}
        assert len({item.id for item in page.items}) == 2
        for item in page.items:
            assert (item.role, item.is_active, item.email_confirmed) == (Role.AUTHENTICATED, True, False)
            assert (item.version, item.last_sign_in, item.supabase_id) == (1, None, None)
            assert item.created_at == item.updated_at
            assert item.id.version == 4 or not backend.on_postgresql
            assert plain(await backend.reader(UserReader).detail(EVERYONE, item.id)) == plain(item)
            assert (await loaded_user(backend, item.id)).created_at == item.created_at

    async def test_the_time_of_a_row_is_the_present_in_utc(self, backend: SqlBackend) -> None:
        await backend.sql("INSERT INTO users (email, profile_metadata) VALUES ('ana@example.com', '{}')")
        if backend.on_postgresql:
            age = "SELECT abs(extract(epoch FROM now() - created_at)) FROM users"
        else:
            age = "SELECT abs(julianday('now') - julianday(created_at)) * 86400 FROM users"
        assert (await backend.sql(age))[0][0] < 60

    async def test_rows_without_times_are_in_the_order_of_the_list(self, backend: SqlBackend) -> None:
        await save(backend, a_user(1), a_user(2))
        await backend.sql("INSERT INTO users (email, profile_metadata) VALUES ('new@example.com', '{}')")
        reader = backend.reader(UserReader)
        first = await reader.page(EVERYONE, UserFilter(), None, 1)
        assert [item.email for item in first.items] == ["new@example.com"]
        rest = await reader.page(EVERYONE, UserFilter(), first.next, 5)
        assert [item.id for item in rest.items] == [user_id(2), user_id(1)]

    async def test_a_module_with_all_that_belongs_to_it(self, backend: SqlBackend) -> None:
        await backend.sql(
            "INSERT INTO training_modules (slug, title, tags) VALUES ('osha', 'OSHA', '{}')"
            if backend.on_postgresql
            else "INSERT INTO training_modules (slug, title, tags) VALUES ('osha', 'OSHA', '[]')"
        )
        await backend.sql("INSERT INTO users (email, profile_metadata) VALUES ('ana@example.com', '{}')")
        await backend.sql(
            "INSERT INTO module_sections (module_id, position, title, content)"
            ' SELECT id, 1, \'Read\', \'{"kind": "lesson", "markdown": "# Hi"}\' FROM training_modules'
        )
        await backend.sql(
            "INSERT INTO quiz_questions (section_id, position, prompt, metadata)"
            ' SELECT id, 1, \'True?\', \'{"kind": "true_false", "correct": true}\' FROM module_sections'
        )
        await backend.sql(
            "INSERT INTO module_enrollments (module_id, user_id, version_number)"
            " SELECT training_modules.id, users.id, 1 FROM training_modules, users"
        )
        (summary,) = (await backend.reader(ModuleReader).page(ModuleFilter(drafts=True), None, 10)).items
        assert (summary.status, summary.summary, list(summary.tags)) == (ModuleStatus.DRAFT, "", [])
        assert (summary.version, summary.published_at) == (1, None)
        detail = await backend.reader(ModuleReader).worked_on(summary.id)
        assert detail is not None
        (section,) = sections_of(detail)
        assert plain(section.content) == {"kind": "lesson", "markdown": "# Hi"}
        (question,) = await backend.reader(QuestionReader).of_section(summary.id, section.id) or []
        assert (question.points, question.explanation) == (1, "")
        page = await backend.reader(EnrollmentReader).of_module(EVERYONE, summary.id, None, 10, PRESENT)
        assert page is not None
        (participant,) = page.items
        enrollment = await backend.reader(EnrollmentReader).detail(EVERYONE, summary.id, participant.user_id)
        assert enrollment is not None
        assert (enrollment.enrolled_by, enrollment.version) == (None, 1)
        module = await loaded_module(backend, summary.id)
        assert module.sections[0].content == Lesson("# Hi")


class TestRules:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE users SET role = 'owner'",
            "UPDATE users SET role = 'ADMIN'",
            "UPDATE users SET role = ''",
            "UPDATE training_modules SET status = 'deleted'",
            "UPDATE users SET role = NULL",
            "UPDATE users SET profile_metadata = NULL",
            "UPDATE module_sections SET content = NULL",
            "UPDATE users SET email = 'full1@example.com'",
            "UPDATE users SET supabase_id = 'same'",
            "UPDATE training_modules SET slug = 'same'",
            "INSERT INTO module_enrollments (module_id, user_id, version_number) SELECT id, id, 1 FROM users",
            "INSERT INTO module_enrollments (module_id, user_id, version_number)"
            " SELECT id, id, 1 FROM training_modules",
        ],
    )
    async def test_what_breaks_a_rule_is_refused(self, backend: SqlBackend, statement: str) -> None:
        await save(backend, a_full_module(1), a_full_module(2), a_full_user(1), a_full_user(2))
        with pytest.raises(IntegrityError):
            await backend.sql(statement)

    @pytest.mark.parametrize("role", Role)
    async def test_every_role_is_known(self, backend: SqlBackend, role: Role) -> None:
        await save(backend, a_user(1))
        await backend.sql("UPDATE users SET role = :role", role=role.value)
        assert (await loaded_user(backend, user_id(1))).role is role

    @pytest.mark.parametrize("status", ModuleStatus)
    async def test_every_status_is_known(self, backend: SqlBackend, status: ModuleStatus) -> None:
        await save(backend, a_full_module(1))
        await backend.sql("UPDATE training_modules SET status = :status", status=status.value)
        assert (await loaded_module(backend, uid(1))).status is status

    async def test_what_a_module_owns_goes_with_it(self, backend: SqlBackend) -> None:
        await save(backend, a_full_module(1))
        await backend.sql("DELETE FROM training_modules")
        assert await backend.sql("SELECT id FROM module_sections UNION ALL SELECT id FROM quiz_questions") == []


class TestTypes:
    """PostgreSQL's own, not texts that look like them."""

    @pytest.mark.parametrize(
        ("table", "column", "type"),
        [
            ("users", "id", "uuid"),
            ("users", "profile_metadata", "jsonb"),
            ("users", "created_at", "timestamp with time zone"),
            ("users", "last_sign_in", "timestamp with time zone"),
            ("users", "hired_on", "date"),
            ("users", "is_active", "boolean"),
            ("training_modules", "tags", "text[]"),
            ("training_modules", "published_at", "timestamp with time zone"),
            ("module_sections", "content", "jsonb"),
            ("quiz_questions", "metadata", "jsonb"),
            ("quiz_attempts", "items", "jsonb"),
            ("quiz_attempts", "answers", "jsonb"),
            ("quiz_attempts", "seed", "bigint"),
            ("quiz_attempts", "percent", "double precision"),
            ("quiz_attempts", "deadline", "timestamp with time zone"),
            ("module_enrollments", "module_id", "uuid"),
            ("module_enrollments", "user_id", "uuid"),
            ("outbox_events", "client_ip", "inet"),
            ("outbox_events", "payload", "jsonb"),
            ("outbox_events", "position", "bigint"),
            ("idempotency_keys", "headers", "jsonb"),
            ("idempotency_keys", "body", "bytea"),
        ],
    )
    async def test_columns_are_native(self, on_postgresql: SqlBackend, table: str, column: str, type: str) -> None:
        ((found, element),) = await on_postgresql.sql(
            "SELECT c.data_type, e.data_type FROM information_schema.columns c"
            " LEFT JOIN information_schema.element_types e ON (e.object_name, e.collection_type_identifier)"
            " = (c.table_name, c.dtd_identifier) AND e.object_type = 'TABLE' AND e.object_schema = c.table_schema"
            " WHERE c.table_schema = 'training' AND c.table_name = :table AND c.column_name = :column",
            table=table,
            column=column,
        )
        assert (f"{element}[]" if found == "ARRAY" else found) == type

    async def test_no_time_is_without_its_zone(self, on_postgresql: SqlBackend) -> None:
        rows = await on_postgresql.sql(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'training' AND data_type LIKE 'timestamp without%'"
        )
        assert rows == []

    async def test_ids_come_from_gen_random_uuid(self, on_postgresql: SqlBackend) -> None:
        rows = await on_postgresql.sql(
            "SELECT table_name, column_default FROM information_schema.columns"
            " WHERE table_schema = 'training' AND column_name = 'id'"
        )
        assert {default for _, default in rows} == {"gen_random_uuid()"}
        assert {table for table, _ in rows} >= {modules.name, users.name}


class TestIndexes:
    async def test_what_is_looked_up_is_indexed(self, backend: SqlBackend) -> None:
        catalogue = (
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'training'"
            if backend.on_postgresql
            else "SELECT name FROM sqlite_master WHERE type = 'index'"
        )
        assert {name for (name,) in await backend.sql(catalogue)} >= INDEXES

    async def test_documents_and_tags_have_inverted_indexes(self, on_postgresql: SqlBackend) -> None:
        rows = await on_postgresql.sql("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% USING gin %'")
        assert {name for (name,) in rows} == {"ix_training_modules_tags", "ix_users_profile_metadata"}

    async def test_every_foreign_key_is_indexed(self, on_postgresql: SqlBackend) -> None:
        """Else deleting or archiving a parent would read whole tables."""
        rows = await on_postgresql.sql("""
            SELECT conrelid::regclass::text, conname FROM pg_constraint
            WHERE contype = 'f' AND connamespace = 'training'::regnamespace AND NOT EXISTS (
                SELECT FROM pg_index WHERE indrelid = conrelid AND (indkey::int2[])[0] = conkey[1] AND indpred IS NULL
            )
        """)
        assert rows == []
