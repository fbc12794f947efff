"""The texts of the OpenAPI document: for readers who know HTTP and JSON, and not our programming language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from application.kernel.handlers import discover
from entrypoints.http.kit.openapi import document
from entrypoints.http.kit.openapi_words import FIELDS, OF_ONE, prose
from entrypoints.http.kit.problem_list import listed_problems
from entrypoints.http.routes import ROUTES
from kit.about import for_each

DOCUMENT = document(discover())
SCHEMAS = DOCUMENT["components"]["schemas"]
OF_PYTHON = re.compile(
    r"(?<!-)\bNone\b(?! of\b|-)|\b[A-Z]\w+Error\b|\b[a-z]\w*\.[a-z]\w*\(|``|:\w+:`|->|\b__|@\w+"
    r"|\b(True|False|dict|tuple|frozenset|str|int|float|bool|bytes|datetime|dataclass|docstring|raises?|self|kwargs?"
    r"|isinstance|Exception)\b"
)
"""Words and marks of Python and of its docstrings."""


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every title, summary and description, and where it stands."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("title", "summary", "description") and isinstance(item, str):
                yield f"{path}/{key}", item
            elif key not in ("example", "examples", "default"):
                yield from texts(item, f"{path}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, f"{path}/{index}")


def test_no_text_has_words_of_python() -> None:
    every = dict(texts(DOCUMENT))
    assert len(every) > 500
    assert {path: text for path, text in every.items() if OF_PYTHON.search(text)} == {}


def test_no_title_of_a_problem_has_words_of_python() -> None:
    titles = {problem.code: problem.title for problem in listed_problems(ROUTES, discover())}
    assert {code: title for code, title in titles.items() if OF_PYTHON.search(title)} == {}


def test_no_text_has_the_line_breaks_of_the_source() -> None:
    assert [path for path, text in texts(DOCUMENT) if re.search(r"[^\n]\n[^\n]|  ", text)] == []


@for_each(
    "text",
    ["None means all", "a ``status``", "a tuple of ids", "raises Conflict", ":class:`User`", "may be True", "KeyError"],
)
def test_words_of_python_are_found(text: str) -> None:
    assert OF_PYTHON.search(text)


@for_each(
    "text",
    ["none of these", "None of these", "If-None-Match", "a list of texts, true or false", "a string of `status:draft`"],
)
def test_other_words_are_not(text: str) -> None:
    assert not OF_PYTHON.search(text)


def test_prose_keeps_its_paragraphs() -> None:
    assert prose("One\nline.\n\nAnother\n  one.") == "One line.\n\nAnother one."


@for_each("field", FIELDS)
def test_each_described_field_exists(field: str) -> None:
    assert any(field in schema.get("properties", {}) for schema in SCHEMAS.values())


@for_each(("name", "field"), OF_ONE)
def test_each_field_described_for_one_schema_exists(name: str, field: str) -> None:
    assert SCHEMAS[name]["properties"][field]["description"] == OF_ONE[name, field]


def test_versions_are_distinguished_from_numbers_of_versions() -> None:
    """Two numbers are called version: that of a change, for If-Match, and that of what was published."""
    named = [
        (name, field, described["description"])
        for name, schema in SCHEMAS.items()
        for field, described in schema.get("properties", {}).items()
        if "version" in field
    ]
    assert len(named) > 10
    assert all("If-Match" in words or "published" in words or "schema" in words for _, _, words in named)


def test_a_field_has_one_type() -> None:
    """Times are `_at`, days are `_on`, `_from` and `_until`, and ids of people are `_by`."""
    wanted = {"_at": "date-time", "_on": "date", "_from": "date", "_until": "date"}
    formats = {
        (name, field): part["format"]
        for name, schema in SCHEMAS.items()
        for field, described in schema.get("properties", {}).items()
        for part in [described, *described.get("anyOf", [])]
        if part.get("format") in ("date", "date-time")
    }
    assert len(formats) > 50
    unlike = {
        place: kind
        for place, kind in formats.items()
        for ending, other in wanted.items()
        # The moment from which changes are asked for is called as in the query.
        if place[1].endswith(ending) and kind != other and place[1] != "known_from"
    }
    assert unlike == {}
