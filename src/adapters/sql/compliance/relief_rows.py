"""Relief with its decisions, as rows: what the repository and the reader both select."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, case, func, select

from adapters.sql.compliance.relief_tables import relief_decisions, reliefs
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.reads import Row
from adapters.sql.people.merged import person_of
from domain.compliance.relief import Relief, ReliefDecision

REQUEST = (
    *("id", "user_id", "requirement_id", "kind", "reason", "from_day", "until", "requested_by", "requested_at"),
    *("note", "decree_id", "number"),
)
PERSONS = ("person_id", "requester_id")
"""Who stands now for the users of the request."""
DECISION = columns_of(ReliefDecision, relief_decisions)
WHOLE = (
    select(*(reliefs.c[name] for name in REQUEST), person_of(reliefs.c.user_id).label("person_id"))
    .add_columns(person_of(reliefs.c.requested_by).label("requester_id"))
    .add_columns(*(column.label(f"decision_{column.key}") for column in DECISION))
    .select_from(reliefs.outerjoin(relief_decisions, relief_decisions.c.relief_id == reliefs.c.id))
    .order_by(reliefs.c.id, relief_decisions.c.number)
)
"""A row for each decision; one of NULLs for relief about which nothing is decided."""


def relief_of(rows: Iterable[Row]) -> list[Relief]:
    """The relief in these rows, in their order."""
    width = len(REQUEST) + len(PERSONS)
    requests: dict[Any, Row] = {}
    decisions: dict[Any, list[ReliefDecision]] = {}
    for row in rows:
        requests[row[0]] = row[:width]
        made = decisions.setdefault(row[0], [])
        if row[width] is not None:
            made.append(ReliefDecision(*row[width:]))
    found = []
    for relief_id, request in requests.items():
        known = dict(zip((*REQUEST, *PERSONS), request, strict=True))
        now = known.pop("requested_at")
        found.append(Relief(**known, now=now, decisions=decisions[relief_id]))
    return found


decided = relief_decisions.alias("decided")
"""The decision that approved or rejected."""
ending = relief_decisions.alias("ending")
"""The last one by which it ends sooner."""
_newest = relief_decisions.alias("newest")
_last = select(func.max(_newest.c.number)).where(_newest.c.relief_id == reliefs.c.id).scalar_subquery()
DECIDED = reliefs.outerjoin(decided, (decided.c.relief_id == reliefs.c.id) & (decided.c.number == 1)).outerjoin(
    ending, (ending.c.relief_id == reliefs.c.id) & (ending.c.number > 1) & (ending.c.number == _last)
)
UNTIL = case((ending.c.relief_id.is_not(None), ending.c.last_day), else_=reliefs.c.until)
"""The last day, as far as is decided."""


def whole(*conditions: Any) -> Select[Any]:
    """Relief with its decisions that meets the conditions."""
    return WHOLE.where(*conditions)
