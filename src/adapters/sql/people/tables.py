"""The tables of people: users, their merges, ended sign-ins, and service accounts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CHAR,
    Boolean,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    bindparam,
    false,
    func,
    or_,
    true,
)

from adapters.documents import Document
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.recorded import recorded_at
from adapters.sql.kit.schema import derived, history, identity, may, metadata, reported, sort_key
from adapters.sql.kit.types import ChoiceArray, LimitArray, Moment, Stored, TextArray, UuidArray, choice, empty_array
from domain.kernel.key_scopes import KeyScope
from domain.kernel.roles import Role
from domain.kernel.typography import folded
from domain.people.names import employee_key, name_key
from domain.people.service_accounts import ServiceAccountNameTaken
from domain.people.sign_ins import EndReason
from domain.people.user_errors import EmailTaken, EmployeeIdTaken, SupabaseIdTaken

PROFILE_METADATA: Document[dict[str, Any]] = Document(dict[str, Any])
users = Table(
    "users",
    metadata,
    identity(),
    Column("supabase_id", String(64)),
    Column("linked_by_address", Boolean(), nullable=False, server_default=false()),
    Column("requested_sign_in", String(64)),
    Column("sign_in_note", Text()),
    Column("demonstration", Boolean(), nullable=False, server_default=false()),
    Column("email", String(254)),
    Column("employee_id", String(64)),
    Column("full_name", String(200)),
    Column("department", String(120)),
    Column("job_title", String(120)),
    Column("location", String(120)),
    # What the text means; null while it means no location.
    Column("location_id", Uuid()),
    Column("job_code", String(40)),
    Column("hired_on", Date()),
    # The day of the history that department, title, location, day of hire and active state show.
    Column("shown_on", Date()),
    Column("role", choice(Role, "role"), nullable=False, server_default="authenticated"),
    Column("is_active", Boolean(), nullable=False, server_default=true()),
    Column("deactivated_at", Moment()),
    Column("email_confirmed", Boolean(), nullable=False, server_default=false()),
    Column("email_as_of", Moment()),
    Column("last_sign_in", Moment()),
    # What requirements may count from.
    Column("first_sign_in", Moment()),
    Column("profile_metadata", Stored(PROFILE_METADATA), nullable=False),
    Column("managed_departments", TextArray(), nullable=False, server_default=empty_array()),
    Column("erased_at", Moment()),
    Column("merged_into", Uuid()),
    derived(lambda user: employee_key(user.employee_id), "employee_id_folded"),
    derived(lambda user: user.full_name and folded(user.full_name), "full_name_folded"),
    derived(lambda user: user.department and folded(user.department), "department_folded"),
    derived(lambda user: user.job_title and folded(user.job_title), "job_title_folded"),
    derived(lambda user: user.location and folded(user.location), "location_folded"),
    sort_key(lambda user: name_key(user.full_name, user.email, user.employee_id), "name_key"),
    *history(),
    UniqueConstraint("supabase_id", info={"violated": SupabaseIdTaken}),
    UniqueConstraint("email", info={"violated": EmailTaken}),
    info=may("UPDATE")
    | reported(
        *("id", "employee_id", "full_name", "department", "job_title", "location", "location_id", "job_code"),
        *("hired_on", "shown_on", "is_active", "deactivated_at", "merged_into", "erased_at", "created_at"),
    ),
)
Index(
    "ux_users_employee_id_folded",
    users.c.employee_id_folded,
    unique=True,
    info={"violated": EmployeeIdTaken},
)
Index("ix_users_newest", users.c.created_at.desc(), users.c.id.desc())
Index("ix_users_department_newest", users.c.department, users.c.created_at.desc(), users.c.id.desc())
Index("ix_users_department_folded_newest", users.c.department_folded, users.c.created_at.desc(), users.c.id.desc())
Index("ix_users_location_folded_newest", users.c.location_folded, users.c.created_at.desc(), users.c.id.desc())
Index("ix_users_location_id_newest", users.c.location_id, users.c.created_at.desc(), users.c.id.desc())
Index("ix_users_job_code_newest", users.c.job_code, users.c.created_at.desc(), users.c.id.desc())
Index("ix_users_job_title_folded", users.c.job_title_folded)
Index("ix_users_name", users.c.name_key, users.c.id)
Index(
    "ix_users_requested_sign_in",
    users.c.requested_sign_in,
    postgresql_where=users.c.requested_sign_in.is_not(None),
    sqlite_where=users.c.requested_sign_in.is_not(None),
)
# For finding who was merged into somebody: few people, so that looking for them costs next to nothing.
Index(
    "ix_users_merged_into",
    users.c.merged_into,
    postgresql_where=users.c.merged_into.is_not(None),
    sqlite_where=users.c.merged_into.is_not(None),
)
Index("ix_users_profile_metadata", users.c.profile_metadata, postgresql_using="gin")

# Whom a roster has listed: only they are missing when a later one does not list them.
roster_listings = Table(
    "roster_listings",
    metadata,
    Column("user_id", ForeignKey(users.c.id), primary_key=True),
    Column("first_listed_at", Moment(), nullable=False),
)

ended_sign_ins = Table(
    "ended_sign_ins",
    metadata,
    Column("fingerprint", CHAR(64), primary_key=True),
    Column("user_id", Uuid(), nullable=False),
    Column("reason", choice(EndReason, "reason"), nullable=False),
    Column("ended_at", Moment(), nullable=False),
    info=may("UPDATE", "DELETE"),
)
Index("ix_ended_sign_ins_user_id", ended_sign_ins.c.user_id)

user_merges = Table(
    "user_merges",
    metadata,
    identity(),
    Column("user_id", Uuid(), nullable=False),
    # None: the merge was ended.
    Column("into_id", Uuid()),
    Column("reason", Text(), nullable=False),
    Column("decided_by", Uuid()),
    Column("decided_at", Moment(), nullable=False),
    Column("module_ids", UuidArray(), nullable=False),
    recorded_at(),
    info=append_only(),
)
Index("ix_user_merges_user_id", user_merges.c.user_id, user_merges.c.decided_at)
Index("ix_user_merges_into_id", user_merges.c.into_id)
Index("ix_user_merges_recorded_at", user_merges.c.recorded_at)

service_accounts = Table(
    "service_accounts",
    metadata,
    identity(),
    Column("name", String(80), nullable=False),
    Column("purpose", String(500), nullable=False),
    Column("scopes", ChoiceArray(KeyScope), nullable=False),
    # Those that the account is limited to; empty for the whole organization.
    Column("departments", LimitArray(), nullable=False, server_default=empty_array()),
    Column("is_active", Boolean(), nullable=False, server_default=true()),
    Column("disabled_at", Moment()),
    Column("created_by", Uuid()),
    derived(lambda account: folded(account.name), "name_folded"),
    *history(),
    UniqueConstraint("name_folded", info={"violated": ServiceAccountNameTaken}),
    info=may("UPDATE"),
)
Index("ix_service_accounts_newest", service_accounts.c.created_at.desc(), service_accounts.c.id.desc())

service_account_keys = Table(
    "service_account_keys",
    metadata,
    identity(),
    Column("service_account_id", ForeignKey(service_accounts.c.id), nullable=False),
    # The SHA-256 of the key's text, which is not stored.
    Column("digest", CHAR(64), nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("created_by", Uuid()),
    Column("expires_at", Moment(), nullable=False),
    Column("revoked_at", Moment()),
    Column("last_used_at", Moment()),
    info=may("UPDATE", "DELETE"),
)
Index("ix_service_account_keys_service_account_id", service_account_keys.c.service_account_id)


def is_nameless() -> ColumnElement[bool]:
    """As `User.is_nameless` defines it."""
    return or_(users.c.full_name.is_(None), users.c.job_title.is_(None))


def known_as() -> ColumnElement[str]:
    """As `names.known_as` defines it."""
    return func.coalesce(users.c.full_name, users.c.email, users.c.employee_id, "")


def within() -> ColumnElement[bool]:
    """Whether the user is within a scope, whose parameters come from `scope_parameters`.

    A user who was merged into another is within no scope but that of everyone.
    """
    seen = or_(users.c.id == bindparam("scope_user", type_=Uuid()), any_of(users.c.department, "scope_departments"))
    return and_(seen, users.c.merged_into.is_(None))
