"""Reading the catalogue from Markdown files: what they say, and what is wrong with them, by file and line."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files.catalog import CatalogProblem, read_catalog
from application.catalogue.files.commands import LoadModule
from application.catalogue.modules.commands import NewQuestion, NewSection
from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.questions import TrueFalse
from domain.catalogue.sections import Attestation, Document, Lesson, Quiz, Video
from kit.random_examples import times

FRONT = """\
---
slug: sharps
title: Handling sharps
summary: How to handle sharps.
tags: [osha, annual]
citation: 29 CFR 1910.1030
estimated_minutes: 30
---
"""
LESSON = "## Rules\nNever recap by hand.\n"


def quiz(questions: str) -> str:
    return f"{FRONT}\n## Check\n```yaml quiz\n{dedent(questions).strip()}\n```\n"


Read = Callable[[str | bytes], LoadModule]
Problems = Callable[[str | bytes], list[tuple[int, str]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_file(content: str | bytes) -> LoadModule:
        (tmp_path / "sharps.md").write_bytes(content if isinstance(content, bytes) else content.encode())
        [module] = read_catalog(tmp_path)
        return module

    return read_file


@pytest.fixture
def problems(read: Read) -> Problems:
    def problems_of(content: str | bytes) -> list[tuple[int, str]]:
        with pytest.raises(CatalogProblem) as refusal:
            read(content)
        assert {problem.file.name for problem in refusal.value.problems} == {"sharps.md"}
        return [(problem.line, problem.message) for problem in refusal.value.problems]

    return problems_of


def test_a_module_is_read_whole_and_is_to_be_published(read: Read) -> None:
    assert read(FRONT + LESSON) == LoadModule(
        slug="sharps",
        title="Handling sharps",
        summary="How to handle sharps.",
        tags=("osha", "annual"),
        citation="29 CFR 1910.1030",
        estimated_minutes=30,
        sections=(NewSection("Rules", Lesson("Never recap by hand.")),),
        publish=True,
    )


def with_keys(*lines: str) -> str:
    """A module whose front matter has these lines at its end, from line 8 on."""
    return FRONT.removesuffix("---\n") + "\n".join(lines) + "\n---\n" + LESSON


def test_rules_and_evidence_are_read(read: Read) -> None:
    module = read(
        with_keys(
            "rules:",
            "  sections_in_order: false",
            "  minimum_minutes: 20",
            "  pass_mark: 90",
            "  attempts_allowed: 3",
            "  wait_minutes: 10",
            "evidence: {valid_months: 12, retention_years: 3, credit_hours: 1.5}",
        )
    )
    assert module.rules == CompletionRules(False, 20, 90, 3, 10)
    assert module.evidence == EvidenceTerms(12, 3, 1.5)


def test_what_rules_leave_out_is_as_usual(read: Read) -> None:
    module = read(with_keys("rules: {pass_mark: 70}", "evidence: {}"))
    assert (module.rules, module.evidence) == (CompletionRules(pass_mark=70), EvidenceTerms())


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["rules: {pass_mark: 101}"], [(8, "rules.pass_mark: must be from 0 to 100")]),
        (["rules:", "  pass_mark: 80", "  wait_minutes: soon"], [(10, "rules.wait_minutes: must be a whole number")]),
        (["rules: {sections_in_order: 'no'}"], [(8, "rules.sections_in_order: must be true or false, without quotes")]),
        (["evidence: {retention_years: 0}"], [(8, "evidence.retention_years: must be from 1 to 50")]),
        (["evidence: {credit_hours: many}"], [(8, "evidence.credit_hours: must be a number")]),
        (
            ["rules: {pass_mark: x, minimum_minutes: y}", "evidence: {valid_months: 121}"],
            [
                (8, "rules.pass_mark: must be a whole number"),
                (8, "rules.minimum_minutes: must be a whole number"),
                (9, "evidence.valid_months: must be from 1 to 120"),
            ],
        ),
    ],
)
def test_what_is_wrong_with_rules_and_evidence(
    problems: Problems, lines: list[str], found: list[tuple[int, str]]
) -> None:
    assert problems(with_keys(*lines)) == found


def test_an_unknown_rule_is_named(problems: Problems) -> None:
    [(line, message)] = problems(with_keys("rules: {pass_marks: 80}"))
    assert (line, message[:32]) == (8, "rules: unknown key 'pass_marks';")


def test_rules_are_a_mapping(problems: Problems) -> None:
    [(line, message)] = problems(with_keys("rules: strict"))
    assert (line, message[:7]) == (8, "rules: ")


def test_modules_come_in_the_order_of_their_files(tmp_path: Path) -> None:
    for slug in ("b", "a", "c"):
        (tmp_path / f"{slug}.md").write_text(FRONT.replace("sharps", slug) + LESSON)
    (tmp_path / "notes.txt").write_text("not a module")
    assert [module.slug for module in read_catalog(tmp_path)] == ["a", "b", "c"]


@pytest.mark.parametrize("change", [lambda s: "\ufeff" + s, lambda s: s.replace("\n", "\r\n"), str.rstrip])
def test_marks_of_other_editors_make_no_difference(read: Read, change: Callable[[str], str]) -> None:
    source = FRONT + LESSON
    assert read(change(source)) == read(source)


def test_a_lesson_keeps_its_markdown_as_written(read: Read) -> None:
    markdown = dedent("""\
            an indented line

        ### Deeper   heading ###

        | a | b |
        |---|---|
        * **bold**  \t
          > ## quoted, not a section

        ````text
        ## not a section either
        ```yaml quiz
        ````
        <!--
        # nor a heading
        -->

        last &amp; line""")
    module = read(f"{FRONT}\n## One *two* ##\n\n  \n{markdown}\n\n\n## Three\nx\n")
    assert module.sections == (NewSection("One *two*", Lesson(markdown)), NewSection("Three", Lesson("x")))


def test_blocks_make_sections_of_other_kinds_and_the_text_before_them_describes(read: Read) -> None:
    module = read(
        FRONT
        + dedent("""\
        ## Read
        Look at *this*.

        And that.

        ```yaml document
        url: https://www.ecfr.gov/current
        ```

        ## Watch
        ~~~~ yaml  video
        url: https://videos.example.com/1
        duration_seconds: 90
        ~~~~
        ## Sign
        Read first.
        ```yaml attestation
        statement: >
          I have read this
          and will follow it.
        ```
        """)
    )
    assert [section.content for section in module.sections] == [
        Document("https://www.ecfr.gov/current", "Look at *this*.\n\nAnd that."),
        Video("https://videos.example.com/1", 90),
        Attestation("I have read this and will follow it.", "Read first."),
    ]


def test_points_and_explanation_are_read_and_the_text_above_describes_the_quiz(read: Read) -> None:
    source = quiz("""
        - kind: true_false
          prompt: |
            Gloves stop
            needles.
          correct: no
          points: 3
          explanation: No glove does.
        """)
    [section] = read(source.replace("## Check\n", "## Check\n\nTake your time.\n")).sections
    assert section.content == Quiz("Take your time.")
    assert section.questions == (NewQuestion("Gloves stop\nneedles.", TrueFalse(False), 3, "No glove does."),)


SETTINGS = """
    draw: 1
    shuffle: true
    time_limit_seconds: 900
    partial_credit: true
    wrong_answer_penalty: 25
    feedback: after_passing
    questions:
    - kind: true_false
      prompt: Gloves stop needles.
      correct: false
    """


def test_a_quiz_may_have_settings(read: Read) -> None:
    [section] = read(quiz(SETTINGS).replace("## Check\n", "## Check\n\nTake your time.\n")).sections
    assert section.content == Quiz("Take your time.", 1, True, 900, True, 25, "after_passing")
    assert section.questions == (NewQuestion("Gloves stop needles.", TrueFalse(False)),)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("draw: 1", "draw: 2", 12, "draw: must not exceed the number of questions, 1"),
        ("draw: 1", "draw: 0", 12, "draw: must be from 1 to 200"),
        ("draw: 1", "draw: all", 12, "draw: must be a whole number"),
        ("true", "yes please", 13, "shuffle: must be true or false, without quotes"),
        ("900", "9", 14, "time_limit_seconds: must be from 10 to 86400"),
        ("25", "101", 16, "wrong_answer_penalty: must be from 0 to 100"),
        (
            "after_passing",
            "later",
            17,
            "feedback: must be one of never, after_submission, after_passing, and is 'later'",
        ),
        ("shuffle", "mix", 13, "unknown key 'mix'; the keys here are draw, shuffle, time_limit_seconds"),
        ("correct: false", "correct: no idea", 21, "correct: must be true or false, without quotes"),
    ],
)
def test_what_is_wrong_with_settings_is_said_with_its_line(
    problems: Problems, old: str, new: str, line: int, message: str
) -> None:
    [(found, said)] = problems(quiz(SETTINGS.replace(old, new, 1)))
    assert (found, said[: len(message)]) == (line, message)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("slug: sharps", "slug: other", 2, "slug: must equal the name of the file, 'sharps'"),
        ("title: Handling sharps\n", "", 2, "the key 'title' is missing"),
        ("summary: How to handle sharps.\n", "", 2, "the key 'summary' is missing"),
        ("title: Handling sharps", "title:", 3, "title: must have 1 to 255 characters, and has 0"),
        ("title: Handling sharps", "title: [a]", 3, "title: must be text"),
        ("title: Handling sharps", 'title: "\\0"', 3, "title: has the character U+0000, which is not text"),
        ("title: Handling sharps", 'title: "\\ud800"', 3, "title: has the character U+D800, which is not text"),
        ("title: Handling", "title: a: b", 3, "is not YAML: mapping values are not allowed here"),
        ("[osha, annual]", "osha", 5, "tags: must be a list"),
        ("[osha, annual]", "[osha, {a: b}]", 5, "tags.1: must be text"),
        ("[osha, annual]", "\n- osha\n- An Nual", 7, "tags.1: must be lower-case letters, digits and single hyphens"),
        ("[osha, annual]", "[osha, osha]", 5, "tags: must not repeat an item"),
        ("citation: ", "cites: ", 6, "unknown key 'cites'; the keys here are slug, title,"),
        ("estimated_minutes: 30", "estimated_minutes: half", 7, "estimated_minutes: must be a whole number"),
        ("estimated_minutes: 30", "estimated_minutes: '30'", 7, "estimated_minutes: must be a whole number"),
        ("estimated_minutes: 30", "estimated_minutes: 1441", 7, "estimated_minutes: must be from 1 to 1440"),
        ("citation: 29", "title: 29", 6, "the key 'title' occurs twice"),
        ("title: Handling", "title: &a Handling", 3, "is not YAML: anchors and aliases (& and *) are not supported"),
        ("title: Handling", "title: *a", 3, "is not YAML: anchors and aliases (& and *) are not supported"),
        ("title: Handling", "title: !!str Handling", 3, "is not YAML: tags (!) are not supported"),
        ("title: Handling", "? [a]\n: Handling", 3, "must be text"),
        (FRONT[4:-4], "", 2, "there are no keys or values here"),
        (FRONT[4:-4], "- a\n", 2, "must be a mapping of keys to values"),
        (FRONT, "", 1, "has no front matter; begin with a line of '---'"),
        (FRONT, "\n" + FRONT, 1, "has no front matter; begin with a line of '---'"),
        ("30\n---\n", "30\n", 1, "has no front matter; begin with a line of '---'"),
        (LESSON, "", 0, "has no section; begin each with a '##' heading"),
        (LESSON, "only text", 0, "has no section; begin each with a '##' heading"),
        (LESSON, "\n\nWelcome.\n" + LESSON, 11, "text before the first '##' heading belongs to no section"),
        ("recap", "recap\n# Title\n", 11, "the title belongs in the front matter"),
        ("recap", "recap\n\n- # Title\n", 12, "the title belongs in the front matter"),
        ("recap", "recap\n-----\n", 10, "a line of = or - under text makes a heading"),
        ("## Rules", "##", 9, "title: must have 1 to 255 characters, and has 0"),
        ("Rules", "x" * 256, 9, "title: must have 1 to 255 characters, and has 256"),
        ("Never recap by hand.", "  ", 9, "markdown: must have 1 to 100000 characters, and has 0"),
        ("Never", "Never\n\x07", 11, "has the character U+0007, which is not text"),
        ("Never", "Never\u2028", 10, "has the character U+2028, which is not text"),
    ],
)
def test_what_is_wrong_with_a_module_is_said_with_its_line(
    problems: Problems, old: str, new: str, line: int, message: str
) -> None:
    source = FRONT + LESSON
    assert old in source
    found_line, found = problems(source.replace(old, new))[0]
    assert (found_line, found[: len(message)]) == (line, message)


@pytest.mark.parametrize(
    ("section", "line", "message"),
    [
        ("```yaml quizz\n- a\n```", 11, "unknown block 'yaml quizz'; it may be yaml quiz, yaml document, yaml video, "),
        ("```yaml\n- a\n```", 11, "unknown block 'yaml'; it may be"),
        ("```yaml quiz hard\n- a\n```", 11, "unknown block 'yaml quiz hard'; it may be"),
        ("```yaml document\nurl: ftp://x\n```", 12, "url: must be an http:// or https:// address"),
        ("```yaml document\n```", 12, "there are no keys or values here"),
        ("```yaml document\nlink: x\n```", 12, "unknown key 'link'; the keys here are url"),
        ("```yaml video\nurl: https://x.example\n```", 12, "the key 'duration_seconds' is missing"),
        (
            "```yaml video\nurl: https://x.example\nduration_seconds: 1.5\n```",
            13,
            "duration_seconds: must be a whole number",
        ),
        ("```yaml attestation\nstatement: ' '\n```", 12, "statement: must not be blank"),
        ("```yaml attestation\nstatement: a\n```\n\nmore", 15, "text after the block would not be shown"),
        ("```yaml attestation\nstatement: a\n```\n```yaml quiz\n```", 14, "a second block; a section holds one"),
        ("- ```yaml quiz\n  - a\n  ```", 11, "the block must not be inside a list or a quotation"),
        ("text\n```yaml quiz\n- a", 12, "the fence is never closed"),
        ("text\n```\n\n## Next\n", 12, "the fence is never closed"),
        ("```yaml quiz\na\n```", 12, "a quiz must be a list of questions, each beginning with a hyphen"),
        ("```yaml quiz\nshuffle: true\n```", 12, "the key 'questions' is missing"),
        ("```yaml quiz\nquestions: []\n```", 12, "a quiz needs at least one question"),
        (
            "```yaml quiz\nquestions: {a: b}\n```",
            12,
            "a quiz must be a list of questions, each beginning with a hyphen",
        ),
        ("```yaml quiz\n[]\n```", 12, "a quiz needs at least one question"),
        ("```yaml quiz\n- a\n```", 12, "must be a mapping of keys to values"),
        ("```yaml quiz\n- a: [\n```", 13, "is not YAML: "),
        ("```yaml quiz\n- a\n---\n- b\n```", 13, "is not YAML: but found another document"),
        ('```yaml quiz\n- "\\UFFFFFFFF"\n```', 12, "is not YAML: "),
        ("```yaml quiz\n" + "[" * 5_000 + "\n```", 12, "is not YAML: it is nested deeper than 10 levels"),
        ("```yaml quiz\n" + "- a\n" * 20_000 + "x" * 500_000 + "\n```", 12, "is longer than 500,000 characters"),
        ("x" * 10_001 + "\n```yaml document\nurl: https://x.example\n```", 13, "description: must have 0 to 10000"),
    ],
)
def test_what_is_wrong_with_a_block_is_said_with_its_line(
    problems: Problems, section: str, line: int, message: str
) -> None:
    found_line, found = problems(f"{FRONT}\n## Section\n{section}\n")[0]
    assert (found_line, found[: len(message)]) == (line, message)


def test_a_long_unknown_key_is_shown_cut(problems: Problems) -> None:
    [(line, message)] = problems(FRONT.replace("citation: ", f"? {'k' * 1_000}\n: ") + LESSON)
    assert line == 6
    assert message.startswith(f"unknown key '{'k' * 40}...'; ")


def test_too_many_questions_are_refused_at_the_heading(problems: Problems) -> None:
    question = "- {kind: true_false, prompt: P, correct: true}\n"
    assert problems(quiz(question * 201)) == [(10, "questions: must have 0 to 200 items, and has 201")]


def test_too_many_sections_are_refused(problems: Problems) -> None:
    assert problems(FRONT + LESSON * 201) == [(2, "sections: must have 0 to 200 items, and has 201")]


def test_everything_wrong_in_all_files_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(FRONT + LESSON)
    (tmp_path / "b.md").write_text(FRONT.replace("slug: sharps", "slug: b").replace("30", "0") + LESSON)
    (tmp_path / "sharps.md").write_text(
        quiz("""
            - kind: true_false
              correct: 3
              hint: x
            - kind: numeric
              prompt: P
              value: x
            - kind: true_false
              prompt: Right.
              correct: true
            """)
        + "## \n```yaml video\nurl: x\n```\n"
    )
    with pytest.raises(CatalogProblem) as refusal:
        read_catalog(tmp_path)
    assert str(refusal.value) == "\n".join(
        [
            f"{tmp_path}/a.md:2: slug: must equal the name of the file, 'a'",
            f"{tmp_path}/b.md:7: estimated_minutes: must be from 1 to 1440",
            f"{tmp_path}/sharps.md:12: the key 'prompt' is missing",
            f"{tmp_path}/sharps.md:13: correct: must be true or false, without quotes",
            f"{tmp_path}/sharps.md:14: unknown key 'hint'; the keys here are kind, prompt, points, explanation, "
            "correct",
            f"{tmp_path}/sharps.md:17: value: must be a number",
            f"{tmp_path}/sharps.md:22: title: must have 1 to 255 characters, and has 0",
            f"{tmp_path}/sharps.md:24: the key 'duration_seconds' is missing",
        ]
    )


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "has no front matter"),
        (FRONT.encode() + b"## a\nb\n\xff\n", 11, "is not UTF-8 text"),
        (b"\xef\xbb\xbf" + FRONT.encode() + b"\xc3", 9, "is not UTF-8 text"),
        (b"\x7fELF\x02\x01\x01\x00", 1, "has the character U+007F, which is not text"),
        (b"x" * (5 * 1024 * 1024 + 1), 0, "is larger than 5,242,880 bytes or 50,000 lines"),
        (b"- a\n" * 50_001, 0, "is larger than 5,242,880 bytes or 50,000 lines"),
    ],
)
def test_files_that_are_no_catalogue_are_refused(problems: Problems, content: bytes, line: int, message: str) -> None:
    assert (line, message) in [(found, text[: len(message)]) for found, text in problems(content)]


@pytest.mark.parametrize(
    "make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere")], ids=["folder", "pipe", "dangling link"]
)
def test_what_is_not_a_file_is_refused_without_waiting_for_it(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "sharps.md")
    with pytest.raises(CatalogProblem, match=r"sharps\.md:0: is not a file$"):
        read_catalog(tmp_path)


def test_a_folder_without_modules_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.txt").write_text("")
    with pytest.raises(CatalogProblem, match=rf"^{tmp_path}:0: the folder has no \.md file$"):
        read_catalog(tmp_path)
    with pytest.raises(CatalogProblem, match=r"missing:0: there is no such folder$"):
        read_catalog(tmp_path / "missing")
    with pytest.raises(CatalogProblem, match=r"README\.txt:0: there is no such folder$"):
        read_catalog(tmp_path / "README.txt")


PIECES = st.sampled_from(
    [
        *'-:[]{}"|>&*!?%#,\n',
        *(
            "  ",
            "- ",
            ": ",
            "## a\n",
            "# a\n",
            "---\n",
            "```\n",
            "```yaml quiz\n",
            "```yaml video\n",
            "<!--",
            "> ",
            "1. ",
        ),
        *("kind: ", "numeric\n", "true_false\n", "single_choice\n", "prompt: a\n", "correct: ", "value: ", "options: "),
        *("{a: b}", "[a]", "\\U7FFFFFFF", "\r", "\t", "\x00", "\u2028", "%YAML 1.1\n", "yes", "1e9"),
    ]
)
PLACES = st.sampled_from(
    ["{}", "---\n{}", "---\n{}\n---\n" + LESSON, FRONT + "{}", FRONT + "## a\n```yaml quiz\n{}\n```\n"]
)
CONTENTS = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda place, pieces: place.replace("{}", "".join(pieces)).encode(), PLACES, st.lists(PIECES)),
)


@times(4)
@given(content=CONTENTS)
def test_no_file_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any-catalog" / "sharps.md"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with contextlib.suppress(CatalogProblem):
        assert [module.slug for module in read_catalog(path.parent)] == ["sharps"]
