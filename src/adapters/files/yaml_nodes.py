"""YAML inside a larger file: nodes with line numbers, and readers that convert them to values.

Values are read as written, so that an answer `yes` stays a word instead of becoming a Boolean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from math import isfinite
from typing import Any, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from domain.kernel.errors import InvalidValue
from domain.kernel.values import enforce

T = TypeVar("T")
Reader = Callable[[Node], Any]

MAX_DEPTH = 10
MAX_TEXT = 500_000
"""Characters of a document."""
MOST_NAMED = 100
"""Mistakes of a file, or of one requirement, that are named one by one."""
NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""Characters that YAML and the database refuse, and uncommon line ends."""

_WHOLE = re.compile(r"[-+]?[0-9]{1,15}")
_CODE = re.compile(r"0[0-9]")
"""Digits that are no number, such as a postal code: its zero must not be lost."""
_NUMBER = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{1,15})?([eE][-+]?[0-9]{1,3})?")


class Wrong(Exception):
    """A mistake at a line of the file; `path` leads to it, outermost key first."""

    def __init__(self, line: int, message: str, *path: str | int) -> None:
        super().__init__(f"{'.'.join(map(str, path))}: {message}" if path else message)
        self.line = line
        self.message = message
        self.path = path

    def under(self, *path: str | int) -> Wrong:
        """The same mistake, seen from an outer level."""
        return Wrong(self.line, self.message, *path, *self.path)


def at_most_named(wrongs: Collection[Wrong]) -> list[Wrong]:
    """The first of these by line, and how many more there are: nobody reads thousands of mistakes of one file."""
    listed = sorted(wrongs, key=lambda each: each.line)
    more = len(listed) - MOST_NAMED
    if more <= 0:
        return listed
    return [*listed[:MOST_NAMED], Wrong(listed[MOST_NAMED].line, f"and {more:,} more mistakes from here on")]


def compose(text: str, line: int, depth: int = MAX_DEPTH) -> Node:
    """The node of the one document in `text`, which begins at `line` of its file. Raises Wrong.

    Nothing may be nested deeper than `depth` levels.
    """
    if len(text) > MAX_TEXT:
        raise Wrong(line, f"is longer than {MAX_TEXT:,} characters")
    try:
        node = _Composer(text, line, depth).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Wrong(mark.line + 1 if mark else line, f"is not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML raises the latter two for an escape beyond Unicode.
        raise Wrong(line, f"is not YAML: {error}") from error
    if node is None:
        raise Wrong(line, "there are no keys or values here")
    return node


class _Composer(yaml.SafeLoader):
    """Composes plain trees, without anchors, aliases, tags and deep nesting, which make small texts large."""

    def __init__(self, text: str, line: int, most: int) -> None:
        super().__init__(text)
        self.line = line - 1
        self._depth = 0
        self._most = most

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # untyped in the stubs
        if event.anchor is not None:
            raise _refused(
                event.start_mark, "anchors and aliases (& and *) are not supported; quote text that contains them"
            )
        if event.tag is not None:
            raise _refused(event.start_mark, "tags (!) are not supported; quote text that begins with one")
        if self._depth == self._most:
            raise _refused(event.start_mark, f"it is nested deeper than {self._most} levels")
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _refused(mark: yaml.Mark, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def line_of(node: Node) -> int:
    """The line of the file on which the node begins."""
    return node.start_mark.line + 1


def locate(where: Node | int, path: Sequence[str | int]) -> int:
    """The line of the node at the path, or of its closest ancestor; `where` itself if it is a line."""
    if isinstance(where, int):
        return where
    line, node = line_of(where), where
    for step in path:
        if isinstance(node, MappingNode):
            entry = next(((key, value) for key, value in node.value if key.value == step), None)
            if entry is None:
                break
            line, node = line_of(entry[0]), entry[1]
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = line_of(node)
    return line


def text(node: Node) -> str:
    """Any single value, as written, without the line ends around a block."""
    if not isinstance(node, ScalarNode):
        raise Wrong(line_of(node), "must be text")
    value: str = node.value
    if found := NOT_TEXT.search(value):
        raise Wrong(line_of(node), f"has the character U+{ord(found[0]):04X}, which is not text")
    return value.strip("\n")


def boolean(node: Node) -> bool:
    if node.tag != "tag:yaml.org,2002:bool":
        raise Wrong(line_of(node), "must be true or false, without quotes")
    return bool(yaml.SafeLoader.bool_values[node.value.lower()])


def whole(node: Node) -> int:
    return int(_plain(node, _WHOLE, "must be a whole number"))


def number(node: Node) -> float:
    return float(_plain(node, _NUMBER, "must be a number"))


def plain(node: Node) -> Any:
    """The JSON value that the node stands for. Raises Wrong.

    Only `true` and `false` are Boolean, and only empty, `null` and `~` are null: `no` and `on` stay words, days and
    digits that begin with a zero stay text.
    """
    if isinstance(node, MappingNode):
        return {name: _within(name, value) for name, (_, value) in entries(node).items()}
    if isinstance(node, SequenceNode):
        return [_within(index, item) for index, item in enumerate(items(node))]
    written = text(node)
    if isinstance(node, ScalarNode) and node.style is None:
        if node.tag == "tag:yaml.org,2002:null":
            return None
        if written.lower() in ("true", "false"):
            return written.lower() == "true"
        if _WHOLE.fullmatch(written) and not _CODE.match(written):
            return int(written)
        if _NUMBER.fullmatch(written) and not _CODE.match(written) and isfinite(float(written)):
            return float(written)
    return written


def _within(step: str | int, node: Node) -> Any:
    try:
        return plain(node)
    except Wrong as wrong:
        raise wrong.under(step) from None


def _plain(node: Node, pattern: re.Pattern[str], otherwise: str) -> str:
    if isinstance(node, ScalarNode) and node.style is None:
        written = str(node.value).replace("\u2212", "-")  # the minus sign that word processors write
        if pattern.fullmatch(written):
            return written
    raise Wrong(line_of(node), otherwise)


def items(node: Node) -> list[Node]:
    if not isinstance(node, SequenceNode):
        raise Wrong(line_of(node), "must be a list")
    return list(node.value)


def texts(node: Node) -> tuple[str, ...]:
    """A list of single values, each as written."""
    read = []
    for index, item in enumerate(items(node)):
        try:
            read.append(text(item))
        except Wrong as wrong:
            raise wrong.under(index) from None
    return tuple(read)


def entries(node: Node) -> dict[str, tuple[Node, Node]]:
    """The keys of a mapping, each with its own node and the node of its value, in written order."""
    if not isinstance(node, MappingNode):
        raise Wrong(line_of(node), "must be a mapping of keys to values")
    found: dict[str, tuple[Node, Node]] = {}
    for key, value in node.value:
        name = text(key)
        if name in found:
            raise Wrong(line_of(key), f"the key {shown(name)} occurs twice")
        found[name] = (key, value)
    return found


def fields(
    node: Node, readers: Mapping[str, Reader], required: Collection[str], problems: list[Wrong]
) -> dict[str, Any] | None:
    """The values of a mapping by key; None if there is a mistake, which is added to the problems."""
    wrongs: list[Wrong] = []
    values: dict[str, Any] = {}
    try:
        given = entries(node)
    except Wrong as wrong:
        problems.append(wrong)
        return None
    for name, (key, value) in given.items():
        if name not in readers:
            wrongs.append(Wrong(line_of(key), f"unknown key {shown(name)}; the keys here are {', '.join(readers)}"))
            continue
        try:
            values[name] = readers[name](value)
        except Wrong as wrong:
            wrongs.append(wrong.under(name))
    missing = [name for name in readers if name in required and name not in given]
    wrongs += [Wrong(line_of(node), f"the key {name!r} is missing") for name in missing]
    problems += wrongs
    return None if wrongs else values


def make(cls: type[T], values: Mapping[str, Any], where: Node | int, problems: list[Wrong]) -> T | None:
    """The dataclass with these values; None if it violates a rule, which is added to the problems."""
    try:
        made = cls(**values)
        enforce(made)
    except InvalidValue as error:
        problems.append(Wrong(locate(where, error.field), str(error), *error.field))
        return None
    return made


def shown(name: str) -> str:
    """A name in quotes, truncated if it is long."""
    return repr(name if len(name) <= 40 else name[:40] + "...")
