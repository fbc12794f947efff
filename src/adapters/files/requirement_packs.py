"""Requirements as YAML files. A file names modules, locations and job codes as people know them, not by id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from yaml.nodes import Node

from adapters.documents import build, model_of
from adapters.encoding import to_json
from adapters.faults import faults_of
from adapters.files.markdown_page import read_source
from adapters.files.problems import FileProblem, FilesRefused, in_file
from adapters.files.yaml_nodes import (
    MOST_NAMED,
    Wrong,
    compose,
    fields,
    items,
    line_of,
    locate,
    plain,
    shown,
)
from domain.compliance.schedule import FactName
from domain.compliance.written_requirements import WrittenRequirement
from domain.kernel.errors import InvalidValue
from domain.kernel.typography import folded
from domain.kernel.values import fits

MAX_DEPTH = 40
"""An audience has at most 8 levels, of up to three nodes each."""

Steps = tuple[str | int, ...]


class PackProblem(FilesRefused):
    """The requirements cannot be loaded."""


@dataclass(frozen=True, slots=True)
class Names:
    """What files may name: modules by slug, locations by code or name, and job codes."""

    modules: Mapping[str, UUID]
    locations: Mapping[str, Sequence[UUID]]
    job_codes: frozenset[str]

    def module(self, slug: str) -> UUID:
        """Raises InvalidValue."""
        if slug not in self.modules:
            raise InvalidValue(f"there is no module with the slug {shown(slug)}; import the catalogue first")
        return self.modules[slug]

    def location(self, name: str) -> UUID:
        """Raises InvalidValue."""
        found = self.locations.get(folded(name), ())
        if len(found) != 1:
            raise InvalidValue(
                f"{len(found)} locations have the name {shown(name)}; give the code of one"
                if found
                else f"there is no location with the code or name {shown(name)}"
            )
        return found[0]

    def job_code(self, code: str) -> str:
        """Raises InvalidValue."""
        if code.lower() not in self.job_codes:
            raise InvalidValue(f"is not one of the job codes: {', '.join(sorted(self.job_codes))}")
        return code


@dataclass(frozen=True, slots=True)
class Written:
    """A requirement of a file, with the line on which it begins."""

    file: Path
    line: int
    requirement: WrittenRequirement


def read_packs(paths: Iterable[Path], names: Names) -> list[Written]:
    """The requirements in these files, in their order. Raises PackProblem."""
    found: dict[str, Written] = {}
    problems: list[FileProblem] = []
    for path in paths:
        wrongs: list[Wrong] = []
        for each in _file(path, names, wrongs):
            code = each.requirement.code
            first = found.setdefault(code, each)
            if first is not each:
                wrongs.append(Wrong(each.line, f"{first.file}:{first.line} has this code already", code, "code"))
        problems += in_file(path, wrongs)
    if problems:
        raise PackProblem(problems)
    return list(found.values())


def _file(path: Path, names: Names, problems: list[Wrong]) -> Iterator[Written]:
    """The requirements of the file. The mistakes are added to the problems."""
    try:
        root = compose(read_source(path), 1, MAX_DEPTH)
        values = fields(root, {"requirements": items}, ("requirements",), problems)
    except Wrong as wrong:
        problems.append(wrong)
        return
    for number, node in enumerate((values or {}).get("requirements", ())):
        if requirement := _requirement(node, number, names, problems):
            yield Written(path, line_of(node), requirement)


def _requirement(node: Node, number: int, names: Names, problems: list[Wrong]) -> WrittenRequirement | None:
    """The requirement; None if there is a mistake, which is added to the problems."""
    try:
        document = plain(node)
    except Wrong as wrong:
        problems.append(wrong.under("requirements", number))
        return None
    code = _member(document, "code")
    start: Steps = (code,) if isinstance(code, str) and fits(FactName, code) else ("requirements", number)
    wrongs = dict(_resolve(document, names))
    try:
        model = model_of(WrittenRequirement).model_validate_json(to_json(document), strict=True)
    except ValidationError as error:
        for steps, message in faults_of(WrittenRequirement, error):
            wrongs.setdefault(steps, message)
    last = line_of(node)
    for number_of, (steps, message) in enumerate(wrongs.items()):
        # Those that are only counted need no line: finding one takes as long as there are keys before it.
        line = locate(node, steps) if number_of < MOST_NAMED else last
        last = max(last, line)
        problems.append(Wrong(line, message, *start, *steps))
    return None if wrongs else build(WrittenRequirement, model)


def _resolve(document: Any, names: Names) -> Iterator[tuple[Steps, str]]:
    """Replace names by ids within the document, and give each that means nothing with its place."""
    terms = _member(document, "terms")
    for name in ("initial", "renewal"):
        courses = _member(_member(terms, "fulfillment"), name)
        yield from _replace(courses, "modules", names.module, ("terms", "fulfillment", name))
    yield from _resolve_rule(_member(terms, "audience"), names, ("terms", "audience"))


def _resolve_rule(rule: Any, names: Names, path: Steps) -> Iterator[tuple[Steps, str]]:
    find = {"location": names.location, "job_code": names.job_code}.get(str(_member(rule, "field")))
    if find:
        yield from _replace(rule, "is", find, path)
    for name in ("all", "any"):
        parts = _member(rule, name)
        for place, part in enumerate(parts if isinstance(parts, list) else ()):
            yield from _resolve_rule(part, names, (*path, name, place))
    if _member(rule, "not") is not None:
        yield from _resolve_rule(rule["not"], names, (*path, "not"))


def _replace(within: Any, key: str, find: Callable[[str], object], path: Steps) -> Iterator[tuple[Steps, str]]:
    """Replace the text, or each one of a list, at this key by what it means."""
    if not isinstance(within, dict) or key not in within:
        return
    given = within[key]
    is_list = isinstance(given, list)
    found = []
    for place, name in enumerate(given if is_list else [given]):
        try:
            found.append(str(find(str(name))) if isinstance(name, (str, int)) else name)
        except InvalidValue as error:
            found.append(name)
            yield (*path, key, *([place] if is_list else [])), str(error)
    within[key] = found if is_list else found[0]


def _member(document: Any, name: str) -> Any:
    return document.get(name) if isinstance(document, dict) else None
