"""Conditional requests (RFC 9110) with strong entity tags, which name a version and what is shown of it.

`"7"` is version 7 as those who change it see it, and `"7-offered"` another view of it. Every other answer has a tag
such as `"7-0123456789abcdef"`, made from the answer itself: the answers of two people never share a tag, and a change
without a new version is noticed. A write compares the version alone.
"""

from __future__ import annotations

import re
from hashlib import blake2b

import msgspec

from entrypoints.http.kit.problems import fault, invalid

_TAGS = re.compile(r'\*|(W/)?"[!#-~]*"([ \t]*,[ \t]*(W/)?"[!#-~]*")*')
_TAG = re.compile(r'(W/)?"([!#-~]*)"')
_VERSION = re.compile(r"([1-9][0-9]{0,17})(-[0-9a-z]{1,40})?")


def entity_tag(version: int, mark: str = "") -> str:
    """The strong tag of a version, with a mark that distinguishes what is shown of it."""
    return f'"{version}-{mark}"' if mark else f'"{version}"'


def mark_of(body: bytes) -> str:
    """A mark of this answer, which no other has; the order of names does not matter, since databases change it."""
    return blake2b(msgspec.json.encode(msgspec.json.decode(body), order="sorted"), digest_size=8).hexdigest()


def expected_versions(header: str | None) -> frozenset[int] | None:
    """The versions named by If-Match; None when any will do. Weak tags match nothing. Raises Problem."""
    if header is None or header == "*":
        return None
    found = [_VERSION.fullmatch(tag) for weak, tag in _tags("if-match", header) if not weak]
    return frozenset(int(version[1]) for version in found if version)


def is_current(header: str, tag: str) -> bool:
    """Whether If-None-Match names this tag; weak tags count. Raises Problem."""
    return header == "*" or any(f'"{given}"' == tag for _, given in _tags("if-none-match", header))


def _tags(name: str, header: str) -> list[tuple[str, str]]:
    if not _TAGS.fullmatch(header):
        message = 'must be entity tags such as "3", with commas between them, or *'
        raise invalid([fault("header", [name], message)])
    return _TAG.findall(header)
