"""Grading: each kind of question, partial credit, penalties, rounding, and laws that hold whatever is answered."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sql.assessment.tables import ATTEMPT_POLICY
from domain.assessment.grading import Answer, Grade, Mark, QuizPolicy, correct_answer, grade, is_right, read_answer
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
from domain.kernel.errors import InvalidValue
from kit.about import for_each
from kit.examples import uid

FOUR = tuple(Choice(name, name.upper()) for name in "abcd")
TWO = (Choice("x", "X"), Choice("y", "Y"))

SINGLE = SingleChoice(FOUR, "b")
MULTIPLE = MultipleChoice(FOUR, ("a", "c"))
TEXT = ShortText(("Exposure Control Plan", "ECP"))
ORDER = Ordering(FOUR, ("d", "b", "a", "c"))
MATCH = Matching(FOUR, TWO, {"a": "x", "b": "y", "c": "x", "d": "y"})
TODAY = QuizPolicy(80, False, 0, "never", "typographic")
KINDS: tuple[QuestionMetadata, ...] = (SINGLE, MULTIPLE, TrueFalse(False), TEXT, Numeric(2.5, 0.5), ORDER, MATCH)


def an_item(metadata: QuestionMetadata, number: int = 1, points: int = 1) -> Item:
    return Item(uid(number), f"Question {number}", points, "", metadata)


def a_policy(
    pass_mark: int = 80, *, partial: bool = False, penalty: int = 0, feedback: Any = "after_submission"
) -> QuizPolicy:
    return QuizPolicy(pass_mark, partial, penalty, feedback)


def credit(metadata: QuestionMetadata, answer: Answer, *, partial: bool = True) -> float:
    """The credit of one answer."""
    (mark,) = grade([an_item(metadata)], {uid(1): answer}, a_policy(partial=partial)).marks
    return mark.credit


class TestKinds:
    @for_each(
        ("metadata", "answer", "expected"),
        [
            (SINGLE, "b", 1),
            (SINGLE, "a", 0),
            (TrueFalse(True), True, 1),
            (TrueFalse(True), False, 0),
            (TrueFalse(False), False, 1),
            (MULTIPLE, ("c", "a"), 1),
            (MULTIPLE, ("a",), 1 / 2),
            (MULTIPLE, ("a", "c", "b"), 1 / 2),
            (MULTIPLE, ("a", "b"), 0),
            (MULTIPLE, ("b", "d"), 0),
            (MULTIPLE, ("a", "b", "c", "d"), 0),
            (MultipleChoice(FOUR, ("a", "b", "c")), ("a", "b"), 2 / 3),
            (ORDER, ("d", "b", "a", "c"), 1),
            (ORDER, ("b", "a", "c", "d"), 2 / 3),
            (ORDER, ("a", "c", "d", "b"), 2 / 3),
            (ORDER, ("b", "d", "a", "c"), 1 / 3),
            (ORDER, ("c", "a", "b", "d"), 0),
            (Ordering(FOUR[:2], ("a", "b")), ("b", "a"), 0),
            (MATCH, {"a": "x", "b": "y", "c": "x", "d": "y"}, 1),
            (MATCH, {"a": "x", "b": "y", "c": "x", "d": "x"}, 3 / 4),
            (MATCH, {"a": "x"}, 1 / 4),
            (MATCH, {"a": "y", "b": "x"}, 0),
        ],
    )
    def test_how_much_of_an_answer_is_right(self, metadata: QuestionMetadata, answer: Answer, expected: float) -> None:
        assert credit(metadata, answer) == expected
        assert credit(metadata, answer, partial=False) == (expected == 1)
        assert is_right(metadata, answer) is (expected == 1)

    @for_each(
        ("typed", "right"),
        [
            ("exposure control plan", True),
            ("  Exposure\u00a0 control\n\tPLAN ", True),
            ("ecp", True),
            ("ＥＣＰ", True),
            ("e.c.p.", False),
            ("exposurecontrolplan", False),
            ("ex\u00adposure control plan", True),
            ("\ufeffexposure\u200b control plan\r\n", True),
        ],
    )
    def test_spelling_is_forgiven_where_it_means_the_same(self, typed: str, right: bool) -> None:
        assert is_right(TEXT, typed) is right

    @for_each(
        ("accepted", "typed", "right"),
        [
            ("patient's", "patient’s", True),
            ("patient's", "patient‘s", True),
            ("patient's", "patient´s", True),
            ("patients", "patient’s", False),
            ('"sharps"', "“sharps”", True),
            ('"sharps"', "„sharps“", True),
            ('"sharps"', "«sharps»", True),
            ("2-3 minutes", "2–3 minutes", True),
            ("2–3 minutes", "2-3 minutes", True),
            ("2-3 minutes", "2\u20113\u202fminutes", True),
            ("wait - then rinse", "wait — then rinse", True),
            ("wait — then rinse", "wait -- then rinse", True),
            ("-4 °F", "−4\u00a0℉", True),
            ("and so on...", "And so on…", True),
            ("efficient", "eﬃcient", True),
            ("5 μg", "5 µg", True),
            ("ECP", "ＥＣＰ", True),
            ("106", "10⁶", False),
            ("10⁶", "10⁶", True),
            ("12", "½", False),
            ("12", "1½", False),
            ("1/2", "1⁄2", True),
            ("1", "①", False),
            ("h2o", "H₂O", False),
            ("23", "2 3", False),
            ("cafe", "café", False),
        ],
    )
    def test_typography_does_not_count_and_mathematics_does(self, accepted: str, typed: str, right: bool) -> None:
        assert is_right(ShortText((accepted,)), typed) is right
        assert grade([an_item(ShortText((accepted,)))], {uid(1): typed}, TODAY).passed is right

    @pytest.mark.parametrize(("accepted", "typed", "right"), [("106", "10⁶", True), ("patient's", "patient’s", False)])
    def test_an_old_attempt_keeps_the_old_spelling_rule(self, accepted: str, typed: str, right: bool) -> None:
        before = ATTEMPT_POLICY.load(
            {"pass_mark": 80, "partial_credit": False, "wrong_answer_penalty": 0, "feedback": "never"}
        )
        assert grade([an_item(ShortText((accepted,)))], {uid(1): typed}, before).passed is right

    @for_each(
        ("accepted", "typed", "right"),
        [
            ("ECP", "ecp", False),
            ("ECP", " ECP ", True),
            ("Zahna\u0308rztin", "Zahn\u00e4rztin", True),
            ("Zahn\u00e4rztin", "zahn\u00e4rztin", False),
        ],
    )
    def test_case_counts_where_the_author_says_so(self, accepted: str, typed: str, right: bool) -> None:
        assert is_right(ShortText((accepted,), case_sensitive=True), typed) is right

    @pytest.mark.parametrize(("accepted", "typed"), [("Straße", "STRASSE"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("ﬁt", "FIT")])
    def test_case_is_forgiven_in_every_script(self, accepted: str, typed: str) -> None:
        assert is_right(ShortText((accepted,)), typed)

    @for_each(
        ("value", "tolerance", "answer", "right"),
        [
            (0.3, 0, 0.1 + 0.2, False),
            (0.3, 0, 0.3, True),
            (0.3, 0.1, 0.4, True),
            (0.3, 0.1, 0.2, True),
            (0.3, 0.1, 0.41, False),
            (10, 0, 10, True),
            (10, 0, 10.0, True),
            (1e12, 0.1, 999999999999.9, True),
            (1e-7, 1e-8, 1.1e-07, True),
            (1e-7, 1e-8, 1.11e-07, False),
            (-2.5, 0.5, -3, True),
            (-2.5, 0.5, 2.5, False),
        ],
    )
    def test_tolerance_includes_its_bounds_exactly(
        self, value: float, tolerance: float, answer: float, right: bool
    ) -> None:
        assert is_right(Numeric(value, tolerance), answer) is right

    @for_each("metadata", KINDS)
    def test_the_right_answer_is_right(self, metadata: QuestionMetadata) -> None:
        correct = correct_answer(metadata)
        answers = correct if isinstance(metadata, ShortText) and isinstance(correct, tuple) else (correct,)
        assert all(credit(metadata, answer, partial=False) == 1 for answer in answers)


class TestTotals:
    def test_the_whole_grade(self) -> None:
        items = [an_item(SINGLE, 1, 3), an_item(MULTIPLE, 2, 5), an_item(TEXT, 3, 2), an_item(ORDER, 4, 10)]
        answers: dict[Any, Answer] = {uid(1): "b", uid(2): ("a",), uid(3): "no idea"}
        assert grade(items, answers, a_policy(25, partial=True, penalty=50)) == Grade(
            points=4.5,
            max_points=20,
            percent=22.5,
            passed=False,
            marks=(
                Mark(uid(1), 3, 1.0, 3.0),
                Mark(uid(2), 5, 0.5, 2.5),
                Mark(uid(3), 2, 0.0, -1.0),
                Mark(uid(4), 10, 0.0, 0.0),
            ),
        )

    def test_only_a_wrong_answer_costs(self) -> None:
        """Neither none at all nor one that is right in part."""
        items = [an_item(MULTIPLE, n, 10) for n in (1, 2, 3)]
        result = grade(items, {uid(1): ("a",), uid(2): ("b",)}, a_policy(partial=True, penalty=25))
        assert [mark.earned for mark in result.marks] == [5, -2.5, 0]
        result = grade(items, {uid(1): ("a",), uid(2): ("b",)}, a_policy(penalty=25))
        assert [mark.earned for mark in result.marks] == [-2.5, -2.5, 0]

    def test_a_total_is_never_below_zero(self) -> None:
        items = [an_item(SINGLE, 1), an_item(SINGLE, 2)]
        result = grade(items, {uid(1): "a", uid(2): "a"}, a_policy(0, penalty=100))
        assert (result.points, result.percent, result.passed) == (0, 0, True)

    def test_percent_is_rounded_down_and_the_pass_mark_is_compared_before(self) -> None:
        items = [an_item(SINGLE, n) for n in range(1, 4)]
        result = grade(items, {uid(1): "b", uid(2): "b"}, a_policy(67))
        assert (result.points, result.percent, result.passed) == (2, 66.66, False)
        assert grade(items, {uid(1): "b", uid(2): "b"}, a_policy(66)).passed

    @for_each("count", [5, 7, 11, 13, 100])
    def test_exactly_the_pass_mark_passes(self, count: int) -> None:
        """Whatever floating point numbers would make of thirds and sevenths."""
        ordering = Ordering(tuple(Choice(f"c{n}", "x") for n in range(8)), tuple(f"c{n}" for n in range(8)))
        halfway = tuple(f"c{n}" for n in (0, 1, 2, 3, 7, 6, 5, 4))  # three of seven steps
        items = [an_item(ordering, n) for n in range(1, 8)]
        result = grade(items, {uid(n): halfway for n in range(1, 8)}, a_policy(0, partial=True))
        assert (result.points, result.percent) == (3, 42.85)
        items = [an_item(SINGLE, n) for n in range(1, count + 1)]
        for right in range(count + 1):
            result = grade(items, {uid(n): "b" for n in range(1, right + 1)}, a_policy(100 * right // count))
            assert result.passed

    def test_answers_to_other_questions_do_not_count(self) -> None:
        assert grade([an_item(SINGLE)], {uid(1): "b", uid(2): "b"}, a_policy()).percent == 100


class TestReadingAnswers:
    @for_each(
        ("metadata", "answer"),
        [
            (SINGLE, "d"),
            (MULTIPLE, ("d",)),
            (MULTIPLE, ("d", "c", "b", "a")),
            (TrueFalse(True), False),
            (TEXT, " as typed "),
            (TEXT, "x" * 1_000),
            (Numeric(1), 0),
            (Numeric(1), -1e12),
            (ORDER, ("a", "b", "c", "d")),
            (MATCH, {"a": "x"}),
            (MATCH, {"a": "x", "b": "x", "c": "x", "d": "x"}),
        ],
    )
    def test_an_answer_is_kept_as_given(self, metadata: QuestionMetadata, answer: Answer) -> None:
        assert read_answer(an_item(metadata), answer) == answer

    @for_each("metadata", KINDS)
    @for_each("nothing", [None, "", " \n", (), {}])
    def test_nothing_is_no_answer(self, metadata: QuestionMetadata, nothing: Any) -> None:
        assert read_answer(an_item(metadata), nothing) is None

    @for_each(
        ("metadata", "answers", "message"),
        [
            (SINGLE, ["z", "A", ("a",), {"a": "x"}, True, 1.0], "must be the id of one of the options"),
            (
                MULTIPLE,
                ["a", ("a", "z"), ("a", "a"), {"a": "x"}, False],
                "must be a list of ids of the options, each at most once",
            ),
            (TrueFalse(True), ["true", 1, 0.0, ("a",), {"a": "b"}], "must be true or false"),
            (TEXT, [1.0, True, ("a",), {"a": "b"}, "x" * 1_001], "must be text of 1 to 1000 characters"),
            (
                Numeric(1),
                ["1", True, ("1",), {"a": "b"}, 1.1e12, float("nan"), float("inf")],
                "must be a number from -1000000000000 to 1000000000000",
            ),
            (
                ORDER,
                ["abcd", ("a", "b", "c"), ("a", "b", "c", "c"), ("a", "b", "c", "z"), ("a", "b", "c", "d", "a")],
                "must be a list of the ids of all items, each once",
            ),
            (
                MATCH,
                ["a", ("a", "x"), {"z": "x"}, {"a": "z"}, {"a": "b"}, True],
                "must map ids on the left to ids on the right",
            ),
        ],
    )
    def test_what_does_not_fit_the_question_is_refused(
        self, metadata: QuestionMetadata, answers: list[Any], message: str
    ) -> None:
        for answer in answers:
            with pytest.raises(InvalidValue) as refusal:
                read_answer(an_item(metadata, 7), answer)
            assert (str(refusal.value), refusal.value.field) == (message, ("answers", str(uid(7))))


IDS = st.sampled_from("abcd")
ANSWERABLE: list[tuple[QuestionMetadata, st.SearchStrategy[Any]]] = [
    (SINGLE, IDS),
    (MULTIPLE, st.lists(IDS, min_size=1, unique=True).map(tuple)),
    (TrueFalse(False), st.booleans()),
    (TEXT, st.sampled_from(["ECP", "ecp ", "x"]) | st.text(min_size=1, max_size=20)),
    (Numeric(2.5, 0.5), st.floats(-10, 10) | st.integers(-5, 5)),
    (ORDER, st.permutations("abcd").map(tuple)),
    (MATCH, st.dictionaries(IDS, st.sampled_from("xy"), min_size=1)),
]


@st.composite
def attempts(draw: st.DrawFn) -> tuple[list[Item], dict[Any, Answer], QuizPolicy]:
    """Items of any kinds, some of them answered, and a policy."""
    items, answers = [], {}
    for number in range(1, draw(st.integers(1, 8)) + 1):
        metadata, possible = draw(st.sampled_from(ANSWERABLE))
        items.append(an_item(metadata, number, draw(st.integers(1, 100))))
        if draw(st.booleans()):
            answers[uid(number)] = draw(possible)
    policy = a_policy(draw(st.integers(0, 100)), partial=draw(st.booleans()), penalty=draw(st.integers(0, 100)))
    return items, answers, policy


Attempt = tuple[list[Item], dict[Any, Answer], QuizPolicy]


class TestLaws:
    @given(attempts())
    def test_the_same_attempt_has_the_same_grade(self, attempt: Attempt) -> None:
        assert grade(*attempt) == grade(*attempt)

    @given(attempts())
    def test_a_grade_stays_within_its_bounds(self, attempt: Attempt) -> None:
        items, answers, policy = attempt
        result = grade(items, answers, policy)
        assert 0 <= result.points <= result.max_points == sum(item.points for item in items)
        assert 0 <= result.percent <= 100
        for mark, item in zip(result.marks, items, strict=True):
            assert 0 <= mark.credit <= 1
            assert -item.points * policy.wrong_answer_penalty / 100 <= mark.earned <= item.points
            assert mark.earned == 0 or item.question_id in answers

    @given(attempts(), st.randoms(use_true_random=False))
    def test_the_order_of_questions_and_of_choices_does_not_matter(
        self, attempt: Attempt, chance: random.Random
    ) -> None:
        """Except where the order is the answer."""
        items, answers, policy = attempt
        other_items = chance.sample(items, len(items))
        other: dict[Any, Answer] = {}
        for item in other_items:
            answer = answers.get(item.question_id)
            if isinstance(answer, dict):
                answer = dict(chance.sample(list(answer.items()), len(answer)))
            elif isinstance(answer, tuple) and isinstance(item.metadata, MultipleChoice):
                answer = tuple(chance.sample(answer, len(answer)))
            if answer is not None:
                other[item.question_id] = answer
        one, two = grade(items, answers, policy), grade(other_items, other, policy)
        assert (one.points, one.percent, one.passed) == (two.points, two.percent, two.passed)
        assert sorted(one.marks, key=str) == sorted(two.marks, key=str)

    @given(attempts())
    def test_the_right_answers_earn_everything(self, attempt: Attempt) -> None:
        items, _, policy = attempt
        right = {item.question_id: correct_answer(item.metadata) for item in items}
        right |= {i.question_id: i.metadata.accepted[0] for i in items if isinstance(i.metadata, ShortText)}
        result = grade(items, right, policy)
        assert (result.points, result.percent, result.passed) == (result.max_points, 100, True)

    @given(attempts())
    def test_a_better_answer_never_earns_less(self, attempt: Attempt) -> None:
        items, answers, policy = attempt
        before = grade(items, answers, policy)
        item = items[0]
        right = item.metadata.accepted[0] if isinstance(item.metadata, ShortText) else correct_answer(item.metadata)
        assert grade(items, answers | {item.question_id: right}, policy).points >= before.points

    @given(attempts())
    def test_partial_credit_never_earns_less(self, attempt: Attempt) -> None:
        items, answers, policy = attempt
        partial, whole = (
            grade(items, answers, QuizPolicy(policy.pass_mark, partial, policy.wrong_answer_penalty, policy.feedback))
            for partial in (True, False)
        )
        assert partial.points >= whole.points

    @given(attempts())
    def test_passing_is_decided_by_the_exact_share(self, attempt: Attempt) -> None:
        items, answers, policy = attempt
        result = grade(items, answers, policy)
        share = 100 * Fraction(result.points) / result.max_points
        if abs(share - policy.pass_mark) > Fraction(1, 10):
            assert result.passed is (share > policy.pass_mark)

    @given(attempts())
    def test_an_answer_that_fits_is_read_as_it_is(self, attempt: Attempt) -> None:
        items, answers, _ = attempt
        for item in items:
            answer = answers.get(item.question_id)
            if not isinstance(answer, str) or answer.strip():
                assert read_answer(item, answer) == answer
