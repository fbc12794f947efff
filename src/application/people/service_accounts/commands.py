"""Managing service accounts and their keys."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Annotated, Any
from uuid import UUID

from application.kernel.access import Actor, administrators, the_system
from application.kernel.handlers import handles
from application.kernel.messages import UNSET, Command, ShownOnce, Unset, given
from application.kernel.ports import Clock, Ids
from application.kernel.units import Events
from application.people.ports import Staff
from application.people.service_accounts.ports import KeyMint, ServiceAccounts
from application.people.service_accounts.queries import ServiceAccountView
from domain.kernel.aggregate import ExpectedVersions
from domain.people.departments import UnknownDepartment, unknown_departments
from domain.people.service_account_events import ServiceAccountKeyUsed
from domain.people.service_account_keys import NewKey, digest_of
from domain.people.service_accounts import (
    USUAL_OVERLAP,
    AccountName,
    KeyHasEnded,
    LimitedTo,
    OverlapHours,
    Purpose,
    Scopes,
    ServiceAccount,
    ServiceAccountInactive,
    ServiceAccountKeyNotFound,
    ServiceAccountNameTaken,
    ServiceAccountNotFound,
    TooManyKeys,
    ValidDays,
)


@dataclass(slots=True)
class KeptServiceAccount(ServiceAccountView):
    """The service account as kept; `unknown_departments` are those in which nobody works."""

    unknown_departments: list[UnknownDepartment]


@dataclass(slots=True)
class ServiceAccountWithKey(KeptServiceAccount):
    """The service account with the text of the key that was made.

    The text is shown in this answer alone: it is not stored. If the request is repeated with its Idempotency-Key, or
    the answer was lost, `key` is null: revoke the key and make another.
    """

    key: Annotated[str | None, ShownOnce()] = field(repr=False)


def _shown(account: ServiceAccount) -> dict[str, Any]:
    view = ServiceAccountView.of(account)
    return {each.name: getattr(view, each.name) for each in fields(ServiceAccountView)}


async def _unknown(account: ServiceAccount, staff: Staff) -> list[UnknownDepartment]:
    if account.departments is None:
        return []
    return list(unknown_departments(account.departments, await staff.departments()))


def _made(mint: KeyMint, ids: Ids) -> tuple[NewKey, str]:
    """A new key, and its text, which nobody keeps."""
    key_id = ids.new()
    text = mint.text(key_id)
    return NewKey(key_id, digest_of(text)), text


@dataclass(frozen=True, slots=True)
class CreateServiceAccount(Command[ServiceAccountWithKey]):
    """Create a service account with its first key.

    Without `departments` it sees and changes people of the whole organization, within its scopes.
    """

    name: AccountName
    purpose: Purpose
    scopes: Scopes
    valid_days: ValidDays
    departments: LimitedTo | None = None


@handles(CreateServiceAccount, allow=administrators, raises=(ServiceAccountNameTaken,))
async def create_service_account(
    command: CreateServiceAccount,
    actor: Actor,
    accounts: ServiceAccounts,
    staff: Staff,
    mint: KeyMint,
    ids: Ids,
    clock: Clock,
) -> ServiceAccountWithKey:
    """Administrators create a service account. The answer shows its key, once: only its hash is stored.

    The answer warns about departments in which nobody works.
    """
    account_id = ids.new()
    key, text = _made(mint, ids)
    account = ServiceAccount.create(
        account_id,
        key,
        name=command.name,
        purpose=command.purpose,
        scopes=command.scopes,
        departments=command.departments,
        valid_days=command.valid_days,
        by=actor.id,
        now=clock.now(),
    )
    await accounts.add(account)
    return ServiceAccountWithKey(**_shown(account), unknown_departments=await _unknown(account, staff), key=text)


@dataclass(frozen=True, slots=True)
class EditServiceAccount(Command[KeptServiceAccount]):
    """Change the given fields of a service account; `is_active` false disables it at once."""

    service_account_id: UUID
    expected_versions: ExpectedVersions = None
    name: AccountName | Unset = UNSET
    purpose: Purpose | Unset = UNSET
    scopes: Scopes | Unset = UNSET
    departments: LimitedTo | Unset | None = UNSET
    is_active: bool | Unset = UNSET


@handles(EditServiceAccount, allow=administrators, raises=(ServiceAccountNotFound, ServiceAccountNameTaken))
async def edit_service_account(
    command: EditServiceAccount, actor: Actor, accounts: ServiceAccounts, staff: Staff, clock: Clock
) -> KeptServiceAccount:
    """Administrators change what a service account may do, or disable or enable it. This counts for all its keys."""
    account = await accounts.get(command.service_account_id)
    account.require_version(command.expected_versions)
    account.edit(
        name=given(command.name, account.name),
        purpose=given(command.purpose, account.purpose),
        scopes=given(command.scopes, account.scopes),
        departments=given(command.departments, account.departments),
        is_active=given(command.is_active, account.is_active),
        now=clock.now(),
    )
    return KeptServiceAccount(**_shown(account), unknown_departments=await _unknown(account, staff))


@dataclass(frozen=True, slots=True)
class RotateServiceAccountKey(Command[ServiceAccountWithKey]):
    """Make another key for a service account; the earlier one ends after the overlap at the latest.

    An overlap of 0 hours ends it at once.
    """

    service_account_id: UUID
    valid_days: ValidDays
    overlap_hours: OverlapHours = USUAL_OVERLAP
    expected_versions: ExpectedVersions = None


@handles(
    RotateServiceAccountKey, allow=administrators, raises=(ServiceAccountNotFound, ServiceAccountInactive, TooManyKeys)
)
async def rotate_service_account_key(
    command: RotateServiceAccountKey,
    actor: Actor,
    accounts: ServiceAccounts,
    staff: Staff,
    mint: KeyMint,
    ids: Ids,
    clock: Clock,
) -> ServiceAccountWithKey:
    """Administrators make a successor of a key. The answer shows it, once: only its hash is stored.

    At most two keys of an account are live, so that the program can change over without an interruption.
    """
    account = await accounts.get(command.service_account_id)
    account.require_version(command.expected_versions)
    key, text = _made(mint, ids)
    account.rotate(
        key,
        valid_days=command.valid_days,
        overlap_hours=command.overlap_hours,
        by=actor.id,
        now=clock.now(),
    )
    return ServiceAccountWithKey(**_shown(account), unknown_departments=await _unknown(account, staff), key=text)


@dataclass(frozen=True, slots=True)
class RevokeServiceAccountKey(Command[ServiceAccountView]):
    """End a key of a service account at once."""

    service_account_id: UUID
    key_id: UUID
    expected_versions: ExpectedVersions = None


@handles(
    RevokeServiceAccountKey,
    allow=administrators,
    raises=(ServiceAccountNotFound, ServiceAccountKeyNotFound, KeyHasEnded),
)
async def revoke_service_account_key(
    command: RevokeServiceAccountKey, actor: Actor, accounts: ServiceAccounts, clock: Clock
) -> ServiceAccountView:
    """Administrators end a key permanently, for example when it has leaked."""
    account = await accounts.get(command.service_account_id)
    account.require_version(command.expected_versions)
    account.revoke(command.key_id, now=clock.now())
    return ServiceAccountView.of(account)


@dataclass(frozen=True, slots=True)
class NoteKeyUse(Command[None]):
    """A key of a service account is used."""

    service_account_id: UUID
    key_id: UUID


@handles(NoteKeyUse, allow=the_system, internal=True)
async def note_key_use(
    command: NoteKeyUse, actor: Actor, accounts: ServiceAccounts, events: Events, clock: Clock
) -> None:
    """The service keeps when a key was last used, precise to an hour."""
    if await accounts.note_use(command.key_id, clock.now()):
        events.record(ServiceAccountKeyUsed(command.service_account_id, command.key_id))
