"""Splits a Markdown file into its front matter and the parts under its `##` headings.

The Markdown parser only locates headings and fenced blocks; the text itself is kept as written.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from adapters.files.yaml_nodes import NOT_TEXT, Wrong

MAX_BYTES = 5 * 1024 * 1024
MAX_LINES = 50_000

_MARKDOWN = MarkdownIt("commonmark").use(front_matter_plugin).disable("inline")


def read_source(path: Path) -> str:
    """The text of the file, with \n as line end. Raises Wrong, at line 0 for the whole file."""
    try:
        if not path.is_file():
            raise Wrong(0, "is not a file")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise Wrong(0, f"cannot be read: {error.strerror}") from error
    raw = raw.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if len(raw) > MAX_BYTES or raw.count(b"\n") > MAX_LINES:
        raise Wrong(0, f"is larger than {MAX_BYTES:,} bytes or {MAX_LINES:,} lines")
    try:
        source = raw.decode()
    except UnicodeDecodeError as error:
        raise Wrong(raw.count(b"\n", 0, error.start) + 1, "is not UTF-8 text") from error
    if found := NOT_TEXT.search(source):
        line = source.count("\n", 0, found.start()) + 1
        raise Wrong(line, f"has the character U+{ord(found[0]):04X}, which is not text")
    return source if source.endswith("\n") else source + "\n"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. Its fence opens at `line`; `words` is the text after the fence."""

    line: int
    end: int
    words: tuple[str, ...]
    content: str
    closed: bool
    nested: bool


@dataclass(slots=True)
class Part:
    """The content under a `##` heading: the lines from `start` to before `end`."""

    title: str
    line: int
    start: int
    end: int
    blocks: list[Block]


class Page:
    """The front matter and the parts of a file; `preface` is the line below the front matter. Lines count from 1."""

    def __init__(self, source: str) -> None:
        self._lines = source.split("\n")
        self.front_matter: str | None = None
        self.wrong_headings: list[Wrong] = []
        self.parts: list[Part] = []
        self.preface = 1
        tokens = _MARKDOWN.parse(source)
        for index, token in enumerate(tokens):
            if token.type == "front_matter":
                self.front_matter = token.content
                self.preface = _lines(token)[1]
            elif token.type == "heading_open":
                self._heading(token, tokens[index + 1].content)
            elif token.type == "fence" and self.parts:
                self.parts[-1].blocks.append(_block(token))

    def _heading(self, token: Token, title: str) -> None:
        line, end = _lines(token)
        if not token.markup.startswith("#"):
            message = "a line of = or - under text makes a heading; write '## ' before it, or a blank line between"
            self.wrong_headings.append(Wrong(line, message))
        elif token.tag == "h1":
            message = "the title belongs in the front matter; begin a section with '##', a heading within it with '###'"
            self.wrong_headings.append(Wrong(line, message))
        elif token.tag == "h2" and token.level == 0:
            if self.parts:
                self.parts[-1].end = line
            self.parts.append(Part(title, line, end, len(self._lines) + 1, []))

    def first_text(self, start: int, end: int) -> int | None:
        """The first line that is not blank, from `start` to before `end`."""
        return next((line for line in range(start, end) if self._lines[line - 1].strip()), None)

    def text(self, start: int, end: int) -> str:
        """The lines from `start` to before `end` as written, without the blank ones at both ends."""
        lines = self._lines[start - 1 : end - 1]
        filled = [index for index, line in enumerate(lines) if line.strip()]
        return "\n".join(lines[filled[0] : filled[-1] + 1]) if filled else ""


def _lines(token: Token) -> tuple[int, int]:
    start, end = token.map or (0, 0)
    return start + 1, end + 1


def _block(fence: Token) -> Block:
    line, end = _lines(fence)
    closed = fence.content.count("\n") == end - line - 2
    return Block(line, end, tuple(fence.info.split()), fence.content, closed, fence.level > 0)
