"""Conditional requests (RFC 9110): strong entity tags made from versions."""

from __future__ import annotations

import re

from entrypoints.http.problems import fault, invalid

_TAGS = re.compile(r'\*|(W/)?"[!#-~]*"([ \t]*,[ \t]*(W/)?"[!#-~]*")*')
_TAG = re.compile(r'(W/)?"([!#-~]*)"')
_VERSION = re.compile(r"[1-9][0-9]{0,17}")


def entity_tag(version: int) -> str:
    """The strong tag of a version."""
    return f'"{version}"'


def expected_versions(header: str | None) -> frozenset[int] | None:
    """The versions that If-Match names; None when any will do. Weak tags match nothing. Raises Problem."""
    if header is None or header == "*":
        return None
    tags = _tags("if-match", header)
    return frozenset(int(tag) for weak, tag in tags if not weak and _VERSION.fullmatch(tag))


def is_current(header: str, version: int) -> bool:
    """Whether If-None-Match says that the client has this version; weak tags count. Raises Problem."""
    return header == "*" or any(tag == str(version) for _, tag in _tags("if-none-match", header))


def _tags(name: str, header: str) -> list[tuple[str, str]]:
    if not _TAGS.fullmatch(header):
        message = 'must be entity tags such as "3", with commas between them, or *'
        raise invalid([fault("header", [name], message)])
    return _TAG.findall(header)
