"""Rules of completion: what blocks a learner, and what opens again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms, SectionOutline
from domain.kernel.errors import Conflict, InvalidValue
from domain.learning.completion import (
    AttemptCounts,
    Blocked,
    Eligibility,
    LearnerStanding,
    Rule,
    SectionProgress,
    UnmetRule,
)
from kit.about import for_each
from kit.examples import LATER, NOW, uid

FIRST, SECOND, THIRD, OTHER = uid(1), uid(2), uid(3), uid(901)
OUTLINE = (
    SectionOutline(FIRST, "Read", "lesson"),
    SectionOutline(SECOND, "Check", "quiz"),
    SectionOutline(THIRD, "Confirm", "attestation", "I have read it."),
)


def standing(
    *done: UUID,
    started_at: datetime | None = NOW,
    eligibility: Eligibility | None = None,
    **rules: Any,
) -> LearnerStanding:
    """Where somebody stands in the three sections, having completed these."""
    return LearnerStanding(
        CompletionRules(**rules),
        OUTLINE,
        started_at,
        dict.fromkeys(done, NOW),
        Eligibility() if eligibility is None else eligibility,
    )


def rules_of(blocks: tuple[UnmetRule, ...]) -> list[Rule]:
    return [block.rule for block in blocks]


def test_rules_have_sensible_defaults() -> None:
    rules = CompletionRules()
    assert (rules.sections_in_order, rules.minimum_minutes, rules.pass_mark) == (True, None, 80)
    assert (rules.attempts_allowed, rules.wait_minutes) == (None, 0)
    terms = EvidenceTerms()
    assert (terms.valid_months, terms.retention_years, terms.credit_hours) == (None, 6, None)


@for_each(
    ("name", "low", "high"),
    [("minimum_minutes", 1, 1_440), ("pass_mark", 0, 100), ("attempts_allowed", 1, 100), ("wait_minutes", 0, 10_080)],
)
def test_rules_keep_their_limits(name: str, low: int, high: int) -> None:
    def rules(value: int) -> CompletionRules:
        given: dict[str, Any] = {name: value}
        return CompletionRules(**given)

    assert [getattr(rules(value), name) for value in (low, high)] == [low, high]
    for value in (low - 1, high + 1):
        with pytest.raises(InvalidValue) as refusal:
            rules(value)
        assert refusal.value.field == (name,)


@pytest.mark.parametrize(
    ("name", "low", "high"), [("valid_months", 1, 120), ("retention_years", 1, 50), ("credit_hours", 0, 1_000)]
)
def test_terms_keep_their_limits(name: str, low: int, high: int) -> None:
    assert [getattr(EvidenceTerms(**{name: value}), name) for value in (low, high)] == [low, high]
    for value in (low - 1, high + 1):
        with pytest.raises(InvalidValue) as refusal:
            EvidenceTerms(**{name: value})
        assert refusal.value.field == (name,)


class TestOrder:
    def test_earlier_sections_come_first(self) -> None:
        assert standing().blocks_on(FIRST, NOW) == ()
        (block,) = standing().blocks_on(THIRD, NOW)
        assert (block.rule, block.missing, block.opens_at) == (Rule.ORDER, (FIRST, SECOND), None)
        assert standing(FIRST, SECOND).blocks_on(THIRD, NOW) == ()

    def test_unless_the_order_is_free(self) -> None:
        assert standing(sections_in_order=False).blocks_on(THIRD, NOW) == ()

    def test_what_is_done_is_not_blocked(self) -> None:
        assert standing(THIRD, eligibility=Eligibility(prerequisites=(OTHER,))).blocks_on(THIRD, NOW) == ()


class TestPrerequisites:
    def test_other_modules_come_first(self) -> None:
        (block,) = standing(eligibility=Eligibility(prerequisites=(OTHER,))).blocks_on(FIRST, NOW)
        assert (block.rule, block.missing) == (Rule.PREREQUISITES, (OTHER,))

    def test_every_rule_that_is_not_met_is_named(self) -> None:
        found = standing(eligibility=Eligibility(prerequisites=(OTHER,))).blocks_on(SECOND, NOW)
        assert rules_of(found) == [Rule.PREREQUISITES, Rule.ORDER]


class TestMinimumTime:
    def test_only_the_last_section_waits(self) -> None:
        assert standing(FIRST, minimum_minutes=60).blocks_on(SECOND, NOW) == ()
        (block,) = standing(FIRST, SECOND, minimum_minutes=60).blocks_on(THIRD, NOW)
        assert (block.rule, block.missing, block.opens_at) == (Rule.MINIMUM_TIME, (), LATER)

    def test_it_is_over_to_the_moment(self) -> None:
        waiting = standing(FIRST, SECOND, minimum_minutes=60)
        assert rules_of(waiting.blocks_on(THIRD, LATER - timedelta(microseconds=1))) == [Rule.MINIMUM_TIME]
        assert waiting.blocks_on(THIRD, LATER) == ()

    def test_it_counts_from_the_start(self) -> None:
        (block,) = standing(FIRST, SECOND, started_at=None, minimum_minutes=60).blocks_on(THIRD, NOW)
        assert (block.rule, block.opens_at) == (Rule.START, None)

    def test_without_one_nothing_waits(self) -> None:
        assert standing(FIRST, SECOND, started_at=None).blocks_on(THIRD, NOW) == ()

    def test_finishing_waits_for_it_even_when_all_is_done(self) -> None:
        everything = standing(FIRST, SECOND, THIRD, minimum_minutes=60)
        assert everything.all_done
        assert rules_of(everything.blocks_on_finishing(NOW)) == [Rule.MINIMUM_TIME]
        assert everything.blocks_on_finishing(LATER) == ()


class TestTries:
    def test_attempts_are_used_up(self) -> None:
        eligibility = Eligibility(attempt_counts={SECOND: AttemptCounts(3, NOW)})
        (block,) = standing(FIRST, eligibility=eligibility, attempts_allowed=3, wait_minutes=60).blocks_on(SECOND, NOW)
        assert (block.rule, block.missing, block.opens_at) == (Rule.ATTEMPTS, (SECOND,), None)
        assert standing(FIRST, eligibility=eligibility, attempts_allowed=4).blocks_on(SECOND, NOW) == ()

    def test_the_next_attempt_waits(self) -> None:
        waiting = standing(
            FIRST, eligibility=Eligibility(attempt_counts={SECOND: AttemptCounts(1, NOW)}), wait_minutes=60
        )
        (block,) = waiting.blocks_on(SECOND, NOW)
        assert (block.rule, block.missing, block.opens_at) == (Rule.WAIT, (SECOND,), LATER)
        assert waiting.blocks_on(SECOND, LATER) == ()

    def test_without_a_wait_it_may_begin_at_once(self) -> None:
        tried = standing(FIRST, eligibility=Eligibility(attempt_counts={SECOND: AttemptCounts(50, NOW)}))
        assert tried.blocks_on(SECOND, NOW) == ()

    def test_attempts_at_what_is_no_longer_there_do_not_matter(self) -> None:
        eligibility = Eligibility(attempt_counts={uid(99): AttemptCounts(9, NOW)})
        assert standing(FIRST, eligibility=eligibility, attempts_allowed=1).blocks_on(SECOND, NOW) == ()


class TestProgress:
    @for_each(("done", "percent"), [((), 0), ((FIRST,), 33), ((FIRST, SECOND), 66), ((FIRST, SECOND, THIRD), 100)])
    def test_percent_is_rounded_down(self, done: tuple[UUID, ...], percent: int) -> None:
        assert standing(*done).percent == percent

    def test_one_goes_on_with_the_first_that_is_open(self) -> None:
        assert standing().next_section(NOW) == FIRST
        used_up = Eligibility(attempt_counts={SECOND: AttemptCounts(1, NOW)})
        free = standing(FIRST, eligibility=used_up, sections_in_order=False, attempts_allowed=1)
        assert free.next_section(NOW) == THIRD

    def test_when_none_is_open_with_the_first_that_is_not_done(self) -> None:
        assert standing(FIRST, eligibility=Eligibility(prerequisites=(OTHER,))).next_section(NOW) == SECOND

    def test_when_all_are_done_with_none(self) -> None:
        assert standing(FIRST, SECOND, THIRD).next_section(NOW) is None

    def test_each_section_is_shown_in_order(self) -> None:
        shown = standing(FIRST).sections(LATER)
        assert [(each.section_id, each.position, each.title, each.kind) for each in shown] == [
            (FIRST, 1, "Read", "lesson"),
            (SECOND, 2, "Check", "quiz"),
            (THIRD, 3, "Confirm", "attestation"),
        ]
        assert [(each.completed_at, rules_of(each.blocked_by)) for each in shown] == [
            (NOW, []),
            (None, []),
            (None, [Rule.ORDER]),
        ]
        assert isinstance(shown[0], SectionProgress)


def test_what_blocks_is_said_in_words_and_in_data() -> None:
    blocks = [
        UnmetRule(Rule.ORDER, "Complete the earlier sections first.", (FIRST,)),
        UnmetRule(Rule.QUIZ, "Pass the quiz."),
    ]
    error = Blocked(blocks)
    assert isinstance(error, Conflict)
    assert (error.slug, str(error)) == ("blocked", "Complete the earlier sections first. Pass the quiz.")
    assert error.blocks == tuple(blocks)
