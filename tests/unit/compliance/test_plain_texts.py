"""What SQL takes for granted: plain ASCII without what `needs_folding` names is folded by changing case alone."""

from __future__ import annotations

from itertools import product

from domain.kernel.typography import folded

SIGNS = [chr(code) for code in range(0x20, 0x7F)]


def needs_folding(text: str) -> bool:
    """As adapters.sql.compliance.audience_expressions defines it for both databases."""
    return any(each in text for each in ("  ", "--", "`")) or text != text.strip(" ")


def test_folding_plain_text_changes_case_alone() -> None:
    for text in ("", *SIGNS, *map("".join, product(SIGNS, repeat=2)), *(f"a{one}b{one}c" for one in SIGNS)):
        if not needs_folding(text):
            assert folded(text) == text.lower()


def test_other_text_is_folded_further() -> None:
    assert all(needs_folding(text) and folded(text) != text.lower() for text in ("a  b", "a--b", "a`b", " a", "a "))
