"""Users: who they are, where they work, and whether they still do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from domain.kernel.aggregate import not_before
from domain.kernel.errors import InvalidValue
from domain.kernel.roles import Role
from domain.kernel.values import Items, PlainJson, ShortName, Text, enforce
from domain.people.merging import Mergeable
from domain.people.names import EmployeeId, employee_key
from domain.people.sign_ins import is_development
from domain.people.user_events import (
    RoleChanged,
    UserErased,
    UserLinked,
    UserReactivated,
    UsersDeactivated,
    UsersEdited,
    UsersRegistered,
    UserUnlinked,
)

FullName = Annotated[str, Text(200)]
MOST_METADATA = 100
Metadata = Annotated[dict[str, Any], Items(MOST_METADATA), PlainJson()]


FICTITIOUS = ".example"
"""The domain of invented addresses: nobody can have one of these (RFC 2606)."""


def unnamed(full_name: str | None, job_title: str | None) -> tuple[str, ...]:
    """The empty ones of these fields, where 29 CFR 1910.1030(h)(2)(i)(D) requires names and job titles."""
    known = {"full_name": full_name, "job_title": job_title}
    return tuple(field for field, value in known.items() if not value)


class User(Mergeable):
    """A person, linked to Supabase Auth by `supabase_id` once signed in. Never hard-deleted.

    Somebody without an e-mail address is trained by others, and signs in only if an administrator links an account.
    """

    employee_id: EmployeeId | None
    full_name: FullName | None
    department: ShortName | None
    job_title: ShortName | None
    location: ShortName | None
    location_id: UUID | None
    profile_metadata: Metadata

    def __init__(
        self,
        id: UUID,
        *,
        now: datetime,
        email: str | None = None,
        employee_id: str | None = None,
        supabase_id: str | None = None,
        full_name: str | None = None,
        department: str | None = None,
        job_title: str | None = None,
        location: str | None = None,
        location_id: UUID | None = None,
        hired_on: date | None = None,
        role: Role = Role.AUTHENTICATED,
        profile_metadata: dict[str, Any] | None = None,
        managed_departments: Sequence[str] = (),
        email_confirmed: bool = False,
    ) -> None:
        self.id = id
        self.email = email and email.lower()
        self.employee_id = employee_id
        self.supabase_id = supabase_id
        self.linked_by_address = False
        self.requested_sign_in: str | None = None
        self.sign_in_note: str | None = None
        self.demonstration = False
        self.full_name = full_name
        self.department = department
        self.job_title = job_title
        self.location = location
        self.location_id = location_id
        self.job_code: str | None = None
        self.hired_on = hired_on
        self.shown_on: date | None = None
        """The day of the history that the user shows, as far as it shows one; None while nothing has been added to the
        history that has begun since."""
        self.role = role
        self.managed_departments = tuple(managed_departments)
        self.is_active = True
        self.deactivated_at: datetime | None = None
        self.email_confirmed = email_confirmed
        self.email_as_of: datetime | None = None
        self.erased_at: datetime | None = None
        self.merged_into: UUID | None = None
        self.last_sign_in: datetime | None = None
        self.first_sign_in: datetime | None = None
        self.profile_metadata = profile_metadata or {}
        self.version = 1
        self.created_at = now
        self.updated_at = now
        enforce(self)
        self._require_identity()
        self._happened(UsersRegistered.alone(id))
        if self.is_privileged:
            self._happened(RoleChanged(id, role))

    @property
    def is_nameless(self) -> bool:
        """Whether evidence that must have a name and a job title would lack one."""
        return bool(unnamed(self.full_name, self.job_title))

    @property
    def is_administrator(self) -> bool:
        """Whether the user is an active administrator."""
        return self.is_active and self.role is Role.ADMIN

    @classmethod
    def from_sign_in(cls, id: UUID, supabase_id: str, *, email: str, full_name: str | None, now: datetime) -> Self:
        """A new user who signs in with a proven address."""
        user = cls(id, supabase_id=supabase_id, email=email, email_confirmed=True, full_name=full_name, now=now)
        user.linked_by_address = not is_development(supabase_id)
        user._happened(UserLinked(id))
        return user

    def edit(
        self,
        *,
        now: datetime,
        email: str | None,
        employee_id: str | None,
        full_name: str | None,
        department: str | None,
        job_title: str | None,
        location: str | None,
        hired_on: date | None,
        role: Role,
        is_active: bool,
        profile_metadata: dict[str, Any],
        managed_departments: Sequence[str] | None = None,
    ) -> None:
        """Replace what an administrator keeps of a person. A new e-mail address is unconfirmed.

        The departments managed stay when they are not given. Who may now do more than learn may have to wait for an
        administrator: see `_await_confirmation`.
        """
        if (email and email.lower()) != self.email:
            self.email, self.email_confirmed = email and email.lower(), False
        self.employee_id = employee_id
        self.full_name, self.department, self.job_title = full_name, department, job_title
        self.location, self.hired_on = location, hired_on
        access = (self.role, self.managed_departments)
        self.role = role
        if managed_departments is not None:
            self.managed_departments = tuple(managed_departments)
        self.profile_metadata = profile_metadata
        enforce(self)
        self._require_identity()
        self._changed(now, UsersEdited.alone(self.id))
        if (self.role, self.managed_departments) != access:
            self._happened(RoleChanged(self.id, self.role))
        self._set_active(is_active, now)
        self._await_confirmation()

    def grant(self, role: Role, managed_departments: Sequence[str], *, now: datetime) -> None:
        """Give the user this role; the same role again changes nothing. The sign-in may have to wait, as in `edit`."""
        if (self.role, self.managed_departments) != (role, tuple(managed_departments)):
            self.role, self.managed_departments = role, tuple(managed_departments)
            enforce(self)
            self._changed(now, RoleChanged(self.id, self.role))
            self._await_confirmation()

    def update_from_roster(self, stated: Mapping[str, Any], metadata: Mapping[str, Any], *, now: datetime) -> bool:
        """Replace the fields that are stated, and the metadata with these names. Whether anything is different now.

        Access does not change. A new address is unconfirmed; a sign-in stays linked, since it is the account that is
        linked. An employee id that differs in case only is the same. Raises InvalidValue, for too many metadata.
        """
        changes = {**stated, "profile_metadata": {**self.profile_metadata, **metadata}}
        if employee_key(changes.get("employee_id")) == employee_key(self.employee_id):
            changes.pop("employee_id", None)
        if all(getattr(self, name) == value for name, value in changes.items()):
            return False
        if changes.get("email", self.email) != self.email:
            self.email_confirmed = False
        for name, value in changes.items():
            setattr(self, name, value)
        enforce(self)
        self._changed(now, UsersEdited.alone(self.id))
        return True

    def note_history(self, *, now: datetime) -> None:
        """Something has become known of other days, which the user does not show today."""
        self._changed(now, UsersEdited.alone(self.id))

    def show(
        self,
        *,
        department: str | None,
        job_title: str | None,
        location: str | None,
        hired_on: date | None,
        is_active: bool,
        today: date,
        now: datetime,
    ) -> None:
        """Show of the history what holds today."""
        self.shown_on = today
        self.department, self.job_title, self.location = department, job_title, location
        self.hired_on = hired_on
        enforce(self)
        self._changed(now, UsersEdited.alone(self.id))
        self._set_active(is_active, now)

    @property
    def is_invented(self) -> bool:
        """Whether nobody can have the address, so that the person does not exist."""
        return self.email is not None and self.email.endswith(FICTITIOUS)

    def deactivate(self, *, now: datetime) -> None:
        """Deactivate the user; a second time changes nothing."""
        if self.is_active:
            self._changed(now)
            self._set_active(False, now)

    def reactivate(self, *, now: datetime) -> None:
        """Make the user active again; an active one does not change."""
        if not self.is_active:
            self._changed(now)
            self._set_active(True, now)

    def give_up_address(self, *, now: datetime) -> None:
        """Release the address, which now belongs to somebody else. The user has left; the sign-in is to be ended."""
        self.email, self.email_confirmed, self.email_as_of = None, False, None
        self._changed(now, UsersEdited.alone(self.id))
        self.deactivate(now=now)

    def erase(self, *, now: datetime) -> None:
        """Erase who the person is, on request. The user remains as the subject of records that must be kept."""
        linked, privileged = self.supabase_id or self.requested_sign_in, self.is_privileged
        self.email, self.email_confirmed = None, False
        self.supabase_id = self.requested_sign_in = self.sign_in_note = None
        self.linked_by_address = False
        self.employee_id = None
        self.full_name = self.department = self.job_title = self.location = None
        self.hired_on = self.shown_on = None
        self.location_id = None
        self.job_code = None
        self.last_sign_in = self.first_sign_in = self.email_as_of = None
        self.profile_metadata = {}
        self.managed_departments = ()
        self.role = Role.AUTHENTICATED
        self.erased_at = not_before(now, self.created_at)
        self._changed(now, UserErased(self.id))
        if linked:
            self._happened(UserUnlinked(self.id))
        if privileged:
            self._happened(RoleChanged(self.id, self.role))
        self._set_active(False, now)

    def _require_identity(self) -> None:
        """An e-mail address is not needed, but something to tell the person from others is, until the person is erased.

        Raises InvalidValue.
        """
        if not (self.email or self.employee_id or self.full_name or self.erased_at):
            raise InvalidValue("is needed, unless there is an employee_id or a full_name", "email")

    def _set_active(self, is_active: bool, now: datetime) -> None:
        if is_active != self.is_active:
            self.is_active = is_active
            self.deactivated_at = None if is_active else not_before(now, self.created_at)
            self._happened(UserReactivated(self.id) if is_active else UsersDeactivated.alone(self.id))
