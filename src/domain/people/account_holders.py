"""What links a user to an account of Supabase Auth."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.roles import Role
from domain.kernel.values import Email, Items, ShortName, Text, enforce
from domain.people.sign_in_errors import LinkedElsewhere, SignInNotLinked, UserDeactivated
from domain.people.sign_ins import LinkReason, has_moved, is_development, is_newer, is_overdue
from domain.people.user_events import (
    SignInFollowed,
    SignInRequested,
    SignInWithdrawn,
    UserLinked,
    UsersEdited,
    UserUnlinked,
)

SupabaseId = Annotated[str, Text(64)]
SignInNote = Annotated[str, Text(500)]
Departments = Annotated[tuple[ShortName, ...], Items(50, unique=True)]


class AccountHolder(Aggregate):
    """The part of a user that has to do with signing in: address, account and rights."""

    id: UUID
    email: Email | None
    email_confirmed: bool
    email_as_of: datetime | None
    supabase_id: SupabaseId | None
    linked_by_address: bool
    requested_sign_in: SupabaseId | None
    sign_in_note: SignInNote | None
    last_sign_in: datetime | None
    first_sign_in: datetime | None
    role: Role
    managed_departments: Departments
    is_active: bool

    @property
    def is_privileged(self) -> bool:
        """Whether the user may do more than learn."""
        return self.role is not Role.AUTHENTICATED or bool(self.managed_departments)

    def may_be_linked_to(self, supabase_id: str) -> bool:
        """Whether a sign-in with this user's address may be linked to this user, or wait to be."""
        free = not self.supabase_id or (is_development(self.supabase_id) and not is_development(supabase_id))
        return free and self.is_active

    def link_by_address(self, supabase_id: str, *, now: datetime) -> bool:
        """Link the sign-in, whose address is proven to be this person's. The answer is whether it is linked now.

        An address proves less than it seems: that of a session that began through the mailbox may have been changed
        since. A user with more rights than a learner waits until an administrator confirms the sign-in. One of a
        pilot's development sign-ins gives way to one of Supabase's.

        Raises LinkedElsewhere when another sign-in is linked already, and UserDeactivated.
        """
        if self.supabase_id == supabase_id:
            return True
        if not self.may_be_linked_to(supabase_id):
            raise LinkedElsewhere if self.is_active else UserDeactivated
        if self.is_privileged and not is_development(supabase_id):
            if self.requested_sign_in != supabase_id:
                self.requested_sign_in = supabase_id
                self._changed(now, SignInRequested(self.id))
            return False
        self.email_confirmed = True
        self.link(supabase_id, now=now)
        self.linked_by_address = not is_development(supabase_id)
        return True

    def link(
        self, supabase_id: str, reason: LinkReason | None = None, note: str | None = None, *, now: datetime
    ) -> None:
        """Link the sign-in to this person, replacing any other.

        Linking the same one again changes nothing, unless only an address spoke for it until now.
        """
        if self.supabase_id == supabase_id and not self.linked_by_address:
            return
        self.linked_by_address = False
        self.supabase_id, self.requested_sign_in, self.sign_in_note = supabase_id, None, note
        enforce(self)
        self._changed(now, UserLinked(self.id, reason))

    def unlink(self, reason: LinkReason | None = None, note: str | None = None, *, now: datetime) -> list[str]:
        """End the sign-in, and decline the one that waits; their ids.

        Raises SignInNotLinked when there is neither.
        """
        ended = [subject for subject in (self.supabase_id, self.requested_sign_in) if subject]
        if not ended:
            raise SignInNotLinked
        self.supabase_id, self.requested_sign_in, self.sign_in_note = None, None, note
        self.linked_by_address = False
        enforce(self)
        self._changed(now, UserUnlinked(self.id, reason))
        return ended

    def withdraw_request(self, *, now: datetime) -> None:
        """Cancel the sign-in that waits for confirmation: its account was deleted."""
        self.requested_sign_in = None
        self._changed(now, SignInWithdrawn(self.id))

    def follow(
        self,
        *,
        email: str | None,
        email_verified: bool,
        signed_in_at: datetime | None,
        as_of: datetime | None = None,
        now: datetime,
    ) -> None:
        """Keep the address and the last sign-in as Supabase has them. Only a verified address is taken over.

        `as_of` is when Supabase had it so, None when it does not say. Word older than what was followed before
        says nothing of the address: tokens live on after a change of it, and webhooks come out of order.
        """
        if email is not None and has_moved(self, email, email_verified, as_of):
            self.email, self.email_confirmed = email.lower(), True
            enforce(self)
            self._changed(now, UsersEdited.alone(self.id))
        # Nobody decided on this change, so it does not change the version, and with it the ETag.
        followed, is_first = (self.email_as_of, self.last_sign_in), False
        if email_verified and as_of is not None and is_newer(self.email_as_of, as_of):
            self.email_as_of = as_of
        if is_overdue(self.last_sign_in, signed_in_at):
            self.last_sign_in = signed_in_at
            is_first = self.first_sign_in is None
            self.first_sign_in = self.first_sign_in or signed_in_at
        if (self.email_as_of, self.last_sign_in) != followed:
            self._happened(SignInFollowed(self.id, is_first))

    def _await_confirmation(self) -> None:
        """Let the sign-in wait for an administrator if only an address speaks for it and it would open more now."""
        if self.supabase_id and self.linked_by_address and self.is_privileged:
            self.requested_sign_in, self.supabase_id, self.linked_by_address = self.supabase_id, None, False
            self._happened(UserUnlinked(self.id), SignInRequested(self.id))
