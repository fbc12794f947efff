"""A secret in a file that only its owner can read, write or replace."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path


class KeyFileUnsafe(ValueError):
    """Somebody else may know or choose the secret. The message says why, and follows the file's name."""


def random_secret() -> str:
    """A new secret of 32 bytes, in hexadecimal digits."""
    return secrets.token_hex(32)


def shared_secret(path: Path, new_secret: Callable[[], str] = random_secret) -> str:
    """The secret in the file, which is created if necessary. Two processes that create it at once get the same one.

    Raises KeyFileUnsafe when others have access to the file or its folder, and OSError.
    """
    _check_folder(path.parent)
    try:
        return _read(path)
    except FileNotFoundError:
        _make(path, new_secret())
        return _read(path)


def _read(path: Path) -> str:
    try:
        # Checks the open file, since another file may have the name a moment later.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise KeyFileUnsafe("is a symbolic link") from None
        raise
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise KeyFileUnsafe("is not a regular file")
        if found.st_uid != os.geteuid():
            raise KeyFileUnsafe("belongs to another user of this machine")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise KeyFileUnsafe("may be read or written by other users of this machine")
        return os.read(handle, 1_024).decode("ascii").strip()
    except UnicodeDecodeError:
        raise ValueError("holds no key") from None
    finally:
        os.close(handle)


def _make(path: Path, secret: str) -> None:
    # mkstemp's files are private; the link is atomic, and fails if the file exists.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w") as file:
        file.write(secret)
    try:
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(name)


def _check_folder(folder: Path) -> None:
    found = os.stat(folder)
    if found.st_uid not in (os.geteuid(), 0):
        raise KeyFileUnsafe("lies in a folder of another user")
    if found.st_mode & stat.S_ISVTX:
        return  # In such a folder, only the owner of a file can remove or rename it.
    if found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and not _is_private(found.st_gid)):
        raise KeyFileUnsafe("lies in a folder that other users of this machine may write to")


def _is_private(group: int) -> bool:
    """Whether it is the group that many systems give each user alone, so that files may be writable for it."""
    import grp
    import pwd

    try:
        user, found = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return group == user.pw_gid and found.gr_name == user.pw_name and set(found.gr_mem) <= {user.pw_name}
