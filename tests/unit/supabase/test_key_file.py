"""The key file of development tokens: anybody who could read or choose the key could impersonate anybody."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.supabase.key_file import KeyFileUnsafe, shared_secret

SECRET = "5" * 64


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o700)
    return folder / "key"


def put(path: Path, mode: int = 0o600) -> None:
    path.write_text(f"{SECRET}\n")
    path.chmod(mode)


def test_it_is_made_once_for_its_owner_alone(path: Path) -> None:
    mask = os.umask(0)
    try:
        secret = shared_secret(path)
    finally:
        os.umask(mask)
    assert len(secret) == 64
    assert shared_secret(path) == secret
    assert [(each.name, stat.S_IMODE(each.stat().st_mode)) for each in path.parent.iterdir()] == [("key", 0o600)]


def test_a_private_one_is_read(path: Path) -> None:
    put(path, 0o400)
    assert shared_secret(path) == SECRET


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o666, 0o660])
def test_others_may_do_nothing_with_it(path: Path, mode: int) -> None:
    put(path, mode)
    with pytest.raises(KeyFileUnsafe, match="may be read or written by other users"):
        shared_secret(path)


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyFileUnsafe, match="symbolic link"):
        shared_secret(path)


def test_a_link_to_nothing_does_not_make_a_key_there(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyFileUnsafe, match="symbolic link"):
        shared_secret(path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused_without_waiting_for_it(path: Path, make: Callable[[Path], None]) -> None:
    make(path)
    with pytest.raises(KeyFileUnsafe, match="not a regular file"):
        shared_secret(path)


def test_it_belongs_to_who_runs_the_process(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(path)
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)
    with pytest.raises(KeyFileUnsafe, match="another user"):
        shared_secret(path)


@pytest.mark.parametrize("there", [True, False])
def test_others_may_not_put_another_one_in_its_place(path: Path, there: bool) -> None:
    if there:
        put(path)
    path.parent.chmod(0o777)
    with pytest.raises(KeyFileUnsafe, match="folder that other users"):
        shared_secret(path)
    assert path.exists() is there


def test_a_folder_where_only_owners_remove_files_is_accepted(path: Path) -> None:
    path.parent.chmod(0o1777)
    assert shared_secret(path) == shared_secret(path)


def test_what_is_no_text_is_no_key(path: Path) -> None:
    path.write_bytes(b"\xff" * 64)
    path.chmod(0o600)
    with pytest.raises(ValueError, match="holds no key"):
        shared_secret(path)
