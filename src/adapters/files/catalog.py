"""The catalogue as a folder of Markdown files, one module each.

The front matter describes the module, each `##` heading begins a section, and a fenced block such as `yaml quiz` makes
the section something other than a lesson.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yaml.nodes import Node

from adapters.files.markdown_page import Block, Page, Part, read_source
from adapters.files.problems import FileProblem, FilesRefused, in_file
from adapters.files.quiz_yaml import read_quiz
from adapters.files.yaml_nodes import (
    Reader,
    Wrong,
    boolean,
    compose,
    fields,
    line_of,
    make,
    number,
    shown,
    text,
    texts,
    whole,
)
from application.catalogue.files.commands import LoadModule
from application.catalogue.modules.commands import NewQuestion, NewSection
from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.sections import Attestation, Document, Lesson, Video

_REQUIRED = ("slug", "title", "summary", "tags")
_RULES: Mapping[str, Reader] = {
    "sections_in_order": boolean,
    "minimum_minutes": whole,
    "pass_mark": whole,
    "attempts_allowed": whole,
    "wait_minutes": whole,
}
_EVIDENCE: Mapping[str, Reader] = {"valid_months": whole, "retention_years": whole, "credit_hours": number}
_FRONT_MATTER: Mapping[str, Reader] = {
    "slug": text,
    "title": text,
    "summary": text,
    "tags": texts,
    "citation": text,
    "estimated_minutes": whole,
}
_QUIZ = ("yaml", "quiz")
_BLOCKS: Mapping[tuple[str, ...], tuple[type[Document | Video | Attestation], Mapping[str, Reader]]] = {
    ("yaml", "document"): (Document, {"url": text}),
    ("yaml", "video"): (Video, {"url": text, "duration_seconds": whole}),
    ("yaml", "attestation"): (Attestation, {"statement": text}),
}


class CatalogProblem(FilesRefused):
    """The catalogue cannot be loaded."""


def read_catalog(folder: Path) -> list[LoadModule]:
    """The modules in the folder's `.md` files, by file name, all to be published. Raises CatalogProblem.

    A slug equals the name of its file, so that no two modules can have the same one.
    """
    if not folder.is_dir():
        raise CatalogProblem([FileProblem(folder, 0, "there is no such folder")])
    paths = sorted(folder.glob("*.md"))
    if not paths:
        raise CatalogProblem([FileProblem(folder, 0, "the folder has no .md file")])
    modules: list[LoadModule] = []
    problems: list[FileProblem] = []
    for path in paths:
        wrongs: list[Wrong] = []
        module = _module(path, wrongs)
        problems += in_file(path, wrongs)
        if module:
            modules.append(module)
    if problems:
        raise CatalogProblem(problems)
    return modules


def _module(path: Path, problems: list[Wrong]) -> LoadModule | None:
    """The module in the file. It is incomplete if problems were added."""
    try:
        page = Page(read_source(path))
    except Wrong as wrong:
        problems.append(wrong)
        return None
    problems += page.wrong_headings
    sections = [section for part in page.parts if (section := _section(page, part, problems))]
    if not page.parts:
        problems.append(Wrong(0, "has no section; begin each with a '##' heading"))
    try:
        node, values = _front_matter(page, path.stem, problems)
    except Wrong as wrong:
        problems.append(wrong)
        return None
    if values is None:
        return None
    return make(LoadModule, {**values, "sections": tuple(sections), "publish": True}, node, problems)


def _front_matter(page: Page, stem: str, problems: list[Wrong]) -> tuple[Node, dict[str, Any] | None]:
    if page.front_matter is None:
        raise Wrong(1, "has no front matter; begin with a line of '---', the keys, and another line of '---'")
    stray = page.first_text(page.preface, page.parts[0].line) if page.parts else None
    if stray:
        problems.append(Wrong(stray, "text before the first '##' heading belongs to no section"))

    def slug(node: Node) -> str:
        if text(node) != stem:
            raise Wrong(line_of(node), f"must equal the name of the file, {stem!r}")
        return stem

    node = compose(page.front_matter, 2)

    def part(name: str, cls: type[CompletionRules | EvidenceTerms], readers: Mapping[str, Reader]) -> Reader:
        def read(node: Node) -> Any:
            wrongs: list[Wrong] = []
            values = fields(node, readers, (), wrongs)
            made = None if values is None else make(cls, values, node, wrongs)
            problems.extend(wrong.under(name) for wrong in wrongs)
            return made

        return read

    readers = {
        **_FRONT_MATTER,
        "slug": slug,
        "rules": part("rules", CompletionRules, _RULES),
        "evidence": part("evidence", EvidenceTerms, _EVIDENCE),
    }
    return node, fields(node, readers, _REQUIRED, problems)


def _section(page: Page, part: Part, problems: list[Wrong]) -> NewSection | None:
    try:
        content, questions = _content(page, part, problems)
    except Wrong as wrong:
        problems.append(wrong)
        content, questions = None, ()
    # The title is checked even if the content is wrong, so that all problems are reported at once.
    return make(NewSection, {"title": part.title, "content": content, "questions": questions}, part.line, problems)


def _content(page: Page, part: Part, problems: list[Wrong]) -> tuple[Any, tuple[NewQuestion, ...]]:
    for fenced in part.blocks:
        if not fenced.closed:
            raise Wrong(fenced.line, "the fence is never closed")
    block = _yaml_block(page, part, problems)
    if block is None:
        return make(Lesson, {"markdown": page.text(part.start, part.end)}, part.line, problems), ()
    description = page.text(part.start, block.line)
    node = compose(block.content, block.line + 1)
    if block.words == _QUIZ:
        return read_quiz(node, description, problems)
    cls, readers = _BLOCKS[block.words]
    values = fields(node, readers, readers.keys(), problems)
    if values is None:
        return None, ()
    return make(cls, {**values, "description": description}, node, problems), ()


def _yaml_block(page: Page, part: Part, problems: list[Wrong]) -> Block | None:
    """The block that determines the kind of the section; None for a lesson. Raises Wrong."""
    blocks = [block for block in part.blocks if block.words[:1] == ("yaml",)]
    if not blocks:
        return None
    block, *others = blocks
    if others:
        raise Wrong(others[0].line, "a second block; a section holds one, so begin another with a '##' heading")
    if block.words not in (_QUIZ, *_BLOCKS):
        known = ", ".join(" ".join(words) for words in (_QUIZ, *_BLOCKS))
        raise Wrong(block.line, f"unknown block {shown(' '.join(block.words))}; it may be {known}")
    if block.nested:
        raise Wrong(block.line, "the block must not be inside a list or a quotation")
    if after := page.first_text(block.end, part.end):
        problems.append(Wrong(after, "text after the block would not be shown; put it before the block"))
    return block
