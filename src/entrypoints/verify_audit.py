"""Verifies an exported audit ledger, with Python's standard library alone: this file runs by itself anywhere.

    python verify_audit.py audit.jsonl checkpoint.txt PUBLIC_KEY

The export is from `GET /v1/audit/export`, the checkpoint from `GET /v1/audit/checkpoint`; best is one that somebody
kept outside the organization. PUBLIC_KEY is `name+id+key`, or a file with it. It must come from a trusted source, not
from the service that is verified. Exits with 0 if everything fits, with 1 if not, and with 2 if the signature could not
be verified, which takes the package `cryptography` or the program `openssl`.

What is verified: each line is canonical JSON (RFC 8785) with nothing added; the entries are all there, each once and in
their order; the hash of each is that of its leaf; the values shown with salts are those that the entry is committed to;
the root of the tree (RFC 9162) is that of the checkpoint; and the checkpoint (C2SP signed note) is signed by the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIELDS = {"disclosed", "entry", "index", "leaf_hash"}
COMMITTED = ("client_address", "request_id")
ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LARGEST = 2**53
DER_OF_ED25519 = bytes.fromhex("302a300506032b6570032100")


@dataclass(frozen=True)
class Finding:
    """Something that does not fit, with the index and the id of the entry if it is about one."""

    index: int | None
    entry_id: str | None
    problem: str

    def __str__(self) -> str:
        place = "" if self.index is None else f"entry {self.index}"
        named = " ".join(filter(None, [place, self.entry_id]))
        return f"{named}: {self.problem}" if named else self.problem


class Tree:
    """A growing tree, of which only the right edge is remembered."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        index = self.size
        self.size += 1
        while index & 1:
            leaf, index = node_hash(self._edge.pop(), leaf), index >> 1
        self._edge.append(leaf)

    @property
    def root(self) -> bytes:
        if not self._edge:
            return hashlib.sha256(b"").digest()
        root = self._edge[-1]
        for each in reversed(self._edge[:-1]):
            root = node_hash(each, root)
        return root


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_lines(lines: Iterable[bytes], tree: Tree) -> Iterator[Finding]:
    """What is wrong with the lines of an export. Their entries are added to the tree."""
    computed: dict[str, int] = {}
    stored: dict[str, int] = {}
    changed: list[tuple[int, str | None, str]] = []
    expected = 0
    for number, raw in enumerate(lines, 1):
        line, problem = _parsed(raw)
        if line is None:
            yield Finding(None, None, f"line {number} {problem}")
            expected += 1
            continue
        index, entry = line["index"], line["entry"]
        entry_id = _id_of(entry)
        if index != expected:
            yield Finding(expected, entry_id, _misplaced(index, expected, number))
        expected = max(expected, index) + 1
        own = hashlib.sha256(b"\x00" + canonical(entry)).hexdigest()
        if entry is None:
            yield Finding(index, None, "is missing: it was removed")
        elif own != line["leaf_hash"]:
            changed.append((index, entry_id, own))
        elif own in computed:
            yield Finding(index, entry_id, f"is there twice: it is also entry {computed[own]}")
        computed[own], stored[line["leaf_hash"]] = index, index
        if isinstance(entry, dict) and not opens(entry, line["disclosed"]):
            yield Finding(index, entry_id, "shows a value to which it is not committed")
        tree.add(hashlib.sha256(b"\x00" + canonical(entry)).digest())
    for index, entry_id, own in changed:
        where = stored.get(own)
        yield Finding(
            index,
            entry_id,
            "was changed after it was sealed" if where is None else f"was reordered: it was sealed as entry {where}",
        )


def _id_of(entry: object) -> str | None:
    """The id of an entry, unless somebody has put something else in its place."""
    found = entry.get("id") if isinstance(entry, dict) else None
    return found if isinstance(found, str) and ID.fullmatch(found) else None


def _misplaced(index: int, expected: int, number: int) -> str:
    if index < expected:
        return f"is not here: line {number} has entry {index} again, or it was added or reordered"
    several = "is missing" if index == expected + 1 else f"is missing, and so are those before entry {index}"
    return f"{several} (line {number})"


def _parsed(raw: bytes) -> tuple[dict[str, Any] | None, str]:
    if not raw.endswith(b"\n"):
        return None, "does not end: the file was cut off, or a line break was changed"
    try:
        line = json.loads(raw.decode())
        if not isinstance(line, dict) or line.keys() != FIELDS:
            return None, "does not have exactly the fields of an export"
        if type(line["index"]) is not int or type(line["leaf_hash"]) is not str or type(line["disclosed"]) is not dict:
            return None, "has a field of another type"
        if not 0 <= line["index"] < LARGEST:
            return None, "has an index that no entry can have"
        if canonical(line) + b"\n" != raw:
            return None, "was changed: it is not canonical JSON"
    except (ValueError, RecursionError, TypeError):
        return None, "was changed: it is not JSON"
    return line, ""


def canonical(value: Any) -> bytes:
    """RFC 8785, for what entries contain: names in ASCII, and no number with an exponent."""
    return json.dumps(
        _numbers(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def _numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST:
        return int(value)
    if isinstance(value, dict):
        return {key: _numbers(each) for key, each in value.items()}
    return [_numbers(each) for each in value] if isinstance(value, list) else value


def opens(entry: dict[str, Any], disclosed: dict[str, Any]) -> bool:
    """Whether these values with their salts are what the entry is committed to."""
    for name, each in disclosed.items():
        if name not in COMMITTED or not isinstance(each, dict) or each.keys() != {"salt", "value"}:
            return False
        try:
            salt = base64.b64decode(each["salt"], validate=True)
        except (ValueError, TypeError):
            return False
        if base64.b64encode(salt).decode() != each["salt"] or not isinstance(each["value"], str):
            return False
        if entry.get(name) != hmac.new(salt, each["value"].encode(), hashlib.sha256).hexdigest():
            return False
    return True


def verify_checkpoint(note: bytes, key: str, tree: Tree) -> tuple[list[Finding], bool]:
    """What is wrong with the checkpoint of the tree, and whether its signature could be verified."""
    findings: list[Finding] = []
    try:
        text, _, signed = note.decode().rpartition("\n\n")
        origin, size, root, rest = (text + "\n").split("\n")
        name, key_id, encoded = key.strip().split("+", 2)
        material = base64.b64decode(encoded, validate=True)
        signatures = _signatures(signed, name, bytes.fromhex(key_id))
        if rest or not origin or material[:1] != b"\x01" or len(material) != 33 or size != str(int(size)):
            raise ValueError
    except ValueError:
        return [Finding(None, None, "the checkpoint or the public key is malformed")], True
    text += "\n"
    if hashlib.sha256(name.encode() + b"\n" + material).digest()[:4].hex() != key_id:
        findings.append(Finding(None, None, "the id of the public key does not belong to it"))
    if int(size) != tree.size:
        findings.append(Finding(None, None, f"the checkpoint has {size} entries, and the export {tree.size}"))
    elif root != base64.b64encode(tree.root).decode():
        findings.append(Finding(None, None, "the root of the entries is not that of the checkpoint"))
    if not signatures:
        findings.append(Finding(None, None, "the checkpoint is not signed by the public key"))
    known = True
    for signature in signatures:
        valid = verify_signature(material[1:], text.encode(), signature)
        known = known and valid is not None
        if valid is False:
            findings.append(Finding(None, None, "the signature of the checkpoint is wrong"))
    return findings, known


def _signatures(signed: str, name: str, key_id: bytes) -> list[bytes]:
    """The signatures by the key. Raises ValueError for lines that are none."""
    if not signed.endswith("\n"):
        raise ValueError
    found = []
    for line in signed[:-1].split("\n"):
        dash, signer, encoded = line.split(" ")
        material = base64.b64decode(encoded, validate=True)
        if dash != "\u2014" or base64.b64encode(material).decode() != encoded:
            raise ValueError
        if (signer, material[:4]) == (name, key_id):
            found.append(material[4:])
    return found


def verify_signature(public: bytes, text: bytes, signature: bytes) -> bool | None:
    """Whether the Ed25519 signature is right; None if nothing here can tell."""
    for verify in (_with_cryptography, _with_openssl):
        valid = verify(public, text, signature)
        if valid is not None:
            return valid
    return None


def _with_cryptography(public: bytes, text: bytes, signature: bytes) -> bool | None:
    try:
        ed25519 = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
        invalid = importlib.import_module("cryptography.exceptions").InvalidSignature
    except ImportError:
        return None
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (invalid, ValueError):
        return False
    return True


def _with_openssl(public: bytes, text: bytes, signature: bytes) -> bool | None:
    program = shutil.which("openssl")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        names = ("key.der", "text", "signature")
        for name, content in zip(names, (DER_OF_ED25519 + public, text, signature), strict=True):
            Path(folder, name).write_bytes(content)
        inputs = ("-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin", "-in", "text", "-sigfile", "signature")
        done = subprocess.run(  # noqa: S603  # our own arguments
            [program, "pkeyutl", "-verify", *inputs], cwd=folder, capture_output=True, timeout=60, check=False
        )
    return done.returncode == 0


def verify_files(
    export: Path, checkpoint: Path, key: str, progress: Callable[[int], None] = lambda size: None
) -> tuple[list[Finding], bool, int]:
    """All findings, whether the signature could be verified, and the number of entries. Raises OSError.

    `progress` is called with the bytes of each line.
    """
    tree = Tree()

    def lines() -> Iterator[bytes]:
        with export.open("rb") as file:
            for line in file:
                progress(len(line))
                yield line

    findings = list(verify_lines(lines(), tree))
    more, known = verify_checkpoint(checkpoint.read_bytes(), key, tree)
    return [*findings, *more], known, tree.size


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        sys.stderr.write(str(__doc__))
        return 1
    export, checkpoint, key = arguments
    try:
        if Path(key).is_file():
            key = Path(key).read_text(encoding="utf-8")
        findings, known, size = verify_files(Path(export), Path(checkpoint), key)
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"Nothing was verified: {error}\n")
        return 1
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    if not known:
        sys.stdout.write("The signature could not be verified: install `cryptography` or `openssl`.\n")
    if findings:
        return 1
    sys.stdout.write(f"{size} entries verified.\n")
    return 0 if known else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
