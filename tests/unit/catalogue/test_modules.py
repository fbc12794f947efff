"""The life of a training module: drafting, editing, publishing, archiving, deleting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.module_life import (
    LastSection,
    ModuleArchived,
    ModuleDeleted,
    ModuleDrafted,
    ModuleEdited,
    ModuleInUse,
    ModuleIsArchived,
    ModuleNotDraft,
    ModuleNotFound,
    ModuleNotPublished,
    ModuleNotReady,
    ModulePublished,
    ModuleStatus,
    NothingNew,
    SlugTaken,
)
from domain.catalogue.modules import TrainingModule
from domain.kernel.errors import Conflict, DomainError, InvalidValue, NotFound, StaleVersion
from kit.about import for_each
from kit.examples import (
    LATER,
    NOW,
    a_draft,
    a_lesson,
    a_published_module,
    a_question,
    a_quiz,
    an_archived_module,
    fingerprint,
    uid,
)

M = uid(900)
DESCRIPTION: dict[str, Any] = {
    "slug": "infection-control",
    "title": "Infection control",
    "summary": "How to keep instruments clean.",
    "tags": ["osha", "annual"],
    "citation": "29 CFR 1910.1030",
    "estimated_minutes": 45,
    "rules": CompletionRules(pass_mark=90, minimum_minutes=20),
    "evidence": EvidenceTerms(valid_months=12, credit_hours=1),
}


def described(module: TrainingModule) -> dict[str, Any]:
    return {name: getattr(module, name) for name in DESCRIPTION}


def assert_edited(module: TrainingModule, version: int = 2) -> None:
    assert (module.version, module.updated_at) == (version, LATER)
    assert module.take_events() == [ModuleEdited(M, version)]


class TestDrafting:
    def test_a_draft_needs_only_a_title(self) -> None:
        module = TrainingModule.draft(M, title="Bloodborne pathogens", now=NOW)
        assert described(module) == {
            "slug": "bloodborne-pathogens",
            "title": "Bloodborne pathogens",
            "summary": "",
            "tags": (),
            "citation": None,
            "estimated_minutes": None,
            "rules": CompletionRules(),
            "evidence": EvidenceTerms(),
        }
        assert (module.id, module.status, module.sections, module.version) == (M, ModuleStatus.DRAFT, [], 1)
        assert (module.created_at, module.updated_at) == (NOW, NOW)
        assert (module.published_at, module.archived_at) == (None, None)
        assert (module.version_number, module.content_hash, module.prerequisites) == (None, None, ())

    def test_drafting_is_reported(self) -> None:
        module = TrainingModule.draft(M, title="Bloodborne pathogens", now=NOW)
        assert module.take_events() == [ModuleDrafted(M)]
        assert module.take_events() == []

    def test_a_draft_may_be_described_in_full(self) -> None:
        module = TrainingModule.draft(M, now=NOW, **DESCRIPTION)
        assert described(module) == {**DESCRIPTION, "tags": ("osha", "annual")}

    def test_its_sections_are_numbered_from_one(self) -> None:
        module = a_draft(a_lesson(11), a_quiz(12, a_question(21)), a_lesson(13))
        assert [(section.position, section.id) for section in module.sections] == [
            (1, uid(11)),
            (2, uid(12)),
            (3, uid(13)),
        ]

    def test_it_has_at_most_200_sections(self) -> None:
        assert len(a_draft(*(a_lesson(n) for n in range(1, 201))).sections) == 200
        with pytest.raises(InvalidValue) as refusal:
            a_draft(*(a_lesson(n) for n in range(1, 202)))
        assert refusal.value.field == ("sections",)


BEYOND_LIMITS = [
    ({"slug": "Not a slug"}, ("slug",)),
    ({"slug": ""}, ("slug",)),
    ({"slug": "a" * 81}, ("slug",)),
    ({"title": " "}, ("title",)),
    ({"title": "x" * 256}, ("title",)),
    ({"summary": "x" * 2_001}, ("summary",)),
    ({"tags": ["osha", "osha"]}, ("tags",)),
    ({"tags": [f"t{n}" for n in range(21)]}, ("tags",)),
    ({"tags": ["osha", "Annual"]}, ("tags", 1)),
    ({"tags": ["a" * 41]}, ("tags", 0)),
    ({"citation": ""}, ("citation",)),
    ({"citation": "x" * 201}, ("citation",)),
    ({"estimated_minutes": 0}, ("estimated_minutes",)),
    ({"estimated_minutes": 1_441}, ("estimated_minutes",)),
]


class TestDescribing:
    @for_each(("changes", "field"), BEYOND_LIMITS)
    def test_a_draft_keeps_the_limits(self, changes: dict[str, Any], field: tuple[str | int, ...]) -> None:
        with pytest.raises(InvalidValue) as refusal:
            TrainingModule.draft(M, now=NOW, **{**DESCRIPTION, **changes})
        assert refusal.value.field == field

    @for_each(("changes", "field"), BEYOND_LIMITS)
    def test_an_edited_module_keeps_the_limits(self, changes: dict[str, Any], field: tuple[str | int, ...]) -> None:
        module = a_draft()
        with pytest.raises(InvalidValue) as refusal:
            module.edit(now=LATER, **{**DESCRIPTION, **changes})
        assert refusal.value.field == field
        assert (module.version, module.updated_at, module.take_events()) == (1, NOW, [])

    @for_each(
        "changes",
        [
            {"slug": "a" * 80, "title": "x" * 255, "summary": "x" * 2_000, "citation": "x" * 200},
            {"tags": [f"{n:0>40}" for n in range(20)], "estimated_minutes": 1_440},
            {"summary": "", "tags": [], "citation": None, "estimated_minutes": None},
            {"title": "x", "citation": "x", "estimated_minutes": 1},
        ],
    )
    def test_the_limits_themselves_are_allowed(self, changes: dict[str, Any]) -> None:
        description = {**DESCRIPTION, **changes}
        module = a_draft()
        module.edit(now=LATER, **description)
        assert described(module) == {**description, "tags": tuple(description["tags"])}

    @pytest.mark.parametrize(("make", "version"), [(a_draft, 2), (a_published_module, 3)])
    def test_editing_replaces_the_description(self, make: Callable[[], TrainingModule], version: int) -> None:
        module = make()
        module.edit(now=LATER, **DESCRIPTION)
        assert described(module) == {**DESCRIPTION, "tags": ("osha", "annual")}
        assert module.created_at == NOW
        assert_edited(module, version)


class TestLifecycle:
    def test_publishing_a_draft(self) -> None:
        module = a_draft(a_lesson(1), a_quiz(2, a_question(11)))
        module.publish(fingerprint, by=None, now=LATER)
        assert (module.status, module.published_at, module.archived_at) == (ModuleStatus.PUBLISHED, LATER, None)
        assert (module.version, module.updated_at) == (2, LATER)
        assert module.take_events() == [ModulePublished(M, 2, version_number=1, material=False)]

    @pytest.mark.parametrize(
        ("module", "message"),
        [
            (a_draft(), "The module has no section yet. Add one, then publish."),
            (
                a_draft(a_quiz(1, a_question()), a_quiz(2), a_quiz(3)),
                "The quiz in section 2 has 0 questions and needs 1. Add some, then publish.",
            ),
        ],
    )
    def test_a_draft_that_is_not_ready_cannot_be_published(self, module: TrainingModule, message: str) -> None:
        with pytest.raises(ModuleNotReady) as refusal:
            module.publish(fingerprint, by=None, now=LATER)
        assert (refusal.value.slug, str(refusal.value)) == ("module-not-ready", message)
        assert (module.status, module.version, module.published_at) == (ModuleStatus.DRAFT, 1, None)

    def test_archiving_a_published_module(self) -> None:
        module = a_published_module()
        module.archive(now=LATER)
        assert (module.status, module.published_at, module.archived_at) == (ModuleStatus.ARCHIVED, NOW, LATER)
        assert (module.version, module.updated_at) == (3, LATER)
        assert module.take_events() == [ModuleArchived(M)]

    def test_a_draft_agrees_to_be_deleted(self) -> None:
        module = a_draft(slug="old-draft")
        module.delete()
        assert module.take_events() == [ModuleDeleted(M, "old-draft")]

    @for_each(
        ("module", "act", "error", "message"),
        [
            (
                a_published_module(),
                lambda m: m.publish(fingerprint, by=None, now=LATER),
                NothingNew,
                "The module is exactly as it was last published. Change something first.",
            ),
            (
                an_archived_module(),
                lambda m: m.publish(fingerprint, by=None, now=LATER),
                ModuleIsArchived,
                "An archived module cannot be changed.",
            ),
            (
                a_draft(),
                lambda m: m.archive(now=LATER),
                ModuleNotPublished,
                "Only a published module can do this.",
            ),
            (
                an_archived_module(),
                lambda m: m.archive(now=LATER),
                ModuleIsArchived,
                "An archived module cannot be changed.",
            ),
            (
                a_published_module(),
                lambda m: m.delete(),
                ModuleNotDraft,
                "The module is published; only a draft can be deleted. Archive it instead.",
            ),
            (
                an_archived_module(),
                lambda m: m.delete(),
                ModuleNotDraft,
                "The module is archived; only a draft can be deleted. Archive it instead.",
            ),
        ],
    )
    def test_a_module_only_moves_forward(
        self, module: TrainingModule, act: Callable[[TrainingModule], None], error: type[DomainError], message: str
    ) -> None:
        status, version = module.status, module.version
        with pytest.raises(error) as refusal:
            act(module)
        assert str(refusal.value) == message
        assert (module.status, module.version, module.take_events()) == (status, version, [])

    @for_each(
        "act",
        [
            lambda m: m.edit(now=LATER, **DESCRIPTION),
            lambda m: m.add_section(a_lesson(9), now=LATER),
            lambda m: m.edit_section(uid(1), now=LATER, title="New"),
            lambda m: m.remove_section(uid(2), now=LATER),
            lambda m: m.reorder_sections([uid(2), uid(1)], now=LATER),
            lambda m: m.replace_sections([a_lesson(9)], now=LATER),
            lambda m: m.require_first([], {}, now=LATER),
            lambda m: m.add_question(uid(1), a_question(12), now=LATER),
            lambda m: m.edit_question(uid(1), uid(11), now=LATER, points=9),
            lambda m: m.remove_question(uid(1), uid(11), now=LATER),
        ],
    )
    def test_an_archived_module_does_not_change(self, act: Callable[[TrainingModule], object]) -> None:
        module = an_archived_module(a_quiz(1, a_question(11)), a_lesson(2))
        with pytest.raises(ModuleIsArchived) as refusal:
            act(module)
        assert refusal.value.slug == "module-archived"
        assert [section.id for section in module.sections] == [uid(1), uid(2)]
        assert (module.version, module.updated_at, module.take_events()) == (3, NOW, [])


class TestVersions:
    @pytest.mark.parametrize("expected", [None, frozenset({2}), frozenset({1, 2})])
    def test_a_decision_on_the_present_version_stands(self, expected: frozenset[int] | None) -> None:
        a_published_module().require_version(expected)

    @pytest.mark.parametrize("expected", [frozenset({1}), frozenset({3}), frozenset()])
    def test_a_decision_on_another_version_is_stale(self, expected: frozenset[int]) -> None:
        with pytest.raises(StaleVersion, match=r"Read it again, then repeat your change\.") as refusal:
            a_published_module().require_version(expected)
        assert refusal.value.slug == "stale-version"

    def test_each_change_is_reported_with_its_version_in_order(self) -> None:
        module = TrainingModule.draft(M, title="Claims", now=NOW)
        module.add_section(a_lesson(), now=NOW)
        module.publish(fingerprint, by=None, now=LATER)
        module.archive(now=LATER)
        events = module.take_events()
        published = ModulePublished(M, 3, version_number=1, material=False)
        assert events == [ModuleDrafted(M), ModuleEdited(M, 2, (uid(1),)), published, ModuleArchived(M)]
        assert {event.subject_id for event in events} == {M}
        assert module.version == 4


@for_each(
    ("error", "nature", "slug", "message"),
    [
        (ModuleNotFound, NotFound, "module-not-found", "There is no module with this id."),
        (SlugTaken, Conflict, "slug-taken", "Another module has this slug. Choose another one."),
        (ModuleInUse, Conflict, "module-in-use", "People are enrolled in this module. Archive it instead."),
        (
            LastSection,
            Conflict,
            "last-section",
            "This is the last section of a published module. Add another one before removing it.",
        ),
    ],
)
def test_errors_say_what_to_do(error: type[DomainError], nature: type[DomainError], slug: str, message: str) -> None:
    assert (error.slug, str(error())) == (slug, message)
    assert issubclass(error, nature)
