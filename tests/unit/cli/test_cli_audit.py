"""The audit ledger at the command line."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from domain.audit.checkpoints import VerifierKey, parse_note
from kit.command_line import one_line, run

VERBS = ["audit-key", "seal-audit", "export-audit", "verify-audit"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def settings(folder: Path, ready: Path) -> dict[str, str]:
    """A ledger with four entries, two of them signed first, by a key of its own."""
    made = run("audit-key", "--output", "audit.key", AUDIT_ORIGIN="training.example.com")
    public = made.stderr.strip().removeprefix("Public key: ")
    (folder / "key.txt").write_text(public)
    named = {"AUDIT_SIGNING_KEY_FILE": "audit.key", "AUDIT_ORIGIN": "training.example.com"}
    for people in (("ana", "ben"), ("cy", "dee")):
        for name in people:
            run("grant-role", f"{name}@example.com", "author")
        assert run("seal-audit", **named).exit_code == 0
    return named


def tamper(statement: str) -> None:
    """Change the database as somebody who owns it."""
    with sqlite3.connect("test.db") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(folder: Path, verb: str) -> None:
    done = run(verb, "--help")
    assert done.exit_code == 0
    assert f"unified-dental {verb}" in done.stdout.partition("Example")[2]


def test_a_new_key_is_a_secret_of_its_owner(folder: Path) -> None:
    done = run("audit-key", "--output", "audit.key", PUBLIC_URL="https://training.example.com")
    assert (done.exit_code, done.stdout) == (0, "")
    assert stat.S_IMODE((folder / "audit.key").stat().st_mode) == 0o600
    assert VerifierKey.parse(done.stderr.removeprefix("Public key: ")).name == "training.example.com"
    assert "audit.key" in one_line(run("audit-key", "--output", "audit.key"))
    printed = run("audit-key")
    assert len(printed.stdout.strip()) == 44


def test_sealing_prints_the_checkpoint_once(settings: dict[str, str]) -> None:
    run("grant-role", "eve@example.com", "author")
    done = run("seal-audit", **settings)
    checkpoint, (signature,) = parse_note(done.stdout)
    assert checkpoint.size == 5
    assert signature.is_by(VerifierKey.parse(Path("key.txt").read_text()))
    again = run("seal-audit", **settings)
    assert (again.exit_code, again.stdout) == (0, "")


def test_what_was_sealed_verifies(settings: dict[str, str]) -> None:
    done = run("verify-audit", **settings)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "4 entries verified, 0 findings" in done.stderr


def test_an_export_verifies_until_it_is_changed(settings: dict[str, str]) -> None:
    assert run("export-audit", "audit.jsonl", **settings).exit_code == 0
    Path("checkpoint.txt").write_bytes(_newest_note())
    options = ("--from-export", "audit.jsonl", "--checkpoint", "checkpoint.txt")
    assert run("verify-audit", *options, **settings).exit_code == 0
    assert run("verify-audit", *options, "--key", Path("key.txt").read_text()).exit_code == 0
    content = Path("audit.jsonl").read_bytes()
    Path("audit.jsonl").write_bytes(content.replace(b'"grant_role"', b'"grant_rule"', 1))
    done = run("verify-audit", *options, **settings)
    assert done.exit_code == 1
    assert done.stdout.startswith("entry 0 ")


def _newest_note() -> bytes:
    with sqlite3.connect("test.db") as connection:
        ((note,),) = connection.execute("SELECT note FROM audit_checkpoints ORDER BY tree_size DESC LIMIT 1")
    connection.close()
    return str(note).encode()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_entries SET content = replace(content, 'grant', 'grunt') WHERE position = 3", "entry 2 "),
        ("DELETE FROM audit_entries WHERE position = 2", "entry 1 "),
        ("DELETE FROM audit_leaves WHERE leaf_index = 1", "entry 1: is missing"),
        ("DELETE FROM audit_nodes WHERE number = 4", "entry 2 "),
        ("UPDATE audit_leaves SET operation = 'read_module' WHERE leaf_index = 3", "entry 3 "),
        ("UPDATE audit_nodes SET hash = x'00' WHERE number = 1", "between the entries 0 and 1"),
        ("DELETE FROM audit_leaves WHERE leaf_index = 3", "entry 3: is missing, as is everything after it"),
        ("UPDATE audit_checkpoints SET root = x'00' WHERE tree_size = 2", "the checkpoint of size 2"),
        ("UPDATE audit_checkpoints SET note = 'x' WHERE tree_size = 2", "the checkpoint of size 2"),
    ],
)
def test_what_was_changed_is_named(settings: dict[str, str], statement: str, found: str) -> None:
    tamper(statement)
    done = run("verify-audit", **settings)
    assert done.exit_code == 1
    assert any(line.startswith(found) for line in done.stdout.splitlines()), done.stdout


def test_signatures_of_another_key_are_named_unless_it_is_a_former_one(settings: dict[str, str]) -> None:
    other = run("audit-key").stdout.strip()
    replaced = {"AUDIT_SIGNING_KEY": other, "AUDIT_ORIGIN": settings["AUDIT_ORIGIN"]}
    done = run("verify-audit", **replaced)
    assert done.stdout.splitlines() == [
        f"the checkpoint of size {size} is signed by no key that is trusted here" for size in (2, 4)
    ]
    assert run("verify-audit", **replaced, AUDIT_FORMER_KEYS=Path("key.txt").read_text()).exit_code == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"AUDIT_SIGNING_KEY": "c2VjcmV0"}, "AUDIT_SIGNING_KEY must be 32 bytes in base64"),
        ({"AUDIT_SIGNING_KEY_FILE": "missing.key"}, "AUDIT_SIGNING_KEY_FILE: No such file or directory: missing.key"),
        ({"AUDIT_SIGNING_KEY": "x", "AUDIT_SIGNING_KEY_FILE": "y"}, "are both set: remove one"),
        ({"AUDIT_FORMER_KEYS": "x"}, "AUDIT_FORMER_KEYS is not a public key"),
    ],
)
def test_wrong_settings_are_named_without_the_key(folder: Path, wrong: dict[str, str], said: str) -> None:
    line = one_line(run("seal-audit", **wrong))
    assert said in line
    assert "c2VjcmV0" not in line
