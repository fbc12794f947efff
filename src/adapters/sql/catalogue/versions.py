"""Module versions: repository and reader."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Select,
    Uuid,
    bindparam,
    select,
)

from adapters.registry import serves
from adapters.sql.catalogue.tables import versions
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.pages import Listing, at_most
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.units import SqlUnit
from application.catalogue.ports import Versions
from application.catalogue.versions.queries import (
    VersionDetail,
    VersionPair,
    VersionReader,
    VersionSummary,
    number_cursor,
)
from application.kernel.messages import Cursor, Page
from domain.catalogue.versions import ModuleVersion, Publication, VersionNotFound

MODULE_ID = bindparam("module_id", type_=Uuid())
NUMBER = bindparam("number", type_=Integer())
WHOLE = columns_of(ModuleVersion, versions)
ONE = select(*WHOLE).where(versions.c.module_id == MODULE_ID, versions.c.number == NUMBER)
PUBLICATIONS = (
    select(*columns_of(Publication, versions)).where(versions.c.module_id == MODULE_ID).order_by(versions.c.number)
)
PAIR = select(*WHOLE).where(
    versions.c.module_id == MODULE_ID, versions.c.number.in_((NUMBER, bindparam("other", type_=Integer())))
)
DETAIL = select(*columns_of(VersionDetail, versions)).where(
    versions.c.module_id == MODULE_ID, versions.c.number == NUMBER
)


@serves(Versions)
class SqlVersions:
    """Versions in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit
        self._known: dict[tuple[UUID, int], ModuleVersion] = {}
        """Versions never change, so that a handler and the reactions to its events share one read."""

    async def add(self, version: ModuleVersion) -> None:
        row = {column.name: getattr(version, column.name) for column in versions.c}
        await self._unit.insert(versions, [row])
        self._known[version.module_id, version.number] = version

    async def get(self, module_id: UUID, number: int) -> ModuleVersion:
        if (module_id, number) not in self._known:
            rows = await self._unit.fetch(ONE, module_id=module_id, number=number)
            if not rows:
                raise VersionNotFound
            self._known[module_id, number] = ModuleVersion(*rows[0])
        return self._known[module_id, number]

    async def publications(self, module_id: UUID) -> list[Publication]:
        return [Publication(*row) for row in await self._unit.fetch(PUBLICATIONS, module_id=module_id)]


@cache
def _of_module(after: bool) -> Select[Any]:
    statement = select(*columns_of(VersionSummary, versions)).where(versions.c.module_id == MODULE_ID)
    if after:
        statement = statement.where(versions.c.number < NUMBER)
    return statement.order_by(versions.c.number.desc()).limit(at_most())


LISTED = Listing(VersionSummary, number_cursor)


@serves(VersionReader)
class SqlVersionReader:
    """Versions, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of_module(self, module_id: UUID, after: Cursor | None, limit: int) -> Page[VersionSummary] | None:
        number = {} if after is None else {"number": min(after.id.int, 2**31 - 1)}
        page = await LISTED.page(
            self._reads, _of_module(after is not None), after, limit, module_id=module_id, **number
        )
        if page is None and after is not None and await self.of_module(module_id, None, 1):
            return Page([], None)
        return page

    async def detail(self, module_id: UUID, number: int) -> VersionDetail | None:
        rows = await self._reads.rows(DETAIL, module_id=module_id, number=number)
        return VersionDetail(*rows[0]) if rows else None

    async def pair(self, module_id: UUID, earlier: int, later: int) -> VersionPair | None:
        rows = await self._reads.rows(PAIR, module_id=module_id, number=earlier, other=later)
        found = {version.number: version for version in (ModuleVersion(*row) for row in rows)}
        if {earlier, later} - found.keys():
            return None
        return VersionPair(found[earlier], found[later])
