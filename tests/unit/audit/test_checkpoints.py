"""Checkpoints: known answers of C2SP signed notes, and notes that are refused."""

from __future__ import annotations

import base64

import pytest

from adapters.audit_keys import Ed25519Keys, new_seed
from domain.audit.checkpoints import Checkpoint, NoteMalformed, VerifierKey, parse_note
from entrypoints.verify_audit import Tree, _with_openssl, verify_checkpoint, verify_signature
from kit.surroundings import AUDIT_SEED

# The example of the specification of signed notes.
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SEED = base64.b64encode(base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]).decode()
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNED = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="

# The example of the specification of checkpoints.
NOTE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)

KEYS = Ed25519Keys("training.example.com", AUDIT_SEED)
assert KEYS.signer is not None
SIGNER = KEYS.signer
POINT = Checkpoint("training.example.com", 0, Tree().root)
OURS = POINT.signed(SIGNER, KEYS.sign(POINT.text))


def test_the_example_of_the_specification_has_its_key_and_signature() -> None:
    key, keys = VerifierKey.parse(KEY), Ed25519Keys("PeterNeumann", SEED)
    assert (str(key), key.id.hex(), key) == (KEY, "c74f20a3", keys.signer)
    signature = base64.b64decode(SIGNED)
    assert (signature[:4], signature[4:]) == (key.id, keys.sign(TEXT))
    assert keys.verifies(key, TEXT, signature[4:])
    assert not keys.verifies(key, TEXT.upper(), signature[4:])


def test_the_example_of_a_checkpoint_is_read() -> None:
    checkpoint, (signature,) = parse_note(NOTE)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.text == NOTE.partition("\n\n")[0] + "\n"
    assert (signature.name, signature.key_id.hex(), len(signature.signature)) == (checkpoint.origin, "033de0ae", 64)


def test_a_checkpoint_with_several_signatures_is_read() -> None:
    _, signatures = parse_note(NOTE + OURS.rpartition("\n\n")[2])
    assert [each.is_by(SIGNER) for each in signatures] == [False, True]


def test_what_is_signed_is_verified_by_each_program() -> None:
    checkpoint, (signature,) = parse_note(OURS)
    assert checkpoint == POINT
    for text, expected in ((POINT.text, True), (POINT.text.replace("0", "1", 1), False)):
        assert KEYS.verifies(SIGNER, text, signature.signature) is expected
        assert verify_signature(SIGNER.public, text.encode(), signature.signature) is expected
        # None where the program is not installed.
        assert _with_openssl(SIGNER.public, text.encode(), signature.signature) in (expected, None)
    assert verify_checkpoint(OURS.encode(), str(SIGNER), Tree()) == ([], True)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        NOTE.rstrip("\n"),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("20852163", "020852163"),
        NOTE.replace("20852163", "-1"),
        NOTE.replace("CsUY", "CsU"),
        NOTE.replace("q2I=", "q2J="),
        NOTE.replace("\u2014", "-"),
        NOTE.replace("\n\n", "\nextension\n\n"),
        NOTE + "\n",
        "\n" + NOTE,
        NOTE.replace(" Az3g", "  Az3g"),
    ],
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(NoteMalformed):
        parse_note(note)
    findings, _ = verify_checkpoint(note.encode(), str(SIGNER), Tree())
    assert findings


@pytest.mark.parametrize(
    "text",
    [
        "",
        KEY.replace("c74f20a3", "c74f20a4"),
        KEY.replace("Peter", "Petra"),
        KEY[:-4],
        KEY.replace("+AR", "+BR"),
        KEY.partition("+")[2],
    ],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(NoteMalformed):
        VerifierKey.parse(text)


@pytest.mark.parametrize("seed", ["", "AAAA", "not base64", AUDIT_SEED[:-4]])
def test_what_is_no_private_key_is_refused_without_being_shown(seed: str) -> None:
    with pytest.raises(ValueError, match="32 bytes in base64") as refused:
        Ed25519Keys("training.example.com", seed)
    assert not seed or seed not in str(refused.value)


def test_new_keys_differ_and_without_one_nothing_is_signed() -> None:
    assert new_seed() != new_seed()
    keys = Ed25519Keys("training.example.com", None, [SIGNER])
    assert (keys.signer, keys.trusted) == (None, (SIGNER,))
    with pytest.raises(LookupError):
        keys.sign("anything")


@pytest.mark.parametrize("bit", range(0, len(OURS.encode()) * 8, 3))
def test_every_changed_bit_of_a_checkpoint_is_found(bit: int) -> None:
    changed = bytearray(OURS.encode())
    changed[bit // 8] ^= 1 << bit % 8
    findings, _ = verify_checkpoint(bytes(changed), str(SIGNER), Tree())
    assert findings
