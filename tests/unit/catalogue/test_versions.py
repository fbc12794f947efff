"""What publishing freezes, and how versions of a module differ."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms, SectionOutline
from domain.catalogue.module_life import (
    ModuleEdited,
    ModuleIsArchived,
    ModuleNotReady,
    ModulePublished,
    ModuleStatus,
    NothingNew,
)
from domain.catalogue.questions import TrueFalse
from domain.catalogue.sections import Lesson, ModuleSection, Quiz, SectionNotFound
from domain.catalogue.versions import (
    ModuleVersion,
    PartChanges,
    VersionComparison,
    VersionedQuestion,
    VersionedSection,
    VersionNotFound,
    VersionSettings,
    compare,
)
from domain.kernel.errors import NotFound
from kit.about import for_each
from kit.examples import (
    LATER,
    NOW,
    a_draft,
    a_lesson,
    a_published_module,
    a_question,
    a_quiz,
    a_version,
    an_archived_module,
    an_attestation,
    fingerprint,
    uid,
)

M = uid(900)
AUTHOR = uid(50)
SAME = PartChanges((), (), ())


class TestPublishing:
    def test_a_version_holds_the_module_as_it_is(self) -> None:
        rules, evidence = CompletionRules(pass_mark=90), EvidenceTerms(valid_months=12)
        module = a_draft(
            a_lesson(1),
            a_quiz(2, a_question(11), a_question(12)),
            summary="Why",
            citation="29 CFR 1910.1030",
            estimated_minutes=30,
            rules=rules,
            evidence=evidence,
        )
        version = module.publish(fingerprint, by=AUTHOR, now=LATER, change_note="First", material=True)
        assert (version.module_id, version.number, version.change_note, version.material) == (M, 1, "First", True)
        assert (version.published_at, version.published_by) == (LATER, AUTHOR)
        assert version.settings == VersionSettings(
            "Bloodborne pathogens", "Why", "29 CFR 1910.1030", 30, rules, evidence
        )
        assert version.sections == (
            VersionedSection(uid(1), 1, "Standard precautions", Lesson("Treat all blood as infectious.")),
            VersionedSection(uid(2), 2, "Knowledge check", Quiz()),
        )
        assert version.questions == tuple(
            VersionedQuestion(uid(n), uid(2), f"Statement {n}", 1, "", TrueFalse(True)) for n in (11, 12)
        )
        assert version.content_hash == fingerprint((version.settings, version.sections, version.questions))
        assert (module.version_number, module.content_hash) == (1, version.content_hash)
        assert module.take_events() == [ModulePublished(M, 2, version_number=1, material=True)]

    def test_publishing_again_counts_on(self) -> None:
        module = a_published_module()
        module.edit_section(uid(1), now=NOW, title="New")
        version = module.publish(fingerprint, by=None, now=LATER)
        assert (version.number, version.change_note, version.material, version.published_by) == (2, "", False, None)
        assert (module.status, module.version_number, module.published_at) == (ModuleStatus.PUBLISHED, 2, LATER)
        assert module.take_events() == [
            ModuleEdited(M, 3, (uid(1),)),
            ModulePublished(M, 4, version_number=2, material=False),
        ]

    def test_what_has_not_changed_is_not_published_again(self) -> None:
        module = a_published_module()
        with pytest.raises(NothingNew) as refusal:
            module.publish(fingerprint, by=None, now=LATER)
        assert refusal.value.slug == "nothing-new"
        assert (module.version, module.version_number, module.published_at, module.take_events()) == (2, 1, NOW, [])

    def test_slug_tags_and_prerequisites_are_no_part_of_a_version(self) -> None:
        module = a_published_module()
        module.edit(
            now=NOW,
            slug="another",
            title=module.title,
            summary="",
            tags=("osha",),
            citation=None,
            estimated_minutes=None,
            rules=module.rules,
            evidence=module.evidence,
        )
        module.require_first([uid(901)], {uid(901): ()}, now=NOW)
        with pytest.raises(NothingNew):
            module.publish(fingerprint, by=None, now=LATER)

    def test_an_archived_module_is_not_published(self) -> None:
        with pytest.raises(ModuleIsArchived):
            an_archived_module().publish(fingerprint, by=None, now=LATER)

    def test_a_quiz_has_as_many_questions_as_it_draws(self) -> None:
        quiz = ModuleSection(uid(2), title="Check", content=Quiz(draw=2), questions=[a_question(11)])
        module = a_draft(quiz)
        with pytest.raises(ModuleNotReady, match="in section 1 has 1 questions and needs 2"):
            module.publish(fingerprint, by=None, now=LATER)
        module.add_question(uid(2), a_question(12), now=NOW)
        assert module.publish(fingerprint, by=None, now=LATER).number == 1

    def test_later_changes_do_not_reach_a_version(self) -> None:
        module = a_draft(a_lesson(1), a_quiz(2, a_question(11)))
        version = module.publish(fingerprint, by=None, now=NOW)
        module.edit_section(uid(1), now=LATER, title="New")
        module.edit_question(uid(2), uid(11), now=LATER, prompt="New?")
        module.remove_section(uid(2), now=LATER)
        assert [section.title for section in version.sections] == ["Standard precautions", "Knowledge check"]
        assert [question.prompt for question in version.questions] == ["Statement 11"]


class TestVersion:
    def test_nothing_changes_it(self) -> None:
        with pytest.raises(FrozenInstanceError):
            a_version().change_note = "New"  # type: ignore[misc]  # this is what must fail

    def test_its_outline(self) -> None:
        version = a_version(a_lesson(1), a_quiz(2, a_question()), an_attestation(3))
        assert version.outline == (
            SectionOutline(uid(1), "Standard precautions", "lesson"),
            SectionOutline(uid(2), "Knowledge check", "quiz"),
            SectionOutline(uid(3), "Confirmation", "attestation", "I have read it."),
        )

    def test_a_section_by_its_id(self) -> None:
        version = a_version(a_lesson(1), an_attestation(2))
        assert version.section(uid(2)).position == 2
        with pytest.raises(SectionNotFound):
            version.section(uid(9))

    def test_the_questions_of_a_quiz(self) -> None:
        version = a_version(a_quiz(1, a_question(11), a_question(12)), a_quiz(2, a_question(13)))
        assert [question.id for question in version.questions_of(uid(1))] == [uid(11), uid(12)]
        assert version.questions_of(uid(9)) == ()


class TestStillCounts:
    def of(self, earlier: ModuleVersion, later: ModuleVersion) -> set[int]:
        return {section_id.int for section_id in earlier.still_counts(later)}

    def test_what_is_the_same_counts_wherever_it_stands(self) -> None:
        earlier = a_version(a_lesson(1), a_quiz(2, a_question(11)), an_attestation(3))
        later = a_version(an_attestation(3), a_lesson(1), a_quiz(2, a_question(11)), number=2)
        assert self.of(earlier, later) == {1, 2, 3}

    @for_each(
        "changed",
        [
            a_quiz(2, a_question(11, prompt="New?")),
            a_quiz(2, a_question(11, metadata=TrueFalse(False))),
            a_quiz(2, a_question(11), a_question(12)),
            a_quiz(2),
            ModuleSection(uid(2), title="New", content=Quiz(), questions=[a_question(11)]),
            ModuleSection(uid(2), title="Knowledge check", content=Quiz(shuffle=True), questions=[a_question(11)]),
        ],
    )
    def test_what_is_changed_does_not(self, changed: ModuleSection) -> None:
        earlier = a_version(a_lesson(1), a_quiz(2, a_question(11)))
        assert self.of(earlier, a_version(a_lesson(1), changed, number=2)) == {1}

    def test_neither_does_what_is_new_or_gone(self) -> None:
        assert self.of(a_version(a_lesson(1), a_lesson(2)), a_version(a_lesson(2), a_lesson(3), number=2)) == {2}


class TestComparing:
    def test_the_same_is_no_difference(self) -> None:
        version = a_version(a_lesson(1), a_quiz(2, a_question(11)))
        assert compare(version, replace(version, number=2)) == VersionComparison((), SAME, SAME)

    def test_sections_and_questions(self) -> None:
        earlier = a_version(a_lesson(1), a_lesson(2), a_quiz(3, a_question(11), a_question(12)))
        later = a_version(
            a_lesson(1), a_lesson(4), a_quiz(3, a_question(11, points=2), a_question(13)), an_attestation(5), number=2
        )
        found = compare(earlier, later)
        assert found.sections == PartChanges(added=(uid(4), uid(5)), removed=(uid(2),), changed=())
        assert found.questions == PartChanges(added=(uid(13),), removed=(uid(12),), changed=(uid(11),))

    def test_what_only_moved_is_changed(self) -> None:
        found = compare(a_version(a_lesson(1), a_lesson(2)), a_version(a_lesson(2), a_lesson(1), number=2))
        assert found.sections == PartChanges((), (), (uid(2), uid(1)))

    @for_each(
        ("name", "value"),
        [
            ("title", "New"),
            ("summary", "New"),
            ("citation", "HIPAA"),
            ("estimated_minutes", 5),
            ("rules", CompletionRules(pass_mark=70)),
            ("evidence", EvidenceTerms(credit_hours=1.5)),
        ],
    )
    def test_settings_are_named(self, name: str, value: Any) -> None:
        earlier = a_version()
        later = replace(earlier, settings=replace(earlier.settings, **{name: value}))
        assert compare(earlier, later).settings == (name,)


def test_an_unknown_version_is_not_found() -> None:
    error = VersionNotFound()
    assert isinstance(error, NotFound)
    assert (error.slug, str(error)) == ("version-not-found", "The module has no version with this number.")
