"""Reading the questions of a quiz from YAML, and what is said of those that are wrong."""

from __future__ import annotations

from adapters.files.quiz_yaml import read_questions
from adapters.files.yaml_nodes import Wrong, compose
from application.catalogue.modules.commands import NewQuestion
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

FIRST_LINE = 40


@for_each(
    ("question", "metadata"),
    [
        (
            "kind: single_choice, options: {a: One, b: Two}, correct: b",
            SingleChoice((Choice("a", "One"), Choice("b", "Two")), "b"),
        ),
        (
            "kind: multiple_choice, options: {b: One, a: Two}, correct: [a, b]",
            MultipleChoice((Choice("b", "One"), Choice("a", "Two")), ("a", "b")),
        ),
        ("kind: true_false, correct: false", TrueFalse(False)),
        ("kind: short_text, accepted: [ECP, 29 CFR]", ShortText(("ECP", "29 CFR"))),
        ("kind: short_text, accepted: [a], case_sensitive: true", ShortText(("a",), True)),
        ("kind: numeric, value: 10", Numeric(10)),
        ("kind: numeric, value: −4", Numeric(-4)),
        ("kind: numeric, value: -2.5e-1, tolerance: 0.5, unit: mm", Numeric(-0.25, 0.5, "mm")),
        (
            "kind: ordering, items: {a: One, b: Two}, correct: [b, a]",
            Ordering((Choice("a", "One"), Choice("b", "Two")), ("b", "a")),
        ),
        (
            "kind: matching, left: {a: One, b: Two}, right: {x: I, y: II, z: III}, correct: {a: x, b: x}",
            Matching(
                (Choice("a", "One"), Choice("b", "Two")),
                (Choice("x", "I"), Choice("y", "II"), Choice("z", "III")),
                {"a": "x", "b": "x"},
            ),
        ),
        (
            "kind: single_choice, options: {1: yes, no: 0x1F, y: 2026-01-01, null: 1.50}, correct: 1",
            SingleChoice(
                (Choice("1", "yes"), Choice("no", "0x1F"), Choice("y", "2026-01-01"), Choice("null", "1.50")), "1"
            ),
        ),
        ("kind: short_text, accepted: [10, on, ~]", ShortText(("10", "on", "~"))),
    ],
)
def test_questions_of_every_kind(question: str, metadata: QuestionMetadata) -> None:
    problems: list[Wrong] = []
    [read] = read_questions(compose(f"- {{prompt: Why, {question}}}", 1), problems)
    assert read == NewQuestion("Why", metadata)
    assert not problems


@for_each(
    ("question", "line", "message"),
    [
        ("prompt: P", 0, "the key 'kind' is missing"),
        ("kind: essay", 0, "kind: must be one of single_choice, multiple_choice, true_false, short_text, numeric, "),
        ("kind: true_false\n  correct: true", 0, "the key 'prompt' is missing"),
        ("kind: true_false\n  prompt: P", 0, "the key 'correct' is missing"),
        ("kind: true_false\n  prompt: P\n  correct: 'true'", 2, "correct: must be true or false, without quotes"),
        ("kind: true_false\n  prompt: P\n  correct: 1", 2, "correct: must be true or false, without quotes"),
        ("kind: true_false\n  prompt: P\n  correct: true\n  option: x", 3, "unknown key 'option'; the keys here are"),
        ("kind: true_false\n  prompt: P\n  correct: true\n  points: 101", 3, "points: must be from 1 to 100"),
        ("kind: true_false\n  prompt: P\n  correct: true\n  points: true", 3, "points: must be a whole number"),
        ("kind: true_false\n  correct: true\n  prompt: ''", 2, "prompt: must have 1 to 5000 characters, and has 0"),
        ("kind: true_false\n  kind: true_false", 1, "the key 'kind' occurs twice"),
        ("kind: numeric\n  prompt: P\n  value: ten", 2, "value: must be a number"),
        ("kind: numeric\n  prompt: P\n  value: '10'", 2, "value: must be a number"),
        ("kind: numeric\n  prompt: P\n  value: .inf", 2, "value: must be a number"),
        ("kind: numeric\n  prompt: P\n  value: 010:30", 2, "value: must be a number"),
        ("kind: numeric\n  prompt: P\n  value: 1e300", 2, "value: must be from -1000000000000 to"),
        ("kind: numeric\n  prompt: P\n  value: 1e999", 2, "value: must be from -1000000000000 to"),
        ("kind: numeric\n  prompt: P\n  value: 1\n  tolerance: -1", 3, "tolerance: must be from 0 to"),
        ("kind: short_text\n  prompt: P\n  accepted: []", 2, "accepted: must have 1 to 50 items, and has 0"),
        ("kind: short_text\n  prompt: P\n  accepted: x", 2, "accepted: must be a list"),
        ("kind: short_text\n  prompt: P\n  accepted:\n  - a\n  - ' '", 4, "accepted.1: must not be blank"),
        (
            "kind: single_choice\n  prompt: P\n  options: {a: x}\n  correct: a",
            2,
            "options: must have 2 to 20 items, and has 1",
        ),
        ("kind: single_choice\n  prompt: P\n  options: [x, y]\n  correct: a", 2, "options: must be a mapping of keys"),
        (
            "kind: single_choice\n  prompt: P\n  options:\n    a: x\n    B: y\n  correct: a",
            4,
            "options.B.id: must be lower-case letters, digits, hyphens or underscores",
        ),
        (
            "kind: single_choice\n  prompt: P\n  options:\n    a: x\n    b:\n  correct: a",
            4,
            "options.b.text: must have 1 to 1000 characters, and has 0",
        ),
        (
            "kind: single_choice\n  prompt: P\n  options:\n    a: x\n    b: [y]\n  correct: a",
            4,
            "options.b: must be text",
        ),
        (
            "kind: single_choice\n  prompt: P\n  options:\n    a: x\n    a: y\n  correct: a",
            4,
            "options: the key 'a' occurs twice",
        ),
        (
            "kind: single_choice\n  prompt: P\n  options:\n    a: x\n    b: y\n  correct: c",
            5,
            "correct: names 'c', which is not among the options",
        ),
        (
            "kind: multiple_choice\n  prompt: P\n  options: {a: x, b: y}\n  correct: a",
            3,
            "correct: must be a list",
        ),
        (
            "kind: ordering\n  prompt: P\n  items: {a: x, b: y}\n  correct: [a]",
            3,
            "correct: must name every item once",
        ),
        (
            "kind: matching\n  prompt: P\n  left: {a: x, b: y}\n  right: {c: x, d: y}\n  correct: {a: c, b: e}",
            4,
            "correct: names 'e', which is not among the right",
        ),
        (
            "kind: matching\n  prompt: P\n  left: {a: x, b: y}\n  right: {c: x, d: y}\n  correct: [c, d]",
            4,
            "correct: must be a mapping of keys to values",
        ),
    ],
)
def test_what_is_wrong_with_a_question_is_said_with_its_line(question: str, line: int, message: str) -> None:
    problems: list[Wrong] = []
    assert read_questions(compose(f"- {question}", FIRST_LINE), problems) == ()
    [problem] = problems
    assert (problem.line - FIRST_LINE, str(problem)[: len(message)]) == (line, message)
