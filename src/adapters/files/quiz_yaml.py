"""A quiz in YAML: a list of questions, or questions with the quiz's settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, get_args

from yaml.nodes import MappingNode, Node

from adapters.files.yaml_nodes import (
    Reader,
    Wrong,
    boolean,
    entries,
    fields,
    items,
    line_of,
    locate,
    make,
    number,
    shown,
    text,
    texts,
    whole,
)
from application.catalogue.modules.commands import NewQuestion
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
from domain.catalogue.sections import Feedback, Quiz
from domain.kernel.errors import InvalidValue


def _choices(node: Node) -> tuple[Choice, ...]:
    """A mapping of ids to texts, in written order."""
    choices = []
    for name, (key, value) in entries(node).items():
        try:
            choices.append(Choice(name, text(value)))
        except Wrong as wrong:
            raise wrong.under(name) from None
        except InvalidValue as error:
            raise Wrong(line_of(key), str(error), name, *error.field) from None
    return tuple(choices)


def _feedback(node: Node) -> str:
    if (value := text(node)) not in get_args(Feedback):
        raise Wrong(line_of(node), f"must be one of {', '.join(get_args(Feedback))}, and is {shown(value)}")
    return value


def _pairs(node: Node) -> dict[str, str]:
    """A mapping of ids to ids."""
    return {name: text(value) for name, (_, value) in entries(node).items()}


_QUESTIONS = "questions"
_SETTINGS: Mapping[str, Reader] = {
    "draw": whole,
    "shuffle": boolean,
    "time_limit_seconds": whole,
    "partial_credit": boolean,
    "wrong_answer_penalty": whole,
    "feedback": _feedback,
    _QUESTIONS: lambda node: node,
}
_OF_EVERY_KIND: Mapping[str, Reader] = {"kind": text, "prompt": text, "points": whole, "explanation": text}
_KINDS: Mapping[str, tuple[type[Any], Mapping[str, Reader]]] = {
    "single_choice": (SingleChoice, {"options": _choices, "correct": text}),
    "multiple_choice": (MultipleChoice, {"options": _choices, "correct": texts}),
    "true_false": (TrueFalse, {"correct": boolean}),
    "short_text": (ShortText, {"accepted": texts, "case_sensitive": boolean}),
    "numeric": (Numeric, {"value": number, "tolerance": number, "unit": text}),
    "ordering": (Ordering, {"items": _choices, "correct": texts}),
    "matching": (Matching, {"left": _choices, "right": _choices, "correct": _pairs}),
}


def read_quiz(node: Node, description: str, problems: list[Wrong]) -> tuple[Quiz | None, tuple[NewQuestion, ...]]:
    """The quiz and its questions. Mistakes are added to the problems."""
    if not isinstance(node, MappingNode):
        return make(Quiz, {"description": description}, node, problems), read_questions(node, problems)
    values = fields(node, _SETTINGS, [_QUESTIONS], problems)
    if values is None:
        return None, ()
    written = values.pop(_QUESTIONS)
    questions = read_questions(written, problems)
    quiz = make(Quiz, {**values, "description": description}, node, problems)
    if questions and quiz and quiz.draw and quiz.draw > len(written.value):
        problem = f"must not exceed the number of questions, {len(written.value)}"
        problems.append(Wrong(locate(node, ["draw"]), problem, "draw"))
    return quiz, questions


def read_questions(node: Node, problems: list[Wrong]) -> tuple[NewQuestion, ...]:
    """The questions without mistakes; the mistakes of the others are added to the problems."""
    try:
        nodes = items(node)
    except Wrong:
        problems.append(Wrong(line_of(node), "a quiz must be a list of questions, each beginning with a hyphen"))
        return ()
    if not nodes:
        problems.append(Wrong(line_of(node), "a quiz needs at least one question"))
    return tuple(question for item in nodes if (question := _question(item, problems)))


def _question(node: Node, problems: list[Wrong]) -> NewQuestion | None:
    try:
        kind = _kind(node)
    except Wrong as wrong:
        problems.append(wrong)
        return None
    cls, own = _KINDS[kind]
    required = {"prompt"} | {field.name for field in dataclasses.fields(cls) if field.default is dataclasses.MISSING}
    values = fields(node, {**_OF_EVERY_KIND, **own}, required, problems)
    if values is None:
        return None
    metadata = make(cls, {name: values[name] for name in own if name in values}, node, problems)
    rest = {name: value for name, value in values.items() if name not in own and name != "kind"}
    question = make(NewQuestion, {**rest, "metadata": metadata}, node, problems)
    return question if metadata else None


def _kind(node: Node) -> str:
    entry = entries(node).get("kind")
    if entry is None:
        raise Wrong(line_of(node), "the key 'kind' is missing")
    kind = text(entry[1])
    if kind not in _KINDS:
        raise Wrong(line_of(entry[0]), f"must be one of {', '.join(_KINDS)}, and is {shown(kind)}", "kind")
    return kind
