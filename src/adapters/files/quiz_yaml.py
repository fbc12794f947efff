"""The questions of a quiz, written in YAML."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from yaml.nodes import Node

from adapters.files.yaml_nodes import (
    Reader,
    Wrong,
    boolean,
    entries,
    fields,
    items,
    line_of,
    make,
    number,
    shown,
    text,
    texts,
    whole,
)
from application.modules.commands import NewQuestion
from domain.errors import InvalidValue
from domain.questions import (
    Choice,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    ShortText,
    SingleChoice,
    TrueFalse,
)


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


def _pairs(node: Node) -> dict[str, str]:
    """A mapping of ids to ids."""
    return {name: text(value) for name, (_, value) in entries(node).items()}


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


def read_questions(node: Node, problems: list[Wrong]) -> tuple[NewQuestion, ...]:
    """The questions without a problem; what is wrong with the others joins the problems."""
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
