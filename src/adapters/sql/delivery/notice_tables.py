"""The tables of notices: what people are notified by e-mail, and what they do not want to be notified.

Without foreign keys: that somebody was notified stays as long as what it was about.
"""

from __future__ import annotations

from sqlalchemy import CHAR, Column, Date, Index, Integer, PrimaryKeyConstraint, String, Table, UniqueConstraint, Uuid

from adapters.sql.kit.schema import identity, may, metadata
from adapters.sql.kit.types import ChoiceArray, Moment, choice, empty_array
from domain.delivery.notices import NoticeDecidedBefore, NoticeKind, NoticeReason, NoticeState, SubjectKind

notices = Table(
    "notices",
    metadata,
    identity(),
    Column("mail_id", Uuid(), nullable=False),
    Column("user_id", Uuid(), nullable=False),
    Column("kind", choice(NoticeKind, "kind"), nullable=False),
    Column("subject", choice(SubjectKind, "subject"), nullable=False),
    Column("object_id", Uuid(), nullable=False),
    Column("cause", String(80), nullable=False),
    Column("cycle", Integer(), nullable=False),
    Column("day", Date(), nullable=False),
    Column("due_on", Date()),
    Column("sequence", Integer(), nullable=False),
    Column("decided_at", Moment(), nullable=False),
    Column("state", choice(NoticeState, "state"), nullable=False),
    Column("reason", choice(NoticeReason, "reason")),
    Column("status", Integer()),
    Column("not_before", Moment()),
    Column("settled_at", Moment()),
    UniqueConstraint("user_id", "object_id", "cause", info={"violated": NoticeDecidedBefore}),
    info=may("UPDATE"),
)
Index("ix_notices_user_newest", notices.c.user_id, notices.c.decided_at.desc(), notices.c.id.desc())
Index("ix_notices_mail_id", notices.c.mail_id)
Index(
    "ix_notices_waiting",
    notices.c.user_id,
    postgresql_where=notices.c.settled_at.is_(None),
    sqlite_where=notices.c.settled_at.is_(None),
)

notice_settings = Table(
    "notice_settings",
    metadata,
    Column("user_id", Uuid(), nullable=False),
    Column("declined", ChoiceArray(NoticeKind), nullable=False, server_default=empty_array()),
    # The SHA-256 of an address that mail servers refuse, which is not stored.
    Column("refused_address", CHAR(64)),
    Column("refused_at", Moment()),
    PrimaryKeyConstraint("user_id"),
    info=may("UPDATE", "DELETE"),
)
