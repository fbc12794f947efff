"""Verifying the stored ledger: entries, leaves, subtrees and checkpoints against each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from application.audit.ports import AuditKeys
from application.audit.reading import StoredCheckpoint, StoredLeaf
from domain.audit.checkpoints import NoteMalformed, parse_note
from domain.audit.entries import MOMENT, opens
from domain.audit.merkle import GrowingTree, leaf_hash, node_number


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """Something that is not as it was sealed. `leaf_index` and `entry_id` name the entry, null where no single one
    is meant.
    """

    leaf_index: int | None
    entry_id: UUID | None
    problem: str

    def __str__(self) -> str:
        place = "" if self.leaf_index is None else f"entry {self.leaf_index}"
        named = " ".join(each for each in (place, self.entry_id and str(self.entry_id)) if each)
        return f"{named}: {self.problem}" if named else self.problem


def numbers_of(start: int, end: int) -> list[int]:
    """The numbers of all complete subtrees that end with one of these entries."""
    found = []
    for index in range(start, end):
        level = 0
        found.append(node_number(0, index))
        while index >> level & 1:
            level += 1
            found.append(node_number(level, index >> level))
    return found


class AuditVerifier:
    """Takes the leaves of a ledger in their order, from `start` on, and collects what is wrong.

    What was stored as the hash of an entry goes into the tree, so that one changed entry is one finding. Where a
    subtree differs from the hashes below it, somebody has changed these too; verification goes on with the subtree as
    it is stored.
    """

    def __init__(
        self, keys: AuditKeys, checkpoints: Iterable[StoredCheckpoint], start: int = 0, edge: Iterable[bytes] = ()
    ) -> None:
        """`edge` are the hashes of the subtrees before the start."""
        self.findings: list[AuditFinding] = []
        self.checked = 0
        self._keys = keys
        self._tree = GrowingTree(start, edge)
        known = {each.size: each for each in checkpoints}
        self._checkpoints = {size: each for size, each in known.items() if size >= start}
        self._last_good = 0
        self._changed: list[tuple[bytes, AuditFinding]] = []
        self._sealed: dict[bytes, int] = {}
        self._newest = max(known, default=0)
        self._is_signed = bool(known or keys.trusted)

    def take(self, leaves: Iterable[StoredLeaf], hashes: Mapping[int, bytes]) -> None:
        """The next leaves, with the stored hashes of the subtrees that end with them."""
        for each in leaves:
            while self._tree.size < each.index:
                self._missing(self._tree.size, None, "is missing: its leaf was removed", hashes)
            self._check(each, hashes)
            self.checked += 1

    def finish(self, strays: Iterable[UUID] = ()) -> list[AuditFinding]:
        """All findings. `strays` are the ids of entries that are in no leaf although later ones are."""
        end = self._tree.size
        if end < self._newest:
            self._found(end, None, f"is missing, as is everything after it: a checkpoint has {self._newest} entries")
        elif self._is_signed and end > self._newest:
            self._found(self._newest, None, "is in no checkpoint, as is what follows: sealed without a key, or added")
        for entry_id in strays:
            self._found(None, entry_id, "was added: it is in no leaf although later entries are")
        for computed, finding in self._changed:
            sealed_at = self._sealed.get(computed)
            problem = (
                "was changed after it was sealed"
                if sealed_at is None
                else f"was reordered: here is what was sealed as entry {sealed_at}"
            )
            self._found(finding.leaf_index, finding.entry_id, problem)
        return sorted(self.findings, key=lambda each: (each.leaf_index is None, each.leaf_index or 0))

    def _check(self, leaf: StoredLeaf, hashes: Mapping[int, bytes]) -> None:
        index, stored = leaf.index, hashes.get(node_number(0, leaf.index))
        if leaf.content is None:
            self._missing(index, leaf.entry_id, "is missing: it was removed", hashes)
            return
        computed = leaf_hash(leaf.content.encode())
        if stored is None:
            self._found(index, leaf.entry_id, "has no hash any more")
        elif computed != stored:
            self._changed.append((computed, AuditFinding(index, leaf.entry_id, "")))
            self._sealed[stored] = index
        elif not _is_found_by(leaf):
            self._found(index, leaf.entry_id, "is listed with another operation, actor, time or id than it has")
        if leaf.values is None or not opens(leaf.entry or {}, leaf.values):
            self._found(index, leaf.entry_id, "shows a value to which it is not committed")
        self._grow(stored or computed, leaf.entry_id, hashes)

    def _missing(self, index: int, entry_id: UUID | None, problem: str, hashes: Mapping[int, bytes]) -> None:
        self._found(index, entry_id, problem)
        self._grow(hashes.get(node_number(0, index), b""), entry_id, hashes)

    def _grow(self, own: bytes, entry_id: UUID | None, hashes: Mapping[int, bytes]) -> None:
        growing, index, level = self._tree.add(own), self._tree.size, 0
        number, computed = next(growing)
        while True:
            stored = hashes.get(number)
            if level and stored is None:
                self._found(index, entry_id, f"ends a subtree of {1 << level} entries whose hash is missing")
            elif level and stored != computed:
                first = index + 1 - (1 << level)
                self._found(None, None, f"between the entries {first} and {index} one was changed with its hash")
            try:
                number, computed = growing.send(stored or computed)
            except StopIteration:
                break
            level += 1
        if point := self._checkpoints.get(self._tree.size):
            self._compare(point)

    def _compare(self, point: StoredCheckpoint) -> None:
        where = f"the checkpoint of size {point.size}"
        try:
            checkpoint, signatures = parse_note(point.note)
        except NoteMalformed as error:
            self._found(None, None, f"{where} {error}")
            return
        known = [(key, each) for each in signatures for key in self._keys.trusted if each.is_by(key)]
        if not known:
            self._found(None, None, f"{where} is signed by no key that is trusted here")
        elif not any(self._keys.verifies(key, checkpoint.text, each.signature) for key, each in known):
            self._found(None, None, f"{where} has a signature that is wrong")
        if (checkpoint.size, checkpoint.root) != (point.size, point.root):
            self._found(None, None, f"{where} is stored with another size or root than was signed")
        if checkpoint.root != self._tree.root:
            since = f"the entries {self._last_good} to {point.size - 1}"
            self._found(None, None, f"{where} does not fit: among {since} some were changed, added or removed")
        else:
            self._last_good = point.size

    def _found(self, index: int | None, entry_id: UUID | None, problem: str) -> None:
        self.findings.append(AuditFinding(index, entry_id, problem))


def _is_found_by(leaf: StoredLeaf) -> bool:
    """Whether the leaf is listed by what its entry says."""
    entry = leaf.entry
    if entry is None:
        return False
    try:
        actor_id = entry["actor"]["id"]
        moment = leaf.occurred_at.strftime(MOMENT)
        listed = (str(leaf.entry_id), leaf.operation, leaf.actor_id and str(leaf.actor_id), moment)
        return listed == (entry["id"], entry["operation"], actor_id, entry["occurred_at"])
    except (KeyError, TypeError):
        return False
