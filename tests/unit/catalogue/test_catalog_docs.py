"""Files of modules are read as docs/catalog-files.md says: with each key that it names, without the optional ones."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from adapters.files.catalog import CatalogProblem, read_catalog
from application.catalogue.files.commands import LoadModule
from domain.catalogue.completion_rules import USUAL_RULES, USUAL_TERMS
from domain.catalogue.sections import Attestation, Document, Quiz, Video

DOCUMENT = (Path(__file__).parents[3] / "docs" / "catalog-files.md").read_text(encoding="utf-8")
EXAMPLE, QUIZ = (block.removesuffix("\n") for block in re.findall(r"````markdown\n(.*?)````", DOCUMENT, re.DOTALL))
FRONT_MATTER = EXAMPLE.split("---\n")[1].splitlines()
NEEDED = ("slug", "title", "summary", "tags")
OPTIONAL = ("citation", "estimated_minutes", "rules", "evidence")


def read(folder: Path, content: str) -> LoadModule:
    (folder / "bloodborne-pathogens.md").write_text(content, encoding="utf-8")
    (module,) = read_catalog(folder)
    return module


def without(key: str) -> str:
    """The example without a key of its front matter and what stands under it."""
    kept, left_out = [], False
    for line in FRONT_MATTER:
        if not line.startswith(" "):
            left_out = line.startswith(f"{key}:")
        if not left_out:
            kept.append(line)
    return str(EXAMPLE).replace("\n".join(FRONT_MATTER), "\n".join(kept))


def table(*header: str) -> list[list[str]]:
    """The rows of the table with these words in its header, as cells."""
    lines = DOCUMENT.splitlines()
    start = lines.index(f"| {' | '.join(header)} |") + 2
    end = lines.index("", start)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start:end]]


def words(cell: str) -> list[str]:
    return [str(word) for word in re.findall(r"`([^`]+)`", cell)]


def test_the_example_is_read(tmp_path: Path) -> None:
    module = read(tmp_path, EXAMPLE)
    assert (module.estimated_minutes, module.rules.pass_mark, module.evidence.valid_months) == (60, 80, 12)
    assert [type(section.content).__name__ for section in module.sections] == [
        "Lesson", "Document", "Quiz", "Attestation",
    ]  # fmt: skip


def test_the_example_names_every_key_of_the_front_matter() -> None:
    named = {line.partition(":")[0] for line in FRONT_MATTER if not line.startswith(" ")}
    assert named == {*NEEDED, *OPTIONAL}
    told = {line.partition(":")[0] for line in FRONT_MATTER if "# optional" in line}
    assert told == set(OPTIONAL)


@pytest.mark.parametrize("key", OPTIONAL)
def test_what_is_optional_may_be_left_out(tmp_path: Path, key: str) -> None:
    module = read(tmp_path, without(key))
    usual: dict[str, Any] = {"citation": None, "estimated_minutes": None, "rules": USUAL_RULES, "evidence": USUAL_TERMS}
    assert getattr(module, key) == usual[key]


@pytest.mark.parametrize("key", NEEDED)
def test_what_is_not_optional_is_asked_for(tmp_path: Path, key: str) -> None:
    with pytest.raises(CatalogProblem, match=f"the key '{key}' is missing"):
        read(tmp_path, without(key))


SETTINGS = [(key, default) for (cell, _, default) in table("key", "meaning", "default") for key in words(cell)]


@pytest.mark.parametrize(("key", "default"), SETTINGS)
def test_each_rule_and_term_is_read_alone_and_has_its_default(tmp_path: Path, key: str, default: str) -> None:
    group, name = key.split(".")
    usual = asdict(USUAL_RULES if group == "rules" else USUAL_TERMS)
    assert str(usual[name]).lower() == words(default)[0] if words(default) else usual[name] is None
    value = "false" if isinstance(usual[name], bool) else "7"
    start = without(group).split("\n", 1)[1]
    module = read(tmp_path, f"---\n{group}: {{{name}: {value}}}\n{start}")
    assert asdict(getattr(module, group)) == {**usual, name: False if value == "false" else 7}


def test_all_settings_are_documented() -> None:
    told = {key for key, _ in SETTINGS}
    assert told == {f"rules.{name}" for name in asdict(USUAL_RULES)} | {
        f"evidence.{name}" for name in asdict(USUAL_TERMS)
    }


FURTHER = {
    "single_choice": {"options": "{a: Yes, b: No}", "correct": "a"},
    "multiple_choice": {"options": "{a: Yes, b: No}", "correct": "[a, b]"},
    "true_false": {"correct": "true"},
    "short_text": {"accepted": "[ECP]", "case_sensitive": "true"},
    "numeric": {"value": "3", "tolerance": "0.5", "unit": "mg"},
    "ordering": {"items": "{a: First, b: Second}", "correct": "[a, b]"},
    "matching": {"left": "{a: A, b: B}", "right": "{x: X, y: Y}", "correct": "{a: x, b: y}"},
}
KINDS = [
    (kind, words(re.sub(r"\([^)]*\)", "", keys)))
    for (cell, keys) in table("kind", "further keys")
    for kind in words(cell)
]


@pytest.mark.parametrize(("kind", "keys"), KINDS)
def test_each_kind_of_question_is_read_with_all_its_keys(tmp_path: Path, kind: str, keys: list[str]) -> None:
    assert keys == list(FURTHER[kind])
    lines = [f"- kind: {kind}", "  prompt: What?", "  points: 2", "  explanation: Because."]
    lines += [f"  {key}: {value}" for key, value in FURTHER[kind].items()]
    module = read(tmp_path, EXAMPLE + "\n\n## More\n\n```yaml quiz\n" + "\n".join(lines) + "\n```\n")
    (question,) = module.sections[-1].questions
    assert (question.metadata.kind, question.points, question.explanation) == (kind, 2, "Because.")


def quiz(*lines: str) -> str:
    return str(EXAMPLE) + "\n\n## More\n\n```yaml quiz\n" + "\n".join(lines) + "\n```\n"


OPTIONAL_KEYS = {
    (kind, key)
    for cell, keys in table("kind", "further keys")
    for kind in words(cell)
    for key in re.findall(r"`(\w+)` \(optional", keys)
}


@pytest.mark.parametrize(("kind", "key"), [(kind, key) for kind, keys in KINDS for key in keys])
def test_each_key_of_a_question_may_be_left_out_only_if_it_is_optional(tmp_path: Path, kind: str, key: str) -> None:
    kept = [f"  {name}: {value}" for name, value in FURTHER[kind].items() if name != key]
    content = quiz(f"- kind: {kind}", "  prompt: What?", *kept)
    if (kind, key) in OPTIONAL_KEYS:
        assert read(tmp_path, content).sections[-1].questions
    else:
        with pytest.raises(CatalogProblem, match=f"the key '{key}' is missing"):
            read(tmp_path, content)


def known(folder: Path, content: str) -> set[str]:
    """The keys that the reader knows where the content has the key `mystery`, as the message says."""
    with pytest.raises(CatalogProblem) as refused:
        read(folder, content)
    found = re.search(r"unknown key 'mystery'; the keys here are ([\w, ]+)", str(refused.value))
    assert found
    return set(found[1].split(", "))


def test_the_reader_knows_the_documented_keys_and_no_others(tmp_path: Path) -> None:
    start = EXAMPLE.split("\n", 1)[1]
    assert known(tmp_path, f"---\nmystery: 1\n{start}") == {*NEEDED, *OPTIONAL}
    for group in ("rules", "evidence"):
        rest = without(group).split("\n", 1)[1]
        told = {key.removeprefix(f"{group}.") for key, _ in SETTINGS if key.startswith(f"{group}.")}
        assert known(tmp_path, f"---\n{group}: {{mystery: 1}}\n{rest}") == told
    for kind, keys in KINDS:
        content = quiz(f"- kind: {kind}", "  prompt: What?", "  mystery: 1")
        assert known(tmp_path, content) == {"kind", "prompt", "points", "explanation", *keys}
    assert known(tmp_path, quiz("mystery: 1", "questions: []")) == {*SETTING_LINES, "questions"}
    for block, keys in re.findall(r"`(document|video|attestation)` \(([^)]*)\)", DOCUMENT):
        content = f"{EXAMPLE}\n\n## More\n\n```yaml {block}\nmystery: 1\n```\n"
        assert known(tmp_path, content) == set(words(keys))


def test_every_kind_of_question_is_documented() -> None:
    assert [kind for kind, _ in KINDS] == list(FURTHER)


SETTING_LINES = [line.partition(":")[0] for line in QUIZ.splitlines() if re.match(r"[a-z_]+:.*#", line)]


@pytest.mark.parametrize("left_out", ["", *SETTING_LINES])
def test_each_setting_of_a_quiz_may_be_left_out(tmp_path: Path, left_out: str) -> None:
    kept = [line for line in QUIZ.splitlines() if not left_out or not line.startswith(f"{left_out}:")]
    fewer = "\n".join(kept).replace("draw: 10", "draw: 1")
    quiz = read(tmp_path, f"{EXAMPLE}\n\n## More\n\n{fewer}\n").sections[-1].content
    full = Quiz("", 1, True, 900, True, 25, "after_passing")
    assert isinstance(quiz, Quiz)
    for name in SETTING_LINES:
        assert getattr(quiz, name) == getattr(Quiz() if name == left_out else full, name)


def test_all_settings_are_shown_with_the_default_of_feedback() -> None:
    assert {*SETTING_LINES, "description", "kind"} == set(asdict(Quiz()))
    assert "after_passing (the default)" in QUIZ
    assert Quiz().feedback == "after_passing"


@pytest.mark.parametrize(
    ("block", "keys", "expected"),
    [
        ("document", "url: https://example.com/a", Document("https://example.com/a", "Read.")),
        (
            "video",
            "url: https://example.com/a\nduration_seconds: 60",
            Video("https://example.com/a", 60, "Read."),
        ),
        ("attestation", "statement: I have.", Attestation("I have.", "Read.")),
    ],
)
def test_each_block_is_read(tmp_path: Path, block: str, keys: str, expected: object) -> None:
    told = re.search(rf"`{block}` \(([^)]*)\)", DOCUMENT)
    assert told is not None
    assert words(told[1]) == [line.partition(":")[0] for line in keys.splitlines()]
    module = read(tmp_path, f"{EXAMPLE}\n\n## More\n\nRead.\n\n```yaml {block}\n{keys}\n```\n")
    assert module.sections[-1].content == expected
