"""Reading notices: what people were notified, and why they were not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from application.compliance.obligations.lists import VisiblePeople
from application.delivery.notices.ports import NoticeCount
from application.kernel.access import Actor, anyone, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query
from domain.delivery.notices import NoticeKind, NoticeReason, NoticeState, SubjectKind
from domain.people.user_errors import UserNotFound


@dataclass(slots=True)
class NoticeView:
    """A notice to a person by e-mail, for one cause, and what has become of it.

    `object_id` is what it is about: a requirement (`obligation`), a module (`enrollment`), the record of a certificate,
    a credential, or the person (`team`). Notices with the same `mail_id` are one message. `day` is the local day on
    which it was to be decided, `due_on` the day on which something is due or expires. `reason` says why it was not
    sent, or not yet; `status` is the number that the mail server has answered. It waits until `not_before`, if that is
    known.
    """

    id: UUID
    mail_id: UUID
    user_id: UUID
    kind: NoticeKind
    subject: SubjectKind
    object_id: UUID
    cycle: int
    day: date
    due_on: date | None
    state: NoticeState
    reason: NoticeReason | None
    status: int | None
    decided_at: datetime
    not_before: datetime | None
    settled_at: datetime | None


class NoticeReader(Protocol):
    """Reads notices with one statement per call."""

    async def of_user(
        self, visible: VisiblePeople, user_id: UUID, object_id: UUID | None, after: Cursor | None, limit: int
    ) -> Page[NoticeView] | None:
        """Those to the person, about this object if one is given, the newest decision first; None when there is no such
        visible user.
        """

    async def counts(self) -> list[NoticeCount]:
        """How many there are of each kind in each state."""


@dataclass(frozen=True, slots=True)
class ListNotices(Query[Page[NoticeView]]):
    """The notices to a person, newest first; with `about` those about one requirement, module or credential."""

    user_id: UUID
    about: UUID | None = None
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListNotices, allow=anyone, raises=(UserNotFound,))
async def list_notices(query: ListNotices, actor: Actor, notices: NoticeReader) -> Page[NoticeView]:
    """Show what somebody was notified by e-mail, and why not, to that person, to managers, compliance officers and
    administrators.
    """
    page = await notices.of_user(VisiblePeople.of(actor), query.user_id, query.about, query.cursor, query.limit)
    if page is None:
        raise UserNotFound
    return page


@dataclass(frozen=True, slots=True)
class CountNotices(Query[list[NoticeCount]]):
    """How many notices there are."""


@handles(CountNotices, allow=the_system, internal=True)
async def count_notices(query: CountNotices, actor: Actor, notices: NoticeReader) -> list[NoticeCount]:
    """The service counts notices by kind and state."""
    return await notices.counts()
