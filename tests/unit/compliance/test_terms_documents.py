"""What a requirement asks as a document: it comes back as it was, and what is wrong says where."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from adapters.documents import edge_type
from adapters.encoding import to_json
from adapters.sql.compliance.requirement_tables import TERMS
from domain.compliance.terms import Terms
from domain.compliance.terms_documents import terms_document
from domain.kernel.errors import InvalidValue
from kit.about import for_each
from kit.compliance import hours, rule
from kit.random_terms import some_terms

READ: TypeAdapter[Terms] = TypeAdapter(edge_type(Terms))


@given(st.randoms(use_true_random=False))
def test_terms_come_back_as_they_were(chance: Random) -> None:
    terms = some_terms(chance)
    stored = TERMS.dump(terms)
    assert TERMS.load(msgspec.json.decode(stored)) == terms
    assert READ.validate_json(to_json(terms_document(terms)), strict=True) == terms


def test_hours_are_numbers_and_written_alike() -> None:
    stored = msgspec.json.decode(TERMS.dump(rule(hours("8.50")).terms))
    assert stored["fulfillment"]["hours"] == 8.5
    for written in ("8.5", "8.50", "85e-1"):
        text = bytes(TERMS.dump(rule(hours("3")).terms)).replace(b'"hours":3', f'"hours":{written}'.encode())
        found = READ.validate_json(text, strict=True).fulfillment
        assert to_json(found) == to_json(hours("8.5")), written


@for_each(
    ("where", "what", "path"),
    [
        (("audience",), {"field": "state", "is": "Texas"}, ("is",)),
        (("audience",), {"all": [{"any": []}]}, ("all", 0, "any")),
        (("audience",), None, ()),
        (("fulfillment",), {"kind": "hours", "hours": 2.005}, None),
        (("fulfillment",), {"kind": "hours", "hours": True}, None),
        (("fulfillment",), {"kind": "hours", "hours": "2"}, None),
        (("fulfillment",), {"kind": "hours", "hours": 0}, None),
        (("fulfillment",), {"kind": "hours", "hours": 2, "live": 3}, ("live",)),
        (("repeats",), {"kind": "sometimes"}, None),
        (("repeats",), {"kind": "from_expiry", "months": 2, "window_days": 60}, ("window_days",)),
        (("guards",), {"max_interval_days": 0}, None),
        (("strange",), 1, None),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(
    where: tuple[str, ...], what: Any, path: tuple[str | int, ...] | None
) -> None:
    document = {**msgspec.json.decode(TERMS.dump(rule().terms)), where[0]: what}
    with pytest.raises(ValidationError) as refused:
        READ.validate_json(to_json(document), strict=True)
    (error,) = refused.value.errors()
    assert error["loc"][0] == where[0]
    if path is not None:
        cause = error["ctx"]["error"]
        assert isinstance(cause, InvalidValue)
        assert cause.field == path
