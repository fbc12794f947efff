"""Reading users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Protocol
from uuid import UUID

from application.kernel.access import Actor, Scope, anyone, overseers, scope_of
from application.kernel.handlers import handles
from application.kernel.lists import MOST_IDS, IdList, NameList, SearchText, Sort, require_cursor_of
from application.kernel.messages import Cursor, Page, PageSize, Query, RawJson
from application.kernel.views import view_of
from domain.kernel.roles import Role
from domain.kernel.text import plain
from domain.kernel.values import Items, Text
from domain.people.job_codes import Code
from domain.people.names import EmployeeId
from domain.people.user_errors import UserNotFound
from domain.people.users import User

MetadataCondition = Annotated[
    str,
    Text(
        200,
        form="lines",
        pattern=r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*:.+",
        hint="must be a path, a colon and a value, such as license_state:TX",
    ),
]


@dataclass(slots=True)
class UserView:
    """A person as the API shows one. `email` is null for somebody who has no address, or has none any more.

    `merged_into` is the user that stands for the person if this one turned out to be a duplicate.
    """

    id: UUID
    supabase_id: str | None
    requested_sign_in: str | None
    sign_in_note: str | None
    email: str | None
    employee_id: str | None
    full_name: str | None
    department: str | None
    job_title: str | None
    location: str | None
    location_id: UUID | None
    job_code: str | None
    hired_on: date | None
    role: Role
    is_active: bool
    email_confirmed: bool
    last_sign_in: datetime | None
    profile_metadata: Annotated[object, RawJson(dict[str, Any])]
    managed_departments: list[str]
    merged_into: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, user: User) -> UserView:
        return view_of(cls, user, managed_departments=list(user.managed_departments))


class UserSort(Sort):
    """How a list of people can be sorted. People without a name are sorted by e-mail address, or else by
    employee id."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    BY_NAME = "name"
    BY_NAME_BACKWARDS = "-name"


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users a list shows: those that meet all given conditions, with one of the departments, locations and so on.

    `sign_in_requested` is whether a sign-in waits for confirmation. `metadata` is a path into the profile's metadata
    and the text found there. Each word of `q` is searched in name, e-mail address, employee id and
    job title.
    """

    is_active: bool | None = None
    departments: tuple[str, ...] = ()
    q: str | None = None
    metadata: tuple[tuple[str, ...], str] | None = None
    sign_in_requested: bool | None = None
    ids: tuple[UUID, ...] = ()
    locations: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    employee_ids: tuple[str, ...] = ()
    has_email: bool | None = None
    location_ids: tuple[UUID, ...] = ()
    job_codes: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


class UserReader(Protocol):
    """Reads users with one statement per call."""

    async def page(
        self,
        scope: Scope,
        where: UserFilter,
        after: Cursor | None,
        limit: int,
        *,
        sort: UserSort = UserSort.NEWEST,
        total: bool = False,
    ) -> Page[UserView]:
        """Those within the scope, in this order; with `total` also their number."""

    async def detail(self, scope: Scope, user_id: UUID) -> UserView | None:
        """The user, None when there is no such user within the scope."""

    async def merged_into(self, user_id: UUID) -> list[UserView]:
        """The users who were merged into this one, in order of id."""


@dataclass(frozen=True, slots=True)
class ListUsers(Query[Page[UserView]]):
    """People, newest first unless sorted otherwise."""

    id: IdList = ()
    is_active: bool | None = None
    sign_in_requested: bool | None = None
    department: NameList = ()
    location: NameList = ()
    location_id: IdList = ()
    role: Annotated[tuple[Role, ...], Items(10)] = ()
    employee_id: Annotated[tuple[EmployeeId, ...], Items(MOST_IDS)] = ()
    has_email: bool | None = None
    job_code: Annotated[tuple[Code, ...], Items(50)] = ()
    q: SearchText | None = None
    metadata: MetadataCondition | None = None
    sort: UserSort = UserSort.NEWEST
    include_total: bool = False
    cursor: Cursor | None = None
    limit: PageSize = 50

    def require_sense(self) -> None:
        require_cursor_of(self.sort, self.cursor)


@handles(ListUsers, allow=overseers)
async def list_users(query: ListUsers, actor: Actor, users: UserReader) -> Page[UserView]:
    """Show people: managers see their departments, compliance officers and administrators all.

    A search in `q` finds its words in any order in name, e-mail address, employee id and job title, without regard
    to case and accents, but not in the metadata.
    """
    metadata = None
    if query.metadata is not None:
        path, _, value = query.metadata.partition(":")
        metadata = (tuple(path.split(".")), plain(value))
    where = UserFilter(
        query.is_active,
        query.department,
        query.q,
        metadata,
        query.sign_in_requested,
        query.id,
        query.location,
        query.role,
        query.employee_id,
        query.has_email,
        location_ids=query.location_id,
        job_codes=query.job_code,
    )
    return await users.page(
        scope_of(actor), where, query.cursor, query.limit, sort=query.sort, total=query.include_total
    )


@dataclass(frozen=True, slots=True)
class ReadUser(Query[UserView]):
    """One person."""

    user_id: UUID


@handles(ReadUser, allow=anyone, raises=(UserNotFound,))
async def read_user(query: ReadUser, actor: Actor, users: UserReader) -> UserView:
    """Show a user's profile to that user, to managers of the department, to compliance and administrators."""
    user = await users.detail(scope_of(actor), query.user_id)
    if user is None:
        raise UserNotFound
    return user
