"""Rules for single values, and how they are enforced."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, make_dataclass
from typing import Annotated, Any, Literal, get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.kernel.errors import InvalidValue
from domain.kernel.values import (
    Between,
    Email,
    Items,
    Rule,
    Slug,
    Tag,
    Tags,
    Text,
    WebAddress,
    enforce,
    settle,
    slug_of,
)
from kit.about import for_each


def rule_of(hint: Any) -> Rule:
    rule = get_args(hint)[1]
    assert isinstance(rule, Rule)
    return rule


@for_each(
    ("rule", "value", "problem"),
    [
        (Text(3), "a", None),
        (Text(3), "abc", None),
        (Text(3), "", "must have 1 to 3 characters, and has 0"),
        (Text(3), "abcd", "must have 1 to 3 characters, and has 4"),
        (Text(5, min=2), "a", "must have 2 to 5 characters, and has 1"),
        (Text(3), " \t\n", "must not be blank"),
        (Text(3, min=0), "", None),
        (Text(3, min=0), "   ", None),
        (Text(9, pattern="[a-z]+", hint="must be letters"), "abc", None),
        (Text(9, pattern="[a-z]+", hint="must be letters"), "abc1", "must be letters"),
        (
            Text(9, pattern="[a-z]+", hint="must be letters"),
            "abc\n",
            "must not contain the control character U+000A (at character 4)",
        ),
        (Between(1, 5), 1, None),
        (Between(1, 5), 5, None),
        (Between(1, 5), 0, "must be from 1 to 5"),
        (Between(1, 5), 6, "must be from 1 to 5"),
        (Between(1, 5), math.nan, "must be from 1 to 5"),
        (Between(1, 5), math.inf, "must be from 1 to 5"),
        (Items(2), (), None),
        (Items(2), (1, 2), None),
        (Items(2), (1, 2, 3), "must have 0 to 2 items, and has 3"),
        (Items(2, min=1), [], "must have 1 to 2 items, and has 0"),
        (Items(2), (1, 1), None),
        (Items(2, unique=True), (1, 2), None),
        (Items(2, unique=True), (1, 1), "must not repeat an item"),
        (Items(2, unique=True), ["a", "a"], "must not repeat an item"),
        (Items(2, unique=True), {"a": 1, "b": 1}, None),
    ],
)
def test_a_rule_says_what_is_wrong(rule: Rule, value: object, problem: str | None) -> None:
    assert rule.problem(value) == problem


@pytest.mark.parametrize("email", ["ana@example.com", "a.b+c'd@x-1.co.uk", "a" * 64 + "@example.org"])
def test_email_addresses_that_are_taken(email: str) -> None:
    assert rule_of(Email).problem(email) is None


@for_each(
    "email",
    [
        *("ana", "@example.com", "ana@", "ana@example", "ana@example..com", "ana@-x.com", "ana@x-.com", "ana@x@y.com"),
        *("a b@x.com", "ana@x.com ", "ána@x.com", "a" * 65 + "@example.org"),
    ],
)
def test_email_addresses_that_are_refused(email: str) -> None:
    assert rule_of(Email).problem(email) == "must be an e-mail address such as ana@example.com"


def test_email_addresses_have_at_most_254_characters() -> None:
    longest = "a" * 64 + "@" + "b" * 185 + ".com"
    assert rule_of(Email).problem(longest) is None
    assert rule_of(Email).problem(longest + "m") == "must have 1 to 254 characters, and has 255"


@for_each("hint", [Slug, Tag])
@for_each(("value", "fits"), [("a", True), ("osha-1910", True), ("A", False), ("-a", False)])
def test_slugs_and_tags_are_lower_case_words_joined_by_single_hyphens(hint: Any, value: str, fits: bool) -> None:
    assert (rule_of(hint).problem(value) is None) is fits
    assert rule_of(hint).problem("a--b") == "must be lower-case letters, digits and single hyphens"


@for_each(
    ("address", "fits"),
    [
        ("https://www.osha.gov/x?y=1#z", True),
        ("http://localhost:8000", True),
        ("ftp://osha.gov", False),
        ("javascript:alert(1)", False),
        ("https:///path", False),
        ("https://osha.gov/a b", False),
    ],
)
def test_web_addresses_are_http_or_https(address: str, fits: bool) -> None:
    assert (rule_of(WebAddress).problem(address) is None) is fits


@dataclass
class Sample:
    name: Annotated[str, Text(5)] = "x"
    nick: Annotated[str, Text(5)] | None = None
    tags: Tags = ()
    pairs: tuple[tuple[Annotated[int, Between(0, 9)], ...], ...] = ()
    note: str = ""
    either: int | str = 0


def test_values_that_keep_the_rules_pass() -> None:
    enforce(Sample("Ana", "A", ("osha", "annual"), ((1, 2), (3,)), "anything " * 1000))


@for_each(
    ("changes", "field"),
    [
        ({"name": ""}, ("name",)),
        ({"nick": "too long"}, ("nick",)),
        ({"tags": ("ok", "Not ok")}, ("tags", 1)),
        ({"tags": ("ok", "ok")}, ("tags",)),
        ({"pairs": ((1,), (2, 10))}, ("pairs", 1, 1)),
        ({"name": "", "nick": ""}, ("name",)),
    ],
)
def test_the_first_value_that_breaks_a_rule_is_named_by_its_path(changes: Any, field: tuple[str | int, ...]) -> None:
    with pytest.raises(InvalidValue) as refusal:
        enforce(Sample(**changes))
    assert refusal.value.field == field


@given(limits=st.tuples(st.integers(0, 6), st.integers(0, 6)).map(sorted), value=st.text(max_size=8))
def test_no_text_passes_that_its_rule_refuses(limits: list[int], value: str) -> None:
    assert_enforced_exactly(Text(limits[1], min=limits[0], pattern="[a-z ]*", hint="must be letters"), str, value)


@given(
    form=st.sampled_from(["line", "lines", "as_typed"]),
    least=st.integers(0, 2),
    value=st.text(st.sampled_from("ab.  \t\n\r\v\0\x1f\x7f\x85é\u200b\u202e\ufffd"), max_size=7),
)
def test_a_text_that_is_settled_is_normal_and_breaks_no_rule(
    form: Literal["line", "lines", "as_typed"], least: int, value: str
) -> None:
    rule = Text(6, min=least, pattern="[^.]*", hint="must not have a stop", form=form)
    kept, problem = settle(rule, value)
    assert kept == rule.normal(value) == rule.normal(kept)
    assert (problem is None) == (rule.problem(kept) is None)
    assert problem is not None or not set(kept) & set(".\0\x1f\x7f\u202e") or form == "as_typed"


@given(
    limits=st.tuples(st.integers(-9, 9), st.integers(-9, 9)).map(sorted),
    value=st.floats(-12, 12) | st.just(math.nan) | st.integers(-12, 12),
)
def test_no_number_passes_that_its_rule_refuses(limits: list[int], value: float) -> None:
    assert_enforced_exactly(Between(limits[0], limits[1]), float, value)


@given(limits=st.tuples(st.integers(0, 4), st.integers(0, 4)).map(sorted), value=st.lists(st.integers(0, 3)).map(tuple))
def test_no_collection_passes_that_its_rule_refuses(limits: list[int], value: tuple[int, ...]) -> None:
    assert_enforced_exactly(Items(limits[1], min=limits[0], unique=True), tuple[int, ...], value)


def assert_enforced_exactly(rule: Rule, base: Any, value: Any) -> None:
    subject = make_dataclass("Subject", [("value", Annotated[base, rule] | None)])(value)
    kept, problem = settle(rule, value)
    if problem is None:
        enforce(subject)
        assert subject.value == kept or (kept != kept and subject.value is kept)
    else:
        with pytest.raises(InvalidValue) as refusal:
            enforce(subject)
        assert (str(refusal.value), refusal.value.field) == (problem, ("value",))


@for_each(
    ("title", "slug"),
    [
        ("Bloodborne Pathogens", "bloodborne-pathogens"),
        ("  HIPAA: 45 CFR § 164 -- basics! ", "hipaa-45-cfr-164-basics"),
        ("Café à la carte", "cafe-a-la-carte"),
        ("a" * 79 + " b", "a" * 79),
        ("a" * 100, "a" * 80),
    ],
)
def test_a_slug_is_made_from_a_title(title: str, slug: str) -> None:
    assert slug_of(title) == slug


@for_each("title", ["", "   ", "---", "日本語"])
def test_a_title_without_latin_letters_or_digits_makes_no_slug(title: str) -> None:
    with pytest.raises(InvalidValue, match=re.escape("cannot be made from this title; give one")) as refusal:
        slug_of(title)
    assert refusal.value.field == ("slug",)


@given(st.text(max_size=200))
def test_what_is_made_from_a_title_is_always_a_valid_slug(title: str) -> None:
    try:
        slug = slug_of(title)
    except InvalidValue:
        assume(False)
    else:
        assert rule_of(Slug).problem(slug) is None
