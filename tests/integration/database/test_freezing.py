"""What was published before there were versions becomes version 1 as it stands."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.documents import CanonicalFingerprints, as_json
from adapters.sql.install.migrating import downgrade, upgrade
from adapters.sql.kit.engine import database_url
from application.catalogue.modules.commands import PublishModule
from application.catalogue.ports import Versions
from application.learning.ports import Enrollments
from contracts.backend import loaded_module
from contracts.make import CONTENTS, QUESTIONS, UNICODE, T, question_id, section_id, uid, user_id
from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.module_life import ModuleStatus, NothingNew
from domain.catalogue.sections import Quiz
from domain.catalogue.versions import ModuleVersion, VersionNotFound, VersionSettings
from integration.backends import ADMIN, SqlBackend, created, opened, url_of_its_own
from migrations.helpers.downgrades import EvidenceWouldBeLost

BEFORE = "0002"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def upgraded_once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database that was filled before there were versions and then migrated; tests get copies."""

    async def make(url: str) -> str:
        async with opened(url) as backend:
            await upgrade(backend.database.engine, BEFORE)
            await fill(backend)
            await upgrade(backend.database.engine)
        return url

    return asyncio.run(make(url_of_its_own(request, tmp_path_factory.mktemp("freezing"), "unified_dental_freezing")))


@pytest.fixture
async def upgraded(upgraded_once: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """Modules 1 (published), 2 (archived) and 3 (a draft), and three people in the first, all from before versions."""
    source = database_url(upgraded_once)
    if source.get_backend_name() == "sqlite":
        url = f"sqlite:///{shutil.copy(str(source.database), tmp_path / 'copy.db')}"
    else:
        server = request.getfixturevalue("server")
        url = await created(server, "unified_dental_frozen", str(source.database))
    async with opened(url) as backend:
        yield backend


async def fill(backend: SqlBackend) -> None:
    now = T if backend.on_postgresql else T.replace(tzinfo=None).isoformat(" ")

    def id_of(n: int) -> object:
        return uid(n) if backend.on_postgresql else uid(n).hex

    def document(value: object) -> str:
        return as_json(value)

    cast = "CAST(:document AS jsonb)" if backend.on_postgresql else ":document"
    tags = "'{}'" if backend.on_postgresql else "'[]'"
    for n, status in enumerate(("published", "archived", "draft"), start=1):
        published = None if status == "draft" else now
        await backend.sql(
            "INSERT INTO training_modules (id, slug, title, summary, status, tags, citation, estimated_minutes,"  # noqa: S608
            f" published_at) VALUES (:id, :slug, :title, :summary, :status, {tags}, 'HIPAA', 30, :at)",
            id=id_of(n), slug=f"m{n}", title=f"Module {n}", summary=UNICODE, status=status, at=published,
        )  # fmt: skip
        for position, content in enumerate(CONTENTS, start=1):
            old_content = {"kind": "quiz", "description": UNICODE} if isinstance(content, Quiz) else content
            await backend.sql(
                "INSERT INTO module_sections (id, module_id, position, title, content)"  # noqa: S608
                f" VALUES (:id, :module, :position, :title, {cast})",
                id=id_of(section_id(100 * n + position).int), module=id_of(n), position=position,
                title=f"Section {position}", document=document(old_content),
            )  # fmt: skip
        for position, metadata in enumerate(QUESTIONS, start=1):
            await backend.sql(
                "INSERT INTO quiz_questions (id, section_id, position, prompt, points, explanation, metadata)"  # noqa: S608
                f" VALUES (:id, :section, :position, :prompt, :points, :why, {cast})",
                id=id_of(question_id(100 * n + position).int), section=id_of(section_id(100 * n + 4).int),
                position=position, prompt=f"{UNICODE} {position}", points=position, why=UNICODE,
                document=document(metadata),
            )  # fmt: skip
    for n in (1, 2, 3):
        await backend.sql(
            "INSERT INTO users (id, email, profile_metadata) VALUES (:id, :email, '{}')",
            id=id_of(user_id(n).int), email=f"u{n}@example.com",
        )  # fmt: skip
        await backend.sql(
            "INSERT INTO module_enrollments (module_id, user_id) VALUES (:module, :user)",
            module=id_of(1), user=id_of(user_id(n).int),
        )  # fmt: skip


async def version_1(backend: SqlBackend, n: int) -> ModuleVersion:
    return await backend.units.run(lambda unit: unit.port(Versions).get(uid(n), 1))


@pytest.mark.parametrize("n", [1, 2])
async def test_what_is_published_becomes_version_1(upgraded: SqlBackend, n: int) -> None:
    version = await version_1(upgraded, n)
    assert version.settings == VersionSettings(f"Module {n}", UNICODE, "HIPAA", 30, CompletionRules(), EvidenceTerms())
    # Answers went on being shown as they were when there was no choice.
    contents = [replace(each, feedback="after_submission") if isinstance(each, Quiz) else each for each in CONTENTS]
    assert [(s.id, s.position, s.title, s.content) for s in version.sections] == [
        (section_id(100 * n + position), position, f"Section {position}", content)
        for position, content in enumerate(contents, start=1)
    ]
    assert [(q.id, q.section_id, q.prompt, q.points, q.explanation, q.metadata) for q in version.questions] == [
        (question_id(100 * n + i), section_id(100 * n + 4), f"{UNICODE} {i}", i, UNICODE, metadata)
        for i, metadata in enumerate(QUESTIONS, start=1)
    ]
    assert (version.published_at, version.published_by, version.change_note, version.material) == (T, None, "", False)
    assert [each.kind for each in version.outline] == [content.kind for content in CONTENTS]


@pytest.mark.parametrize("n", [1, 2])
async def test_its_fingerprint_is_that_of_what_is_there(upgraded: SqlBackend, n: int) -> None:
    version = await version_1(upgraded, n)
    assert version.content_hash == CanonicalFingerprints().of((version.settings, version.sections, version.questions))
    module = await loaded_module(upgraded, uid(n))
    assert (module.version_number, module.content_hash) == (1, version.content_hash)
    outline = await upgraded.sql("SELECT outline FROM module_versions")
    assert len(outline) == 2


async def test_publishing_it_unchanged_makes_no_new_version(upgraded: SqlBackend) -> None:
    with pytest.raises(NothingNew):
        await upgraded.bus().execute(PublishModule(uid(1)), ADMIN)


async def test_a_draft_has_no_version_and_can_be_published(upgraded: SqlBackend) -> None:
    draft = await loaded_module(upgraded, uid(3))
    assert (draft.status, draft.version_number, draft.content_hash) == (ModuleStatus.DRAFT, None, None)
    assert (draft.rules, draft.evidence, draft.prerequisites) == (CompletionRules(), EvidenceTerms(), ())
    with pytest.raises(VersionNotFound):
        await version_1(upgraded, 3)
    await upgraded.bus().execute(PublishModule(uid(3)), ADMIN)
    assert (await version_1(upgraded, 3)).published_by == ADMIN.user_id


async def test_each_enrollment_is_pinned_to_it_in_its_own_cycle(upgraded: SqlBackend) -> None:
    found = [
        await upgraded.units.run(lambda unit, n=n: unit.port(Enrollments).get(uid(1), user_id(n)))  # type: ignore[misc]
        for n in (1, 2, 3)
    ]
    assert {enrollment.version_number for enrollment in found} == {1}
    assert len({enrollment.cycle_id for enrollment in found}) == 3
    assert {(e.started_at, e.completed_at, len(e.completions), e.version) for e in found} == {(None, None, 0, 1)}


async def test_the_way_back_ends_before_they_are_lost(upgraded: SqlBackend) -> None:
    queries = ("SELECT * FROM training_modules ORDER BY id", "SELECT * FROM module_enrollments ORDER BY user_id")
    before = [await upgraded.sql(query) for query in queries]
    first = await version_1(upgraded, 1)
    with pytest.raises(EvidenceWouldBeLost, match="module_versions"):
        await downgrade(upgraded.database.engine, BEFORE)
    await upgrade(upgraded.database.engine)
    assert [await upgraded.sql(query) for query in queries] == before
    assert await version_1(upgraded, 1) == first


@pytest.mark.parametrize(
    "change",
    ["UPDATE module_versions SET change_note = 'x'", "DELETE FROM module_versions", "TRUNCATE module_versions"],
)
async def test_nothing_changes_a_version(upgraded: SqlBackend, change: str) -> None:
    if change.startswith("TRUNCATE") and not upgraded.on_postgresql:
        change = "DELETE FROM module_versions WHERE number = 1"  # SQLite has no other way to empty a table.
    with pytest.raises(Exception, match="module_versions is append-only"):
        await upgraded.sql(change)
    assert (await version_1(upgraded, 1)).change_note == ""
