"""Texts are in standard American English: no archaic or ornate turn that needs a second reading."""

from __future__ import annotations

import re
from pathlib import Path

from kit.about import for_each

ROOT = Path(__file__).parents[2]
EXCEPT = ("docs/performance.md", "tests/unit/test_plain_words.py")
"""A generated document, and the list itself."""

PLAIN = {
    "whoever": "anybody who, or name the role",
    "whomever": "anybody, or name the role",
    "he or she": "they, or the user",
    "his or her": "their",
    "him or her": "them",
    "himself or herself": "themselves",
    "anew": "again",
    "for ever": "forever, or without limit",
    "for want of": "because ... is missing",
    "for good": "permanently",
    "as one likes": "any number of times",
    "as often as you like": "any number of times",
    "in the place of": "instead of",
    "otherwise than": "differently from",
    "became of": "say what happened, or the state",
    "becomes of": "say what happens, or the state",
    "who is asking": "the caller",
    "who asks": "the caller",
    "by the word of": "according to",
    "mend": "fix, or correct",
    "mends": "fixes, or corrects",
    "mended": "fixed, or corrected",
    "mending": "fixing, or correcting",
    "in vain": "without success",
    "lest": "so that ... not",
    "upon": "on",
    "whilst": "while",
    "amongst": "among",
    "thereof": "of it",
    "thereby": "by this",
    "henceforth": "from now on",
    "spelt": "spelled",
    "misspelt": "misspelled",
    "learnt": "learned",
    "recognised": "recognized",
    "fulfil": "fulfill",
    "fulfils": "fulfills",
    "fulfilment": "fulfillment",
    "licence": "license",
    "behaviour": "behavior",
    "colour": "color",
    "centred": "centered",
    "is told": "is reported, is shown, or gets",
    "are told": "are reported, are shown, or get",
    "was told": "was reported, was shown, or got",
    "were told": "were reported, were shown, or got",
    "be told": "be reported, be shown, or get",
    "told apart": "distinguished",
    "turned away": "refused",
    "let go of": "close, release, or leave",
    "lets go of": "closes, releases, or leaves",
    "for the asking": "say on what condition",
    "as whom": "name the person, or the role",
    "hear of": "learn of, or receive",
    "hears of": "learns of, or receives",
    "came of": "the result of",
    "comes of": "the result of",
    "come of": "result from",
    "shall": "must, or will",
    "of whom": "of them, or say of which people",
    "in hand": "begun, or running",
    "vouch": "say what is guaranteed",
    "vouches": "say what is guaranteed",
    "vouched": "say what is guaranteed",
}
ENDING = {"for good": r"(?!\s+\w)"}
"""What must not follow: there are things done for good reasons."""

WORD = re.compile(r"[a-z]+")
BETWEEN = r"\s+(?:#\s+)?"
QUICK = [(frozenset(WORD.findall(turn)), re.compile(BETWEEN.join(map(re.escape, turn.split())))) for turn in PLAIN]
"""The words of each turn, and a pattern that finds it in lower case, also within other words.

A pattern that begins with a certain letter takes a fraction of the time that `TURN` takes.
"""

TURN = re.compile(
    r"(?<![\w-])("
    + "|".join(BETWEEN.join(map(re.escape, turn.split())) + ENDING.get(turn, "") for turn in PLAIN)
    + r")(?![\w-])",
    re.IGNORECASE,
)


NAME = re.compile(r"(?<=def )test_\w+")


def turns(text: str) -> list[tuple[int, str]]:
    """The line and the words of each such turn in the text, also across line breaks and in the names of tests."""
    text = NAME.sub(lambda name: name[0].replace("_", " "), text)
    lowered = text.lower()
    words = {*WORD.findall(lowered)}
    if not any(needed <= words and quick.search(lowered) for needed, quick in QUICK):
        return []
    return [
        (text.count("\n", 0, found.start()) + 1, " ".join(found[1].replace("#", " ").split()))
        for found in TURN.finditer(text)
    ]


def texts() -> list[Path]:
    named = [ROOT / name for name in ("README.md", "CHANGELOG.md", "Makefile", "pyproject.toml", "bench/README.md")]
    folders = [
        *ROOT.glob("docs/**/*.md"),
        *(path for path in ROOT.glob("deploy/**/*") if path.is_file()),
        *ROOT.glob("src/**/*.py"),
        *ROOT.glob("src/**/*.html"),
        *ROOT.glob("src/**/*.js"),
        *ROOT.glob("bench/**/*.py"),
        *ROOT.glob("tests/**/*.py"),
    ]
    return sorted(path for path in [*named, *folders] if str(path.relative_to(ROOT)) not in EXCEPT)


def test_no_text_has_an_archaic_or_ornate_turn() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {words!r}, in plain words: {PLAIN[words.lower()]}"
        for path in texts()
        for line, words in turns(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


@for_each(
    ("text", "expected"),
    [
        ("Whoever asks again", [(1, "Whoever")]),
        ("a line,\nrevoked for\n    good.", [(2, "for good")]),
        ("# kept for\n# ever", [(1, "for ever")]),
        ("    def test_it_is_told(self) -> None:", [(1, "is told")]),
        ("The latest amendment, for good reasons", []),
    ],
    ids=["in any case", "across lines", "in comments", "in names", "within other words"],
)
def test_turns_are_found(text: str, expected: list[tuple[int, str]]) -> None:
    assert turns(text) == expected
