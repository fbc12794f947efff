"""What a requirement asks as a document, which people write and stores keep."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from domain.compliance.audience_documents import document_of
from domain.compliance.terms import Terms


def terms_document(terms: Terms) -> dict[str, Any]:
    """The terms by the names of their fields, the audience as its document."""
    plain = {each.name: getattr(terms, each.name) for each in fields(terms)}
    return {**plain, "audience": document_of(terms.audience)}
