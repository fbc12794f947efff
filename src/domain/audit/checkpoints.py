"""Checkpoints: the signed size and root of the ledger's tree (C2SP tlog-checkpoint, in a C2SP signed note)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

ED25519 = b"\x01"
"""The type of the keys and signatures."""
SIGNED_BY = "\u2014 "
"""What each line of a signature begins with: an em dash and a space."""
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_NAME = re.compile(r"[^\s+\x00-\x1f]{1,200}")


class NoteMalformed(ValueError):
    """The text is not a signed checkpoint, or not a public key of one; says why."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key that verifies checkpoints, with the name under which its owner signs."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256 over name and key, which signatures begin with."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_encoded(ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """The key written as `name+id+key`. Raises NoteMalformed."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        material = _decoded(encoded)
        if not _NAME.fullmatch(name) or len(material) != 33 or material[:1] != ED25519:
            raise NoteMalformed("is not a public key written as name+id+key")
        key = cls(name, material[1:])
        if key.id.hex() != key_id:
            raise NoteMalformed("is a public key whose id does not belong to its name and key")
        return key


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The size and root of a ledger's tree at some time. `origin` names the ledger."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{_encoded(self.root)}\n"

    def signed(self, key: VerifierKey, signature: bytes) -> str:
        """The note: the text and who signed it."""
        return f"{self.text}\n{SIGNED_BY}{key.name} {_encoded(key.id + signature)}\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature of a note, by the key of this name and id."""

    name: str
    key_id: bytes
    signature: bytes

    def is_by(self, key: VerifierKey) -> bool:
        return (self.name, self.key_id) == (key.name, key.id)


def parse_note(note: str) -> tuple[Checkpoint, list[Signature]]:
    """The checkpoint of a note and its signatures, which are not verified here. Raises NoteMalformed."""
    text, separator, signed = note.rpartition("\n\n")
    if not separator or not signed.endswith("\n"):
        raise NoteMalformed("has no signatures behind an empty line")
    lines = text.split("\n")
    if len(lines) < 3 or not lines[0] or "" in lines or not _SIZE.fullmatch(lines[1]):
        raise NoteMalformed("does not begin with origin, size and root")
    root = _decoded(lines[2])
    if len(lines) > 3 or len(root) != 32:
        raise NoteMalformed("has more lines than origin, size and root, or a root that is none")
    return Checkpoint(lines[0], int(lines[1]), root), [_signature(line) for line in signed[:-1].split("\n")]


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(SIGNED_BY).partition(" ")
    material = _decoded(encoded)
    if not line.startswith(SIGNED_BY) or not _NAME.fullmatch(name) or len(material) < 5:
        raise NoteMalformed("has a line that is no signature")
    return Signature(name, material[:4], material[4:])


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteMalformed("has something that is not base64") from None
    if _encoded(data) != text:
        raise NoteMalformed("has base64 that is written in an unusual way")
    return data
