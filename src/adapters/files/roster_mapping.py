"""The mapping of a roster as a YAML file; docs/roster.md describes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from yaml.nodes import Node

from adapters.files.yaml_nodes import (
    Reader,
    Wrong,
    at_most_named,
    compose,
    entries,
    fields,
    line_of,
    make,
    shown,
    text,
    texts,
    whole,
)
from domain.kernel.errors import InvalidValue
from domain.people.roster import RosterUnreadable
from domain.people.roster_dates import DateFormat
from domain.people.roster_mapping import RosterMapping, require_target

MAX_BYTES = 65_536


def _columns(node: Node) -> dict[str, str]:
    columns: dict[str, str] = {}
    for written, (key, value) in entries(node).items():
        try:
            columns[written] = text(value)
            require_target(columns[written])
        except Wrong as wrong:
            raise wrong.under(written) from None
        except InvalidValue as error:
            raise Wrong(line_of(key), str(error), written) from None
    return columns


def _others(node: Node) -> str:
    if (value := text(node)) not in ("metadata", "ignore"):
        raise Wrong(line_of(node), f"must be metadata or ignore, and is {shown(value)}")
    return value


def _dates(node: Node) -> DateFormat:
    try:
        return DateFormat(text(node).upper())
    except InvalidValue as error:
        raise Wrong(line_of(node), str(error)) from None


_KEYS: Mapping[str, Reader] = {
    "columns": _columns,
    "ignore": texts,
    "others": _others,
    "dates": _dates,
    "header": whole,
    "sheet": text,
}


def read_mapping(content: bytes, name: str) -> RosterMapping:
    """The mapping in a file of this name. Raises RosterUnreadable, which lists all mistakes with their lines."""
    problems: list[Wrong] = []
    mapping = None
    try:
        node = compose(_decoded(content), 1)
        values = fields(node, _KEYS, (), problems)
        if values is not None:
            mapping = make(RosterMapping, values, node, problems)
    except Wrong as wrong:
        problems.append(wrong)
    if problems or mapping is None:
        raise RosterUnreadable("\n".join(f"{name}:{wrong.line}: {wrong}" for wrong in at_most_named(problems)))
    return mapping


def read_mapping_file(path: Path) -> RosterMapping:
    """The mapping in this file. Raises RosterUnreadable."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RosterUnreadable(f"{path}: cannot be opened: {error.strerror}") from error
    return read_mapping(content, str(path))


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise Wrong(1, f"is longer than {MAX_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Wrong(content.count(b"\n", 0, error.start) + 1, "has bytes that are not UTF-8") from None
