"""What attempts tell about questions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assessment.grading import Answer, QuizPolicy, grade
from domain.assessment.item_statistics import MOST_FREQUENT, AnswerCount, ItemStatistics, Try, item_statistics
from domain.assessment.question_drawing import Item
from domain.catalogue.questions import (
    Choice,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    QuestionMetadata,
    ShortText,
    SingleChoice,
    TrueFalse,
)
from kit.about import for_each
from kit.examples import uid

THREE = tuple(Choice(name, name.upper()) for name in "abc")
TWO = (Choice("x", "X"), Choice("y", "Y"))
SINGLE = SingleChoice(THREE, "a")
POLICY = QuizPolicy(80, partial_credit=True, wrong_answer_penalty=0, feedback="never")


def tried(questions: dict[int, QuestionMetadata], answers: dict[int, Answer]) -> Try:
    """The attempt with these answers by number, each question worth as many points as its number."""
    items = [Item(uid(n), "?", n, "", metadata) for n, metadata in questions.items()]
    given = {uid(n): answer for n, answer in answers.items()}
    return Try(grade(items, given, POLICY).marks, given)


def statistics(metadata: QuestionMetadata, *answers: Answer) -> ItemStatistics:
    """Of question 1, alone in its quiz."""
    (found,) = item_statistics({uid(1): metadata}, [tried({1: metadata}, {1: answer}) for answer in answers])
    return found


def told(metadata: QuestionMetadata, *answers: Answer) -> list[tuple[str, bool, int]]:
    return [(count.answer, count.correct, count.times) for count in statistics(metadata, *answers).answers]


class TestDifficulty:
    def test_it_is_the_mean_credit_of_those_who_were_asked(self) -> None:
        both: dict[int, QuestionMetadata] = {1: SINGLE, 2: MultipleChoice(THREE, ("a", "b"))}
        tries = [
            tried(both, {1: "a", 2: ("a", "b")}),
            tried(both, {1: "b", 2: ("a",)}),
            tried(both, {1: "a"}),
            tried({2: both[2]}, {2: ("c",)}),
        ]
        first, second = item_statistics({uid(1): SINGLE, uid(2): both[2]}, tries)
        assert (first.question_id, first.asked, first.answered, first.difficulty) == (uid(1), 3, 3, 0.6667)
        assert (second.question_id, second.asked, second.answered, second.difficulty) == (uid(2), 4, 3, 0.375)

    def test_a_question_never_asked_has_none(self) -> None:
        assert item_statistics({uid(1): TrueFalse(True)}, []) == [
            ItemStatistics(uid(1), 0, 0, None, None, (AnswerCount("false", False, 0), AnswerCount("true", True, 0)))
        ]


class TestDiscrimination:
    def of(self, *answers: str, quiz: int = 3) -> list[float | None]:
        """Of each question, where the n-th letter answers question n; `a` is right."""
        questions: dict[int, QuestionMetadata] = dict.fromkeys(range(1, quiz + 1), SINGLE)
        tries = [tried(questions, dict(enumerate(each, start=1))) for each in answers]
        return [found.discrimination for found in item_statistics({uid(n): SINGLE for n in questions}, tries)]

    def test_it_is_the_correlation_with_the_rest(self) -> None:
        # By hand: credits 1,1,0,0 against shares of the other points (2+3): 1, 2/5, 3/5, 0.
        first, *_ = self.of("aaa", "aab", "bba", "bbb")
        assert first == pytest.approx(0.5547, abs=1e-4)

    def test_a_question_that_only_the_strong_know_tells_them_apart(self) -> None:
        assert self.of("aaa", "bbb") == [1, 1, 1]

    def test_a_question_that_only_the_weak_get_right_is_below_zero(self) -> None:
        first, *_ = self.of("baa", "abb")
        assert first == -1

    @for_each("answers", [(), ("aaa",), ("aab", "aab"), ("aaa", "abb"), ("aaa", "baa", "aaa")])
    def test_it_is_none_where_there_is_nothing_to_compare(self, answers: tuple[str, ...]) -> None:
        first, *_ = self.of(*answers)
        assert first is None

    def test_a_single_question_has_no_rest(self) -> None:
        assert self.of("a", "b", quiz=1) == [None]

    def test_equal_shares_are_equal_however_they_were_added_up(self) -> None:
        """Else the last bits of floating point numbers would be taken for differences between people."""
        tenth = MultipleChoice(tuple(Choice(f"c{n}", "x") for n in range(10)), tuple(f"c{n}" for n in range(10)))
        questions: dict[int, QuestionMetadata] = {1: SINGLE, 2: tenth, 3: tenth, 5: tenth}
        some: dict[int, Answer] = {2: ("c0", "c1", "c2"), 3: ("c0", "c1")}
        other: dict[int, Answer] = {2: ("c0",), 5: ("c0", "c1")}
        first, *_ = item_statistics(
            {uid(1): SINGLE}, [tried(questions, {1: "a", **some}), tried(questions, {1: "b", **other})]
        )
        assert first.discrimination is None

    @given(st.lists(st.text("ab", min_size=3, max_size=3), max_size=12))
    def test_it_stays_within_its_bounds(self, answers: list[str]) -> None:
        assert all(found is None or -1 <= found <= 1 for found in self.of(*answers))


class TestDistractors:
    def test_options_are_counted_those_nobody_chose_too(self) -> None:
        assert told(SINGLE, "b", "a", "b") == [("b", False, 2), ("a", True, 1), ("c", False, 0)]

    def test_of_several_choices_each_counts(self) -> None:
        metadata = MultipleChoice(THREE, ("a", "b"))
        assert told(metadata, ("a", "c"), ("a",)) == [("a", True, 2), ("c", False, 1), ("b", True, 0)]

    def test_true_and_false(self) -> None:
        assert told(TrueFalse(False), True, True) == [("true", False, 2), ("false", True, 0)]

    def test_what_was_typed_counts_as_it_is_compared(self) -> None:
        assert told(ShortText(("ECP",)), "ecp", " Ecp", "plan") == [("ecp", True, 2), ("plan", False, 1)]

    def test_numbers(self) -> None:
        assert told(Numeric(5), 5, 5.0, 0.1) == [("5", True, 2), ("0.1", False, 1)]

    def test_orders(self) -> None:
        answers = [("b", "a", "c"), ("a", "b", "c"), ("b", "a", "c")]
        assert told(Ordering(THREE, ("a", "b", "c")), *answers) == [("b,a,c", False, 2), ("a,b,c", True, 1)]

    def test_matches(self) -> None:
        metadata = Matching(THREE, TWO, {"a": "x", "b": "y", "c": "x"})
        assert told(metadata, {"a": "x", "b": "x"}, {"a": "x"}) == [("a=x", True, 2), ("b=x", False, 1)]

    def test_the_most_frequent_are_reported(self) -> None:
        typed = [f"answer {n:02}" for n in range(30) for _ in range(n + 1)]
        counts = told(ShortText(("x",)), *typed)
        assert len(counts) == MOST_FREQUENT
        assert counts[0] == ("answer 29", False, 30)

    @for_each("answer", ["a", True, 1.5, ("a",), {"a": "x"}])
    @for_each("metadata", [SINGLE, TrueFalse(True), Numeric(1), Ordering(THREE, ("a", "b", "c"))])
    def test_answers_from_before_a_question_changed_its_kind_count_as_they_were(
        self, metadata: QuestionMetadata, answer: Any
    ) -> None:
        assert sum(times for _, _, times in told(metadata, answer)) == 1
