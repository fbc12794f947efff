"""How people are sorted by name."""

from __future__ import annotations

from domain.kernel.typography import folded


def name_key(full_name: str | None, email: str) -> str:
    """By what somebody is sorted among others: the name without case and accents, or else the e-mail address."""
    return folded(full_name) if full_name else email
