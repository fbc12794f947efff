"""Sections of a document that are measured apart from the rest, between two marks each."""

from __future__ import annotations

import re

BEFORE = "## How it is measured\n"
"""The heading before which a new section comes."""


def section_of(document: str, name: str) -> str:
    """The section with its marks; empty if the document has none."""
    found = re.search(rf"<!-- {name} -->\n.*?<!-- /{name} -->\n", document, re.DOTALL)
    return found.group() if found else ""


def with_section(document: str, name: str, text: str) -> str:
    """The document with this section, in place of the one that it has. Text that is empty leaves it as it is."""
    if not text:
        return document
    section = text if section_of(text, name) else f"<!-- {name} -->\n{text}<!-- /{name} -->\n"
    if known := section_of(document, name):
        return document.replace(known, section)
    head, mark, rest = document.partition(BEFORE)
    return f"{head}{section}\n{mark}{rest}" if mark else f"{document.rstrip()}\n\n{section}"
