"""Whatever the rules of a module, there is a way through it, and the blocks show it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.completion_rules import CompletionRules
from domain.catalogue.sections import Attestation, Document, Lesson, ModuleSection, Quiz, SectionContent, Video
from domain.catalogue.versions import ModuleVersion
from domain.learning.completion import AttemptCounts, Blocked, Eligibility, Rule
from domain.learning.section_completions import QuizPass
from kit.examples import NOW, a_question, a_version, an_enrollment, uid
from kit.random_examples import times

KINDS: list[SectionContent] = [
    Lesson("Text"),
    Video("https://example.com/film", 60),
    Document("https://example.com/rule"),
    Quiz(),
    Attestation("I have read it."),
]

some_rules = st.builds(
    CompletionRules,
    sections_in_order=st.booleans(),
    minimum_minutes=st.none() | st.integers(1, 1_440),
    pass_mark=st.integers(0, 100),
    attempts_allowed=st.none() | st.integers(1, 5),
    wait_minutes=st.integers(0, 10_080),
)
some_sections = st.lists(st.sampled_from(KINDS), min_size=1, max_size=6).map(
    lambda contents: [
        ModuleSection(
            uid(n), title=f"Step {n}", content=content, questions=[a_question()] if isinstance(content, Quiz) else ()
        )
        for n, content in enumerate(contents, start=1)
    ]
)


class Learner:
    """Somebody who does what the blocks say, wherever that leads."""

    def __init__(self, version: ModuleVersion, prerequisites: tuple[UUID, ...], failures: int) -> None:
        self.version = version
        self.enrollment = an_enrollment()
        self.prerequisites = prerequisites
        self.failures = failures
        self.attempt_counts: dict[UUID, AttemptCounts] = {}
        self.now = NOW

    @property
    def eligibility(self) -> Eligibility:
        return Eligibility(self.prerequisites, self.attempt_counts)

    def act_on(self, section_id: UUID) -> None:
        """Complete the section, or do what stands first in its way."""
        section = self.version.section(section_id)
        try:
            if isinstance(section.content, Quiz):
                self.enrollment.try_quiz(section_id, self.version, self.eligibility, now=self.now)
                self.attempt(section_id)
            else:
                statement = section.content.statement if isinstance(section.content, Attestation) else None
                self.enrollment.complete_section(
                    section_id, self.version, self.eligibility, attestation=statement, now=self.now
                )
        except Blocked as refusal:
            self.obey_all(refusal)

    def attempt(self, section_id: UUID) -> None:
        """Fail as often as planned and allowed, and pass at last."""
        failed = self.attempt_counts.get(section_id, AttemptCounts(0, None)).graded
        self.attempt_counts[section_id] = AttemptCounts(failed + 1, self.now)
        allowed = self.version.settings.rules.attempts_allowed
        if failed >= min(self.failures, (allowed or 100) - 1):
            quiz = QuizPass(uid(77), failed + 1, 100, 80)
            self.enrollment.pass_quiz(section_id, self.version, self.eligibility, quiz, now=self.now)

    def obey_all(self, refusal: Blocked) -> None:
        """Each block opens after the refusal, and several may open at the same time."""
        refused_at = self.now
        for block in refusal.blocks:
            self.obey(block.rule, block.missing, block.opens_at, refused_at)

    def obey(self, rule: Rule, missing: tuple[UUID, ...], opens_at: datetime | None, refused_at: datetime) -> None:
        match rule:
            case Rule.PREREQUISITES:
                self.prerequisites = tuple(each for each in self.prerequisites if each not in missing)
            case Rule.START:
                self.enrollment.start(now=self.now)
            case Rule.ORDER:
                self.act_on(missing[0])
            case _:
                assert opens_at is not None, f"{rule} opens never"
                assert opens_at > refused_at
                self.now = max(self.now, opens_at)


@times(5)  # so that every rule is met
@given(some_sections, some_rules, st.sets(st.integers(901, 905)), st.integers(0, 4), st.integers(0, 1_000))
def test_doing_what_the_blocks_say_completes_the_module(
    sections: list[ModuleSection], rules: CompletionRules, prerequisites: set[int], failures: int, pause: int
) -> None:
    version = a_version(*sections, **{name: getattr(rules, name) for name in CompletionRules.__slots__})
    learner = Learner(version, tuple(uid(n) for n in sorted(prerequisites)), failures)
    steps = 0
    while learner.enrollment.completed_at is None:
        standing = learner.enrollment.standing(version, learner.eligibility)
        onwards = standing.next_section(learner.now)
        assert onwards is not None
        learner.act_on(onwards)
        learner.now += timedelta(seconds=pause)
        steps += 1
        assert steps < 100, "nothing leads on"
    standing = learner.enrollment.standing(version, learner.eligibility)
    assert (standing.percent, standing.all_done, len(learner.enrollment.completions)) == (100, True, len(sections))
    minimum = timedelta(minutes=rules.minimum_minutes or 0)
    assert learner.enrollment.started_at is not None
    assert learner.enrollment.completed_at >= learner.enrollment.started_at + minimum
