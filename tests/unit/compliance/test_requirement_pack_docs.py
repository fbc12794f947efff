"""Files of requirements are read as docs/requirement-packs.md says: with each key that it names, and no others."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args

import pytest

from adapters.files.requirement_packs import MAX_DEPTH, PackProblem
from adapters.files.yaml_nodes import compose, plain
from domain.compliance.audience_clauses import Order
from domain.compliance.audience_facts import Field
from domain.compliance.citations import Basis, LegalSource
from domain.compliance.fulfillment import CategoryHours, CourseSet, Expiry, Fulfillment, Needs
from domain.compliance.permitted_relief import ReliefPermitted
from domain.compliance.requirement import RunningCycles
from domain.compliance.rule_retention import Retention, RetentionFrom
from domain.compliance.schedule import Anchor, FirstDue, Guards, Repeats
from domain.compliance.terms import Terms
from domain.compliance.written_requirements import WrittenRequirement
from kit.about import for_each
from kit.packs import read_pack

DOCUMENT = (Path(__file__).parents[3] / "docs" / "requirement-packs.md").read_text(encoding="utf-8")
EXAMPLE, AUDIENCE = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
(SHOWN,) = plain(compose(EXAMPLE, 1, MAX_DEPTH))["requirements"]
NEEDED_TERMS = ("audience", "fulfillment", "first_due")
NEEDED = ("code", "title", "note", "terms", *(f"terms.{name}" for name in NEEDED_TERMS))


def read(folder: Path, rule: dict[str, Any]) -> WrittenRequirement:
    """The requirement, written as JSON, which is YAML too."""
    (found,) = read_pack(folder, json.dumps({"requirements": [rule]}))
    return found


def example() -> dict[str, Any]:
    """The example as plain data."""
    rule: dict[str, Any] = deepcopy(SHOWN)
    return rule


def with_terms(**terms: Any) -> dict[str, Any]:
    """The example with nothing that is optional but these terms."""
    rule = {name: value for name, value in SHOWN.items() if name in NEEDED}
    return {**rule, "terms": {**{name: SHOWN["terms"][name] for name in NEEDED_TERMS}, **terms}}


def table(*header: str) -> list[list[str]]:
    """The rows of the table with these words in its header, as cells."""
    lines = DOCUMENT.splitlines()
    start = lines.index(f"| {' | '.join(header)} |") + 2
    end = lines.index("", start) if "" in lines[start:] else len(lines)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start:end]]


def words(cell: str) -> list[str]:
    return [str(word) for word in re.findall(r"`([^`]+)`", re.sub(r"\([^)]*\)", "", cell))]


def optional(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)` \(optional", cell))


def test_the_example_is_read_and_names_every_key(tmp_path: Path) -> None:
    (found,) = read_pack(tmp_path, EXAMPLE)
    assert (found.code, found.transition_days, found.terms.notice_days) == ("osha_bloodborne_pathogens", 30, 30)
    rule = example()
    assert {*rule} == {each.name for each in fields(WrittenRequirement)}
    assert {*rule["terms"]} == {each.name for each in fields(Terms)}
    assert {*rule["terms"]["citation"]} == {each.name for each in fields(LegalSource)}
    assert read(tmp_path, rule) == found


def test_each_key_of_the_example_may_be_left_out_only_if_it_is_optional(tmp_path: Path) -> None:
    told = set(re.findall(r"^ {2,4}(\w+):.*# optional", EXAMPLE, re.MULTILINE))
    for path in [*example(), *(f"terms.{name}" for name in example()["terms"])]:
        rule = example()
        holder, name = (rule["terms"], path[6:]) if path.startswith("terms.") else (rule, path)
        del holder[name]
        assert (name in told) == (path not in NEEDED), path
        if path in NEEDED:
            with pytest.raises(PackProblem, match=f"{path}: is missing"):
                read(tmp_path, rule)
        else:
            read(tmp_path, rule)


def test_the_page_has_the_defaults() -> None:
    usual: dict[str, Any] = {each.name: each.default for each in (*fields(WrittenRequirement), *fields(Terms))}
    assert "take or next (the default)" in EXAMPLE
    assert (usual["running"], usual["transition_days"], usual["notice_days"]) == (RunningCycles.NEXT, 0, 30)
    assert usual["repeats"].kind == "never"
    (told,) = re.findall(r"optional: (\w+), (\w+) or (\w+) \(the default\)", EXAMPLE)
    assert {*told} == {*RunningCycles}


VALUES: dict[str, Any] = {
    "initial": {"modules": ["infection-control"], "needs": "any", "spread_days": 30},
    "renewal": {"modules": ["bloodborne-pathogens"]},
    "type": "basic_life_support",
    "expiry": "rule",
    "hours": 8,
    "categories": ["a", "b"],
    "minima": [{"category": "a", "hours": 2}],
    "caps": [{"category": "b", "hours": 7.5}],
    "live": 4,
    "anchor": "hire",
    "days": 7,
    "day": "2026-06-01",
    "name": "license_expires",
    "task": "take_radiographs",
    "months": 24,
    "window_days": 30,
    "first_day": "2026-07-01",
}
KINDS = [
    (part, kind, words(keys), optional(keys))
    for part in ("fulfillment", "first_due", "repeats")
    for (cell, keys) in table(f"kind of `{part}`", "keys")
    for kind in words(cell)
]


def of_kind(part: str, kind: str, keys: list[str]) -> dict[str, Any]:
    """A requirement whose part is of this kind and has these keys, and otherwise fits it."""
    made = {"kind": kind, **{key: VALUES[key] for key in keys}}
    fitting: dict[str, Any] = {}
    if kind == "credential":
        fitting["repeats"] = {"kind": "after_completion", "months": 12}
    if part == "first_due" and kind == "at_period_end":
        fitting["repeats"] = {"kind": "each_period", "first_day": "2026-01-01"}
    return with_terms(**fitting, **{part: made})


@for_each(("part", "kind", "keys", "may_lack"), KINDS)
def test_each_kind_is_read_with_its_keys_and_without_the_optional_ones(
    tmp_path: Path, part: str, kind: str, keys: list[str], may_lack: set[str]
) -> None:
    made = getattr(read(tmp_path, of_kind(part, kind, keys)).terms, part)
    assert made.kind == kind
    assert {each.name for each in fields(made)} == {"kind", *keys}
    assert {each.name for each in fields(made) if each.default is not MISSING} == {"kind", *may_lack}
    for key in keys:
        fewer = of_kind(part, kind, [each for each in keys if each != key])
        if key in may_lack:
            read(tmp_path, fewer)
        else:
            with pytest.raises(PackProblem, match=f"{part}.{key}: is missing"):
                read(tmp_path, fewer)


def test_every_kind_is_documented() -> None:
    for part, union in (("fulfillment", Fulfillment), ("first_due", FirstDue), ("repeats", Repeats)):
        members = [{each.name: each.default for each in fields(cls)} for cls in get_args(get_args(union)[0])]
        assert [kind for each, kind, _, _ in KINDS if each == part] == [member["kind"] for member in members]
    sets = DOCUMENT[DOCUMENT.index("`initial` and `renewal` have") :].partition("\n\n")[0].replace("\n", " ")
    assert {each.name for each in fields(CourseSet)} <= {*re.findall(r"`(\w+)`", sets)}
    assert {each.name for each in fields(CategoryHours)} <= {*re.findall(r"`(\w+)`", sets)}


SETTINGS = [(key, default) for cell, _, default in table("key", "meaning", "default") for key in words(cell)]
GROUPS = {"guards": Guards, "relief": ReliefPermitted, "retention": Retention, "citation": LegalSource}


@for_each(("key", "default"), SETTINGS)
def test_each_setting_has_its_default(tmp_path: Path, key: str, default: str) -> None:
    group, name = key.split(".")
    usual = next(each.default for each in fields(GROUPS[group]) if each.name == name)
    if default == "required":
        assert usual is MISSING
    else:
        assert str(usual).lower() == words(default)[0] if words(default) else usual is None
    given = {"years": 7, "counted_from": "employment_end", "text": "Law", "basis": "statute", "jurisdiction": "TX"}
    value = given.get(name, "2026-01-01" if name == "verified_on" else "https://example.com" if name == "source" else 7)
    if isinstance(usual, bool):
        value = not usual
    found = read(tmp_path, with_terms(**{group: {**SHOWN["terms"][group], name: value}})).terms
    assert str(getattr(getattr(found, group), name)) == str(value)


def test_all_settings_and_their_values_are_documented() -> None:
    assert [key for key, _ in SETTINGS] == [
        f"{group}.{each.name}" for group, cls in GROUPS.items() for each in fields(cls)
    ]
    for values in (RetentionFrom, Basis, Anchor, Expiry, Needs):
        assert all(f"`{value}`" in DOCUMENT for value in values), values


def test_the_audience_of_the_page_is_read_and_all_facts_are_named(tmp_path: Path) -> None:
    content = f"{EXAMPLE.partition('  terms:')[0]}  terms:\n" + re.sub("^", "    ", AUDIENCE, flags=re.MULTILINE)
    rest = EXAMPLE[EXAMPLE.index("    fulfillment:") :]
    assert read_pack(tmp_path, f"{content.rstrip()}\n{rest}")
    told = DOCUMENT[DOCUMENT.index("The fields are") :].partition("\n\n")[0]
    assert {f"`{each}`" for each in (*Field, *Order)} <= {*re.findall(r"`\w+`", told)}
