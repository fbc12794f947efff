"""The tree of hashes over the entries of the audit ledger, and its proofs (RFC 9162, section 2.1, with SHA-256).

A *span* is the entries from its start to before its end. The hash of a span is that of the RFC's tree over it; it is
made from the hashes of *complete subtrees*, which cover a power of two and never change once all their entries are
there. So a proof needs few of them. Each complete subtree has a number: its place when all subtrees of an endless tree
are counted from left to right, leaves being even (as in RFC 9420, appendix C).
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Mapping, Sequence

Span = tuple[int, int]

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without entries."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the subtree above these two."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def node_number(level: int, index: int) -> int:
    """The number of the complete subtree that covers 2 ** level entries and has so many of its size to its left."""
    return (index << (level + 1)) + (1 << level) - 1


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The spans whose hashes prove that the entry is in the tree of this size, in the order of the RFC (2.1.3.1)."""
    start, end, found = 0, size, list[Span]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """The spans whose hashes prove that the tree of the second size begins with that of the first (2.1.4.1)."""
    start, end, found = 0, second, list[Span]()
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return [*([(start, end)] if start else []), *found[::-1]]


def subtrees(start: int, end: int) -> list[int]:
    """The numbers of the complete subtrees that make up a span of the tree, from left to right."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append(node_number(level, start >> level))
        start += 1 << level
    return found


def span_hash(span: Span, hashes: Mapping[int, bytes]) -> bytes:
    """The hash of a span, from the hashes of its complete subtrees by number. Raises KeyError if one is missing."""
    return _folded([hashes[number] for number in subtrees(*span)])


class GrowingTree:
    """A tree that entries are added to, of which only the hashes at the right edge are remembered."""

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        """`edge` are the hashes of the complete subtrees that make up the tree of this size, from left to right."""
        self.size = size
        self._edge = list(edge)

    @property
    def root(self) -> bytes:
        return _folded(self._edge)

    def add(self, leaf: bytes) -> Generator[tuple[int, bytes], bytes | None, None]:
        """Add the hash of an entry: the number and hash of each subtree that this completes, the leaf itself first.

        A hash that is sent back replaces the one that was computed.
        """
        index, level, own = self.size, 0, leaf
        self.size += 1
        replaced = yield node_number(0, index), own
        while index & 1:
            own = node_hash(self._edge.pop(), replaced or own)
            index, level = index >> 1, level + 1
            replaced = yield node_number(level, index), own
        self._edge.append(replaced or own)


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path proves that the leaf is at this index of the tree (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, computed = index, size - 1, leaf
    for each in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            computed = node_hash(each, computed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, each)
        place, last = place >> 1, last >> 1
    return last == 0 and computed == root


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the tree of the second size begins with that of the first (2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    nodes = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not nodes:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = nodes[0]
    for each in nodes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, each)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)


def _folded(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    *rest, folded = hashes
    for each in reversed(rest):
        folded = node_hash(each, folded)
    return folded
