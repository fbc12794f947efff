"""Service accounts: programs that sign in with keys, such as an HR system or a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from domain.kernel.aggregate import Aggregate, not_before
from domain.kernel.errors import Conflict, Forbidden, InvalidValue, NotFound
from domain.kernel.key_scopes import WHOLE_ORGANIZATION, KeyScope
from domain.kernel.values import Between, Items, ShortName, Text, enforce
from domain.people.service_account_events import (
    ServiceAccountCreated,
    ServiceAccountDisabled,
    ServiceAccountEdited,
    ServiceAccountEnabled,
    ServiceAccountKeyAdded,
    ServiceAccountKeyRevoked,
    ServiceAccountKeyShortened,
)
from domain.people.service_account_keys import NewKey, ServiceAccountKey

AccountName = Annotated[str, Text(80)]
Purpose = Annotated[str, Text(500)]
Scopes = Annotated[tuple[KeyScope, ...], Items(len(KeyScope), min=1, unique=True)]
LimitedTo = Annotated[tuple[ShortName, ...], Items(50, min=1, unique=True)]
LONGEST_DAYS = 366
ValidDays = Annotated[int, Between(1, LONGEST_DAYS)]
"""Days that a key is valid. Each key expires, so that a forgotten one does not give access without limit."""
USUAL_OVERLAP, LONGEST_OVERLAP = 7 * 24, 30 * 24
OverlapHours = Annotated[int, Between(0, LONGEST_OVERLAP)]
"""Hours that the earlier key remains valid after another one has been made."""
MOST_LIVE = 2
"""Live keys of one account: the one in use, and its successor."""
MOST_ENDED = 20
"""Keys that have ended and are still shown, the newest ones. Their events remain."""


class ServiceAccountNotFound(NotFound):
    slug = "service-account-not-found"
    title = "No such service account"
    sentence = "There is no service account with this id."


class ServiceAccountKeyNotFound(NotFound):
    slug = "service-account-key-not-found"
    title = "No such key"
    sentence = "The service account has no key with this id."


class ServiceAccountNameTaken(Conflict):
    slug = "service-account-name-taken"
    title = "The name is taken"
    sentence = "Another service account has this name. Case and accents do not make it another name."


class ServiceAccountIsDisabled(Forbidden):
    """The key is right, and its account is disabled."""

    slug = "service-account-disabled"
    title = "The service account is disabled"
    sentence = "The service account of this key is disabled. An administrator can enable it."


class ServiceAccountInactive(Conflict):
    slug = "service-account-inactive"
    title = "A disabled service account gets no key"
    sentence = "A disabled service account gets no new key. Enable it first."


class TooManyKeys(Conflict):
    slug = "too-many-keys"
    title = "The service account has two live keys"
    sentence = "Two keys of the service account are live already. Revoke the one that is not used, then make another."


class KeyHasEnded(Conflict):
    slug = "key-has-ended"
    title = "The key has ended already"
    sentence = "The key is revoked or has expired already."


class ServiceAccount(Aggregate):
    """A program with rights of its own. Never deleted: records and events name it as the one who caused them.

    `departments` are those whose people it sees and changes, None for the whole organization.
    """

    name: AccountName
    purpose: Purpose
    scopes: Scopes
    departments: LimitedTo | None
    keys: list[ServiceAccountKey]

    def __init__(
        self,
        id: UUID,
        *,
        name: str,
        purpose: str,
        scopes: Sequence[KeyScope],
        departments: Sequence[str] | None,
        created_by: UUID | None,
        now: datetime,
    ) -> None:
        self.id = id
        self.name = name
        self.purpose = purpose
        self.scopes = tuple(scopes)
        self.departments = None if departments is None else tuple(departments)
        self.is_active = True
        self.disabled_at: datetime | None = None
        self.created_by = created_by
        self.keys = []
        self.version = 1
        self.created_at = now
        self.updated_at = now
        self._require_sense()

    @classmethod
    def create(
        cls,
        id: UUID,
        key: NewKey,
        *,
        name: str,
        purpose: str,
        scopes: Sequence[KeyScope],
        departments: Sequence[str] | None,
        valid_days: int,
        by: UUID | None,
        now: datetime,
    ) -> Self:
        """A new service account with its first key, made by this person. Raises InvalidValue."""
        account = cls(id, name=name, purpose=purpose, scopes=scopes, departments=departments, created_by=by, now=now)
        account._happened(ServiceAccountCreated(id))
        account._add(key, valid_days, by, now)
        return account

    def edit(
        self,
        *,
        name: str,
        purpose: str,
        scopes: Sequence[KeyScope],
        departments: Sequence[str] | None,
        is_active: bool,
        now: datetime,
    ) -> None:
        """Replace what the account is and may do, at once for all its keys. Nothing happens if it stays the same.

        Raises InvalidValue.
        """
        before = (self.name, self.purpose, self.scopes, self.departments)
        self.name, self.purpose, self.scopes = name, purpose, tuple(scopes)
        self.departments = None if departments is None else tuple(departments)
        self._require_sense()
        if (self.name, self.purpose, self.scopes, self.departments) != before:
            self._changed(now, ServiceAccountEdited(self.id))
        if is_active != self.is_active:
            self.is_active = is_active
            self.disabled_at = None if is_active else not_before(now, self.created_at)
            self._changed(now, ServiceAccountEnabled(self.id) if is_active else ServiceAccountDisabled(self.id))

    def rotate(self, key: NewKey, *, valid_days: int, overlap_hours: int, by: UUID | None, now: datetime) -> None:
        """Add a key. The one that was live until now ends after the overlap at the latest.

        Raises TooManyKeys when two keys are live, and ServiceAccountInactive.
        """
        if not self.is_active:
            raise ServiceAccountInactive
        live = self.live_keys(now)
        if len(live) >= MOST_LIVE:
            raise TooManyKeys
        for earlier in live:
            end, last = earlier.expires_at, now + timedelta(hours=overlap_hours)
            earlier.expire_by(last)
            if earlier.expires_at != end:
                self._happened(ServiceAccountKeyShortened(self.id, earlier.id, earlier.expires_at))
        self._forget_ended(now)
        self._changed(now)
        self._add(key, valid_days, by, now)

    def revoke(self, key_id: UUID, *, now: datetime) -> None:
        """End the key at once. Raises ServiceAccountKeyNotFound and KeyHasEnded."""
        key = next((each for each in self.keys if each.id == key_id), None)
        if key is None:
            raise ServiceAccountKeyNotFound
        if not key.is_live(now):
            raise KeyHasEnded
        key.revoke(now)
        self._changed(now, ServiceAccountKeyRevoked(self.id, key_id))

    def live_keys(self, now: datetime) -> list[ServiceAccountKey]:
        """The keys that are neither revoked nor expired."""
        return [key for key in self.keys if key.is_live(now)]

    def _add(self, key: NewKey, valid_days: int, by: UUID | None, now: datetime) -> None:
        expires_at = now + timedelta(days=valid_days)
        self.keys.append(ServiceAccountKey(key, created_by=by, expires_at=expires_at, now=now))
        self._happened(ServiceAccountKeyAdded(self.id, key.id, expires_at))

    def _forget_ended(self, now: datetime) -> None:
        ended = [key for key in self.keys if not key.is_live(now)]
        for key in ended[:-MOST_ENDED]:
            self.keys.remove(key)

    def _require_sense(self) -> None:
        enforce(self)
        unlimited = [scope for scope in self.scopes if scope in WHOLE_ORGANIZATION]
        if self.departments is not None and unlimited:
            raise InvalidValue(
                f"{', '.join(unlimited)} cannot be limited to departments. Leave out the scope or the departments.",
                "scopes",
            )
