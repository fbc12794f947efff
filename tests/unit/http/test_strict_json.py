"""What the API does with JSON that parsers let pass."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrypoints.http.kit.problems import Problem
from entrypoints.http.kit.strict_json import MAX_DEPTH, verify
from kit.about import for_each

NUL = "must not contain a NUL character or half of a surrogate pair"
NUL_NAME = "has a name with a NUL character or half of a surrogate pair"
RANGE = "must be from -9223372036854775808 to 9223372036854775807"


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def refusal(raw: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        verify(raw)
    return caught.value


@for_each(
    "raw",
    [
        b"{}",
        b'{"a": [1, -1, 1.5, true, false, null, "x"]}',
        '{"name": "Zoë 🦷"}'.encode(),
        rb'{"name": "\ud83e\uddb7"}',
        b"[9223372036854775807, -9223372036854775808]",
        b"[1e18, 1E-400]",
        nested(MAX_DEPTH),
        b"[" + b"[]," * 100 + b"[]]",
        b'{"a": {"b": 1}, "c": {"b": 1}}',
        rb'"\\u0000"',
    ],
)
def test_sound_json_passes(raw: bytes) -> None:
    verify(raw)


@for_each(
    ("raw", "detail"),
    [
        (b"", "Expecting value at line 1, column 1."),
        (b'{\n "a": }', "Expecting value at line 2, column 7."),
        (b"{} {}", "Extra data at line 1, column 4."),
        (b'"a\nb"', "Invalid control character at at line 1, column 3."),
        (b"\xef\xbb\xbf{}", "Expecting value at line 1, column 1."),
        ("{}".encode("utf-16"), "The body is not UTF-8 at byte 1."),
        (b'{"a": "\xff"}', "The body is not UTF-8 at byte 8."),
        (b'"\xed\xa0\x80"', "The body is not UTF-8 at byte 2."),
        (b'{"a": 1, "b": 2, "a": 3}', "The name 'a' occurs twice in one object."),
        (b'[{"x": {"a": 1, "a": 1}}]', "The name 'a' occurs twice in one object."),
        (rb'{"\ud800": 1, "\ud800": 2}', r"The name '\ud800' occurs twice in one object."),
        (b"[NaN]", "NaN is not JSON."),
        (b"[Infinity]", "Infinity is not JSON."),
        (b"[-Infinity]", "-Infinity is not JSON."),
        (b"[1e400]", "The body has a number that is too large."),
        (b"[-1e400]", "The body has a number that is too large."),
        (b"1" * 400 + b".5", "The body has a number that is too large."),
        (nested(MAX_DEPTH + 1), "The body is nested deeper than 32 levels."),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "The body is nested deeper than 32 levels."),
        (nested(400_000), "The body is nested deeper than 32 levels."),
        (b"[" * 1_000_000, "The body is nested deeper than 32 levels."),
    ],
)
def test_unsound_json_is_malformed(raw: bytes, detail: str) -> None:
    problem = refusal(raw)
    assert (problem.status, problem.code) == (400, "malformed-json")
    assert problem.detail == detail


@for_each(
    ("raw", "pointer", "message"),
    [
        (rb'{"a": ["x", "b\u0000"]}', "/a/1", NUL),
        (rb'{"a": "\ud800"}', "/a", NUL),
        (rb'{"a": "\uDFFFx"}', "/a", NUL),
        (rb'"\u0000"', "", NUL),
        (rb'{"a": {"\u0000": 1}}', "/a", NUL_NAME),
        (rb'{"\udead": 1}', "", NUL_NAME),
        (b'{"a": 9223372036854775808}', "/a", RANGE),
        (b'{"a": -9223372036854775809}', "/a", RANGE),
        (b"[" + b"9" * 10_000 + b"]", "/0", RANGE),
        (b"[-1e19]", "/0", RANGE),
        (b"[0.5, 98765432109876543210.5]", "/1", RANGE),
        (rb'{"a/b~c": "\u0000"}', "/a~1b~0c", NUL),
    ],
)
def test_what_cannot_be_stored_is_pointed_at(raw: bytes, pointer: str, message: str) -> None:
    problem = refusal(raw)
    assert (problem.status, problem.code) == (422, "invalid-value")
    assert list(problem.errors) == [{"in": "body", "pointer": pointer, "message": message}]


def test_each_fault_is_named() -> None:
    raw = json.dumps({"a": "\0", "b": [2**63, {"c": "\ud800"}]}).encode()
    errors: list[dict[str, Any]] = list(refusal(raw).errors)
    assert {error["pointer"] for error in errors} == {"/a", "/b/0", "/b/1/c"}


def test_many_names_are_read_in_reasonable_time() -> None:
    names = [f'"{number}": 1' for number in range(40_000)]
    problem = refusal(("{" + ", ".join([*names, '"39999": 2']) + "}").encode())
    assert problem.detail == "The name '39999' occurs twice in one object."


def test_more_values_than_anything_takes_are_not_even_read() -> None:
    problem = refusal(b'{"user_ids": [' + b"1," * 50_000 + b"1]}")
    assert (problem.status, problem.errors) == (
        422,
        [{"in": "body", "pointer": "", "message": "must not have more than 50000 values"}],
    )
