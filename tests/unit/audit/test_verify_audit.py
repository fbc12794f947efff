"""The verifier of exported ledgers: it finds every changed byte, and names what was changed, removed or reordered."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from adapters.audit_entries import _canonical
from adapters.memory.audit.tables import DISCLOSURES
from adapters.memory.kit.discovery import memory_readers, memory_units
from adapters.memory.kit.store import MemoryStore
from application.audit.exporting import ExportAudit, export_audit
from application.audit.ports import Ledger
from application.audit.reading import AuditReader
from application.audit.sealing import SealAudit, seal_audit
from application.kernel.access import Actor
from application.kernel.units import AuditTrail, Unit
from contracts.audit.ledger import ANA, KEYS, MACHINE, SYSTEM, a_record
from contracts.make import uid, user_id
from domain.catalogue.module_life import ModuleDrafted
from domain.learning.enrollment_events import UsersEnrolled
from entrypoints import verify_audit
from entrypoints.verify_audit import Finding, Tree, canonical, verify_checkpoint, verify_files, verify_lines
from faults.rounds import rounds
from kit.measured import Measured
from kit.surroundings import CountingIds, FixedClock

KEY = str(KEYS.signer)
ENTRIES = 7


@dataclass(frozen=True)
class Exported:
    """An export with its checkpoint."""

    lines: list[bytes]
    note: bytes

    def findings(self, lines: Sequence[bytes] | None = None) -> list[Finding]:
        tree = Tree()
        found = list(verify_lines(self.lines if lines is None else lines, tree))
        return [*found, *verify_checkpoint(self.note, KEY, tree)[0]]

    def named(self, lines: Sequence[bytes]) -> set[tuple[int | None, str | None, str]]:
        """What is found, with the beginning of each problem."""
        return {(each.index, each.entry_id, each.problem.partition(":")[0]) for each in self.findings(lines)}


async def export(count: int = ENTRIES, *, erased: bool = False) -> Exported:
    store = MemoryStore()
    units, actors = memory_units(store), [SYSTEM, ANA, MACHINE]

    async def work(unit: Unit) -> str | None:
        for n in range(ENTRIES):
            await unit.port(AuditTrail).enter(
                a_record(n, actors[n % 3], UsersEnrolled(uid(n), (user_id(n),)), ModuleDrafted(uid(n)))
            )
        return (
            await seal_audit(SealAudit(), Actor.system(), unit.port(Ledger), KEYS, FixedClock(), CountingIds())
        ).note

    note = await units.run(work)
    assert note is not None
    if erased:
        store.table(DISCLOSURES).by_key.clear()
    reader: AuditReader = memory_readers(store)[AuditReader]
    file = await export_audit(ExportAudit(), SYSTEM, reader)
    content = b"".join([chunk async for chunk in file.chunks])
    return Exported(content.splitlines(keepends=True), note.encode())


@pytest.fixture
async def exported() -> Exported:
    return await export()


def id_of(line: bytes) -> str:
    return str(json.loads(line)["entry"]["id"])


def resealed(line: bytes, **changes: object) -> bytes:
    """The line with these changes of its entry, and the hash that belongs to them."""
    parsed = json.loads(line)
    parsed["entry"] |= changes
    parsed["leaf_hash"] = hashlib.sha256(b"\x00" + rfc8785.dumps(parsed["entry"])).hexdigest()
    return rfc8785.dumps(parsed) + b"\n"


async def test_what_was_exported_verifies(exported: Exported) -> None:
    assert len(exported.lines) == ENTRIES
    assert exported.findings() == []


async def test_what_was_exported_after_an_erasure_verifies() -> None:
    after = await export(erased=True)
    assert all(json.loads(line)["disclosed"] == {} for line in after.lines)
    assert after.findings() == []


@pytest.mark.fault("a byte of an exported ledger is changed")
async def test_every_changed_byte_is_found(measured: Measured) -> None:
    """Of each byte one bit, another one each time; in `make faults` each bit."""
    small = await export(3)
    whole, missed = b"".join(small.lines), []
    flips = [(place, (place + bit) % 8) for place in range(len(whole)) for bit in rounds(1, 8)]
    for place, bit in flips:
        changed = bytearray(whole)
        changed[place] ^= 1 << bit
        if next(verify_lines(BytesIO(changed), Tree()), None) is None and not small.findings(list(BytesIO(changed))):
            missed.append(place)
    measured(bytes=len(whole), flips=len(flips), not_found=len(missed))
    assert missed == []


async def test_a_changed_entry_is_named(exported: Exported) -> None:
    line = exported.lines[3]
    changed = [*exported.lines]
    changed[3] = line.replace(b'"create_module"', b'"remove_module"')
    named = exported.named(changed)
    assert (3, id_of(line), "was changed after it was sealed") in named
    assert {index for index, *_ in named} <= {3, None}


async def test_a_changed_entry_with_its_hash_does_not_fit_the_checkpoint(exported: Exported) -> None:
    changed = [*exported.lines]
    changed[3] = resealed(changed[3], operation="remove_module")
    assert [each.problem for each in exported.findings(changed)] == [
        "the root of the entries is not that of the checkpoint"
    ]


async def test_a_removed_entry_is_named(exported: Exported) -> None:
    for gone in range(ENTRIES):
        lines = exported.lines[:gone] + exported.lines[gone + 1 :]
        problems = exported.findings(lines)
        assert gone == ENTRIES - 1 or any(each.index == gone and "missing" in each.problem for each in problems)
        assert f"the checkpoint has {ENTRIES} entries, and the export {ENTRIES - 1}" in {
            each.problem for each in problems
        }


async def test_an_added_entry_is_named(exported: Exported) -> None:
    added = resealed(exported.lines[2], id=str(uid(9)))
    problems = exported.findings([*exported.lines[:3], added, *exported.lines[3:]])
    assert any(each.index == 3 and "added" in each.problem for each in problems)


async def test_reordered_entries_are_named(exported: Exported) -> None:
    lines = [*exported.lines]
    lines[1], lines[4] = lines[4], lines[1]
    assert {each.index for each in exported.findings(lines) if each.index is not None} >= {1}
    # With the indexes of their new places.
    swapped = [*exported.lines]
    for here, there in ((1, 4), (4, 1)):
        parsed, own = json.loads(exported.lines[there]), json.loads(exported.lines[here])
        swapped[here] = rfc8785.dumps({**parsed, "index": here, "leaf_hash": own["leaf_hash"]}) + b"\n"
    named = exported.named(swapped)
    assert (1, id_of(exported.lines[4]), "was reordered") in named
    assert (4, id_of(exported.lines[1]), "was reordered") in named


async def test_a_value_that_is_not_the_committed_one_is_named(exported: Exported) -> None:
    changed = [*exported.lines]
    changed[1] = changed[1].replace(b"2001:db8::1", b"2001:db8::2")
    assert exported.named(changed) == {(1, id_of(changed[1]), "shows a value to which it is not committed")}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b"\xff\n",
        b"[" * 100_000 + b"\n",
        b'{"disclosed":{},"entry":null,"index":true,"leaf_hash":""}\n',
        b'{"disclosed":{},"entry":NaN,"index":0,"leaf_hash":""}\n',
        b'{"disclosed":[],"entry":{},"index":0,"leaf_hash":""}\n',
        b'{"disclosed":{"client_address":1},"entry":{},"index":0,"leaf_hash":""}\n',
        b'{"disclosed":{},"entry":{},"index":-1,"leaf_hash":""}\n',
        b'{"disclosed":{},"entry":{},"index":' + b"9" * 4_300 + b',"leaf_hash":""}\n',
        b'{"disclosed":{},"entry":{"id":7},"index":0,"leaf_hash":""}\n',
        b'{"disclosed":{},"entry":{"id":["7"]},"index":0,"leaf_hash":""}\n',
        b'{"disclosed":{},"entry":{"id":"\\n7 entries verified.\\u001b[2K"},"index":0,"leaf_hash":""}\n',
    ],
)
async def test_hostile_lines_are_findings(exported: Exported, line: bytes) -> None:
    found = exported.findings([line, *exported.lines[1:]])
    assert found
    assert all(str(each).isprintable() for each in found)


NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(1e-3, 1e15).map(lambda n: round(n, 6))
NAMES = st.text("abcxyz_", max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.text() | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=15,
)


@given(VALUES)
def test_it_writes_canonical_json_as_the_service_does(value: object) -> None:
    try:
        expected = rfc8785.dumps(value)  # type: ignore[arg-type]  # any JSON
    except (UnicodeEncodeError, rfc8785.CanonicalizationError):
        return
    assert canonical(value) == expected


class TestProgram:
    async def written(self, folder: Path) -> Exported:
        made = await export()
        (folder / "audit.jsonl").write_bytes(b"".join(made.lines))
        (folder / "checkpoint.txt").write_bytes(made.note)
        (folder / "key.txt").write_text(KEY + "\n")
        return made

    def run(self, folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, *flags, verify_audit.__file__, "audit.jsonl", "checkpoint.txt", "key.txt"]
        return subprocess.run(  # noqa: S603  # our own program
            program, cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )

    async def test_it_runs_by_itself(self, tmp_path: Path) -> None:
        await self.written(tmp_path)
        done = self.run(tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{ENTRIES} entries verified.\n", "")

    async def test_without_other_packages_it_uses_openssl_or_says_that_it_cannot_verify_signatures(
        self, tmp_path: Path
    ) -> None:
        await self.written(tmp_path)
        done = self.run(tmp_path, "-S", "-E")
        assert done.returncode in (0, 2)
        assert ("could not be verified" in done.stdout) is (done.returncode == 2)
        assert done.stderr == ""

    async def test_it_fails_for_a_changed_file_and_without_arguments(self, tmp_path: Path) -> None:
        made = await self.written(tmp_path)
        (tmp_path / "audit.jsonl").write_bytes(b"".join(made.lines[1:]))
        assert self.run(tmp_path).returncode == 1
        findings, known, size = verify_files(tmp_path / "audit.jsonl", tmp_path / "checkpoint.txt", KEY)
        assert (bool(findings), known, size) == (True, True, ENTRIES - 1)
        assert verify_audit.main([]) == 1
        (tmp_path / "checkpoint.txt").unlink()
        missing = self.run(tmp_path)
        assert (missing.returncode, missing.stdout) == (1, "")
        assert missing.stderr.startswith("Nothing was verified: ")
        assert missing.stderr.count("\n") == 1


@given(VALUES)
def test_entries_without_floats_are_canonical_json(value: object) -> None:
    entry = {"events": [{"data": without_floats(value)}], "id": "x", "v": 1}
    try:
        expected = rfc8785.dumps(entry)  # type: ignore[arg-type]  # any JSON
    except UnicodeEncodeError:
        return
    assert _canonical(entry) == expected


def without_floats(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_floats(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_floats(each) for each in value]
    return str(value) if isinstance(value, float) else value
