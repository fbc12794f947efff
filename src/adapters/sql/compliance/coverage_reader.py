"""Reading who is under no requirement."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, exists, select

from adapters.registry import serves
from adapters.sql.compliance.obligation_reader import (
    STATES,
    as_of_parameters,
    flags_of,
    known,
    only_visible,
    visible_parameters,
)
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.pages import Listing, Order, listed
from adapters.sql.kit.reads import Reads
from adapters.sql.people.tables import users
from application.compliance.obligations.coverage import BY_NAME, CoverageReader, UncoveredPerson
from application.compliance.obligations.lists import AsOf, VisiblePeople
from application.kernel.messages import Cursor, Page
from domain.people.names import name_key

PERSON = columns_of(UncoveredPerson, users, user_id=users.c.id)
# Named, since an item does not show what it is sorted by.
ORDER = Order(users.c.name_key, PERSON[0], descending=False, sort=BY_NAME)
PAGE = Listing(
    UncoveredPerson, lambda last: Cursor(name_key(last.full_name, last.email, last.employee_id), last.user_id, BY_NAME)
)


@cache
def _uncovered(scoped: bool, responsible: bool, at_moment: bool, after: bool, total: bool) -> Select[Any]:
    owes = exists().where(STATES.user_id == users.c.id, known(at_moment))
    some = select(*PERSON).where(users.c.is_active, users.c.merged_into.is_(None), ~owes)
    return listed(only_visible(some, scoped, responsible), ORDER, after=after, total=total)


@serves(CoverageReader)
class SqlCoverageReader:
    """Who is under no requirement, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def uncovered(
        self, visible: VisiblePeople, as_of: AsOf, after: Cursor | None, limit: int, *, total: bool = False
    ) -> Page[UncoveredPerson]:
        statement = _uncovered(*flags_of(visible, as_of), after is not None, total)
        page = await PAGE.page(
            self._reads, statement, after, limit, **as_of_parameters(as_of), **visible_parameters(visible)
        )
        return page or Page([], None)
