"""Quiz questions of every kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from domain.catalogue.questions import (
    Choice,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    ShortText,
    SingleChoice,
    TrueFalse,
)
from domain.kernel.errors import InvalidValue
from kit.about import for_each
from kit.examples import a_question

A, B, C = Choice("a", "Gloves"), Choice("b", "Mask"), Choice("c", "Gown")
X, Y = Choice("x", "Hands"), Choice("y", "Face")
MANY = tuple(Choice(f"c{n}", "text") for n in range(20))


@for_each(
    ("metadata", "kind"),
    [
        (SingleChoice((A, B), "b"), "single_choice"),
        (SingleChoice(MANY, "c19"), "single_choice"),
        (MultipleChoice((A, B, C), ("a", "c")), "multiple_choice"),
        (MultipleChoice((A, B), ("a", "b")), "multiple_choice"),
        (TrueFalse(False), "true_false"),
        (ShortText(("exposure control plan",)), "short_text"),
        (Numeric(10, 0.5, "days"), "numeric"),
        (Numeric(-1_000_000_000_000), "numeric"),
        (Ordering((A, B, C), ("c", "a", "b")), "ordering"),
        (Matching((A, B), (X, Y), {"a": "x", "b": "y"}), "matching"),
        (Matching((A, B), (X, Y), {"a": "x", "b": "x"}), "matching"),
    ],
)
def test_a_question_may_be_of_each_kind(metadata: Any, kind: str) -> None:
    question = a_question(metadata=metadata)
    assert question.metadata is metadata
    assert metadata.kind == kind


@for_each(
    ("make", "message", "field"),
    [
        (lambda: Choice("A", "x"), "must be lower-case letters, digits, hyphens or underscores", ("id",)),
        (lambda: Choice("a", " "), "must not be blank", ("text",)),
        (lambda: Choice("a" * 21, "x"), "must have 1 to 20 characters, and has 21", ("id",)),
        (lambda: Choice("a", "x" * 1_001), "must have 1 to 1000 characters, and has 1001", ("text",)),
        (lambda: SingleChoice((A,), "a"), "must have 2 to 20 items, and has 1", ("options",)),
        (lambda: SingleChoice((*MANY, A), "a"), "must have 2 to 20 items, and has 21", ("options",)),
        (lambda: SingleChoice((A, A), "a"), "must not repeat an id", ("options",)),
        (lambda: SingleChoice((A, B), "c"), "names 'c', which is not among the options", ("correct",)),
        (lambda: MultipleChoice((A, B), ()), "must have 1 to 20 items, and has 0", ("correct",)),
        (lambda: MultipleChoice((A, B), ("a", "a")), "must not repeat an item", ("correct",)),
        (lambda: MultipleChoice((A, B), ("a", "z")), "names 'z', which is not among the options", ("correct",)),
        (lambda: MultipleChoice((A, A), ("a",)), "must not repeat an id", ("options",)),
        (lambda: ShortText(()), "must have 1 to 50 items, and has 0", ("accepted",)),
        (lambda: ShortText(("a", "a")), "must not repeat an item", ("accepted",)),
        (lambda: ShortText(("a", "")), "must have 1 to 200 characters, and has 0", ("accepted", 1)),
        (lambda: Numeric(math.nan), "must be from -1000000000000 to 1000000000000", ("value",)),
        (lambda: Numeric(math.inf), "must be from -1000000000000 to 1000000000000", ("value",)),
        (lambda: Numeric(1, -0.1), "must be from 0 to 1000000000000", ("tolerance",)),
        (lambda: Numeric(1, 0, "u" * 41), "must have 0 to 40 characters, and has 41", ("unit",)),
        (lambda: Ordering((A,), ("a",)), "must have 2 to 20 items, and has 1", ("items",)),
        (lambda: Ordering((A, B), ("a", "c")), "names 'c', which is not among the items", ("correct",)),
        (lambda: Ordering((A, B, C), ("a", "b")), "must name every item once", ("correct",)),
        (lambda: Ordering((A, A), ("a",)), "must not repeat an id", ("items",)),
        (lambda: Matching((A, B), (X, Y), {"a": "x"}), "must have 2 to 20 items, and has 1", ("correct",)),
        (
            lambda: Matching((A, B), (X, Y), {"a": "x", "c": "y"}),
            "names 'c', which is not among the left",
            ("correct",),
        ),
        (
            lambda: Matching((A, B), (X, Y), {"a": "x", "b": "z"}),
            "names 'z', which is not among the right",
            ("correct",),
        ),
        (
            lambda: Matching((A, B, C), (X, Y), {"a": "x", "b": "y"}),
            "must match every choice on the left",
            ("correct",),
        ),
        (lambda: Matching((A, B), (X, X), {"a": "x", "b": "x"}), "must not repeat an id", ("right",)),
    ],
)
def test_metadata_that_contradict_themselves_are_refused(
    make: Callable[[], object], message: str, field: tuple[str | int, ...]
) -> None:
    with pytest.raises(InvalidValue) as refusal:
        make()
    assert (str(refusal.value), refusal.value.field) == (message, field)
    assert refusal.value.slug == "invalid-value"


@for_each(
    ("changes", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 5_001}, "prompt"),
        ({"points": 0}, "points"),
        ({"points": 101}, "points"),
        ({"explanation": "x" * 10_001}, "explanation"),
    ],
)
def test_a_question_keeps_its_limits_when_written_and_when_edited(changes: Any, field: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        a_question(**changes)
    assert refusal.value.field == (field,)
    with pytest.raises(InvalidValue):
        a_question().edit(**changes)


def test_what_is_left_out_of_metadata_is_the_strictest_number_and_the_mildest_spelling() -> None:
    assert (Numeric(3).tolerance, Numeric(3).unit, ShortText(("gloves",)).case_sensitive) == (0, "", False)


def test_the_limits_themselves_are_allowed() -> None:
    assert Choice("a" * 20, "x" * 1_000).id == "a" * 20
    question = a_question(prompt="x" * 5_000, points=100, explanation="x" * 10_000)
    assert (len(question.prompt), question.points, len(question.explanation)) == (5_000, 100, 10_000)


def test_editing_replaces_what_is_given_and_keeps_the_rest() -> None:
    question = a_question(prompt="Old", points=2, explanation="Because")
    question.edit(prompt="New")
    assert (question.prompt, question.points, question.explanation) == ("New", 2, "Because")
    question.edit(points=3, explanation="")
    assert (question.prompt, question.points, question.explanation) == ("New", 3, "")
    assert question.metadata == TrueFalse(correct=True)


def test_the_kind_may_change_with_the_metadata() -> None:
    question = a_question()
    question.edit(metadata=Numeric(5))
    assert question.metadata == Numeric(5)
