"""Asking the questions of a quiz: drawing, mixing, and what a learner sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from contracts.make import CHOICES, QUESTIONS
from domain.assessment.question_drawing import Item, Presentation, draw, present
from domain.catalogue.questions import Choice, Matching, Ordering, QuestionMetadata, SingleChoice, TrueFalse
from domain.catalogue.sections import Quiz
from domain.catalogue.versions import VersionedQuestion
from kit.examples import uid

SEEDS = st.integers(0, 2**63 - 1)
FOUR = tuple(Choice(name, name.upper()) for name in "abcd")


def questions(*metadata: QuestionMetadata) -> list[VersionedQuestion]:
    return [
        VersionedQuestion(uid(n), uid(900), f"Question {n}", n, "Because.", each)
        for n, each in enumerate(metadata, start=1)
    ]


TWENTY = questions(*[TrueFalse(True)] * 20)


def ids(items: Sequence[Item]) -> list[int]:
    return [item.question_id.int for item in items]


def arranged(metadata: QuestionMetadata, seed: int, quiz: Quiz) -> QuestionMetadata:
    (item,) = draw(questions(metadata), quiz, seed)
    return item.metadata


class TestDrawing:
    def test_without_settings_all_questions_are_asked_as_they_are(self) -> None:
        first, second = questions(QUESTIONS[0], QUESTIONS[2])
        assert draw([first, second], Quiz(), 7) == (
            Item(uid(1), "Question 1", 1, "Because.", QUESTIONS[0]),
            Item(uid(2), "Question 2", 2, "Because.", QUESTIONS[2]),
        )

    @given(SEEDS, st.integers(1, 20), st.booleans())
    def test_so_many_different_questions_are_drawn(self, seed: int, count: int, shuffle: bool) -> None:
        drawn = ids(draw(TWENTY, Quiz(draw=count, shuffle=shuffle), seed))
        assert len(set(drawn)) == len(drawn) == count

    @given(SEEDS, st.integers(1, 20))
    def test_unshuffled_they_keep_their_order(self, seed: int, count: int) -> None:
        drawn = ids(draw(TWENTY, Quiz(draw=count), seed))
        assert drawn == sorted(drawn)

    @given(SEEDS, st.booleans())
    def test_the_same_seed_asks_the_same(self, seed: int, shuffle: bool) -> None:
        quiz = Quiz(draw=3, shuffle=shuffle)
        assert draw(questions(*QUESTIONS), quiz, seed) == draw(questions(*QUESTIONS), quiz, seed)

    def test_a_seed_always_asks_the_same(self) -> None:
        """The seed is recorded as evidence: this changes only together with a new way to record it."""
        assert ids(draw(TWENTY, Quiz(draw=5), 1)) == [2, 11, 14, 18, 19]
        assert ids(draw(TWENTY, Quiz(draw=5, shuffle=True), 1)) == [19, 11, 14, 2, 18]

    def test_every_question_has_its_turn(self) -> None:
        drawn = Counter(each for seed in range(2_000) for each in ids(draw(TWENTY, Quiz(draw=5), seed)))
        assert len(drawn) == 20
        assert all(400 < times < 600 for times in drawn.values())


class TestMixing:
    @given(SEEDS)
    def test_mixing_loses_nothing(self, seed: int) -> None:
        for item, question in zip(
            sorted(draw(questions(*QUESTIONS), Quiz(shuffle=True), seed), key=lambda item: item.question_id),
            questions(*QUESTIONS),
            strict=True,
        ):
            for name in ("options", "items", "left", "right"):
                before, after = (set(getattr(each.metadata, name, ())) for each in (question, item))
                assert after == before
            for name in ("kind", "correct", "accepted", "value", "tolerance"):
                assert getattr(item.metadata, name, None) == getattr(question.metadata, name, None)

    def test_options_are_mixed_only_when_the_quiz_says_so(self) -> None:
        metadata = SingleChoice(FOUR, "a")
        assert {arranged(metadata, seed, Quiz()) for seed in range(50)} == {metadata}
        mixed = {arranged(metadata, seed, Quiz(shuffle=True)) for seed in range(500)}
        assert len(mixed) == 24

    def test_what_is_to_be_ordered_never_shows_the_order_it_is_stored_in(self) -> None:
        """Whether the author wrote the items down in the right order or not, every order is as likely."""
        for correct in (("a", "b", "c", "d"), ("c", "a", "d", "b")):
            shown = Counter(
                tuple(choice.id for choice in present(arranged(Ordering(FOUR, correct), seed, Quiz())).items or ())
                for seed in range(2_400)
            )
            assert len(shown) == 24
            assert all(60 < times < 150 for times in shown.values())

    def test_the_right_side_of_a_matching_is_mixed_and_the_left_only_when_the_quiz_says_so(self) -> None:
        right = tuple(Choice(name, name) for name in "wxyz")
        metadata = Matching(FOUR, right, dict(zip("abcd", "wxyz", strict=True)))
        plain = [present(arranged(metadata, seed, Quiz())) for seed in range(500)]
        assert {shown.left for shown in plain} == {FOUR}
        assert len({shown.right for shown in plain}) == 24
        shuffled = [present(arranged(metadata, seed, Quiz(shuffle=True))) for seed in range(500)]
        assert len({shown.left for shown in shuffled}) == len({shown.right for shown in shuffled}) == 24
        together = {(shown.left == FOUR, shown.right == right) for shown in shuffled}
        assert (True, False) in together
        assert (False, True) in together


class TestPresentation:
    def test_each_kind_shows_what_answering_needs(self) -> None:
        right = (Choice("x", "1"), Choice("y", "2"))
        assert [present(metadata) for metadata in QUESTIONS] == [
            Presentation("single_choice", options=CHOICES),
            Presentation("multiple_choice", options=CHOICES),
            Presentation("true_false"),
            Presentation("short_text"),
            Presentation("numeric", unit="µg/m³"),
            Presentation("ordering", items=CHOICES),
            Presentation("matching", left=CHOICES, right=right),
        ]

    def test_it_has_no_place_for_what_is_right(self) -> None:
        names = {each.name for each in fields(Presentation)}
        assert names == {"kind", "options", "items", "left", "right", "unit"}
