"""Submitting credentials, and deciding about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from application.evidence.credentials.ports import Credentials
from application.evidence.credentials.queries import CredentialView
from application.kernel.access import Actor, anyone, compliance_officers, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Fingerprints, Ids
from application.kernel.wiring import PortSet
from application.people.days import PersonalDays
from application.people.ports import Staff, UserMerges
from domain.evidence.credential_documents import (
    CredentialDocument,
    CredentialIssuer,
    CredentialNumber,
)
from domain.evidence.credentials import (
    Credential,
    CredentialDecided,
    CredentialKnown,
    CredentialNotFound,
    CredentialNotVerified,
    CredentialReason,
    OwnSubmission,
    superseding,
)
from domain.kernel.oversight import OwnTraining
from domain.kernel.states import State
from domain.kernel.values import CredentialType, PlausibleDay
from domain.people.user_errors import UserIsErased, UserIsMerged, UserNotFound
from domain.people.users import User


@dataclass(frozen=True, slots=True)
class SubmittedDocuments(PortSet):
    """Recognizes documents that were submitted before."""

    credentials: Credentials
    merges: UserMerges
    fingerprints: Fingerprints

    async def new_key(self, user_id: UUID, document: CredentialDocument) -> str:
        """The natural key of the person's document. Raises CredentialKnown where it is submitted or verified already,
        also under the id of a user who was merged into the person.
        """
        ids = [user_id, *(await self.merges.merged_ids([user_id])).get(user_id, ())]
        keys = [self.fingerprints.of([str(each), *document.identity]) for each in ids]
        known = await self.credentials.with_keys(keys)
        if known is not None:
            raise CredentialKnown(known)
        return keys[0]


@dataclass(frozen=True, slots=True)
class CredentialOwners(PortSet):
    """Whose credentials they are."""

    staff: Staff
    merges: UserMerges

    async def persons(self, credential: Credential) -> Mapping[UUID, UUID]:
        """Who stands for its owner and for who has submitted it, where these were merged into another user."""
        named = [credential.user_id, *([credential.submitted_by] if credential.submitted_by else ())]
        return await self.merges.persons(named)

    async def of(self, user_id: UUID) -> User | None:
        """The user, to look at and not to change."""
        return (await self.staff.many([user_id])).get(user_id)


@dataclass(frozen=True, slots=True)
class SubmitCredential(Command[CredentialView]):
    """Submit a card, license or registration that somebody else has issued, with the dates printed on it.

    `type` is what kind of credential it is, as requirements name it, such as `bls`. `jurisdiction` is the state in
    which it is valid, where it is bound to one.
    """

    user_id: UUID
    type: CredentialType
    issuer: CredentialIssuer
    issued_on: PlausibleDay
    expires_on: date | None = None
    number: CredentialNumber | None = None
    jurisdiction: State | None = None


@handles(SubmitCredential, allow=anyone, raises=(UserNotFound, UserIsMerged, UserIsErased, CredentialKnown))
async def submit_credential(
    command: SubmitCredential,
    actor: Actor,
    owners: CredentialOwners,
    documents: SubmittedDocuments,
    ids: Ids,
    clock: Clock,
    days: PersonalDays,
) -> CredentialView:
    """People submit their own credentials, managers those of the people of their departments, compliance officers and
    administrators those of everyone.

    It waits until somebody else has verified it, and counts for nothing before that. The same document is submitted
    once, unless it was rejected, withdrawn or voided. An expired one may be submitted: it counts for its own days.
    """
    scope, user = scope_of(actor), await owners.of(command.user_id)
    if user is None or not (scope.everyone or (user.merged_into is None and scope.covers(user.id, user.department))):
        raise UserNotFound
    user.require_unmerged()
    if user.erased_at is not None:
        raise UserIsErased
    document = CredentialDocument(
        type=command.type,
        issuer=command.issuer,
        issued_on=command.issued_on,
        expires_on=command.expires_on,
        number=command.number,
        jurisdiction=command.jurisdiction,
    )
    credential = Credential.submit(
        ids.new(),
        user.id,
        document,
        by=actor.id,
        days=await days.of(user.id),
        natural_key=await documents.new_key(user.id, document),
        now=clock.now(),
    )
    await documents.credentials.add(credential)
    return CredentialView.of(credential)


@dataclass(frozen=True, slots=True)
class VerifyCredential(Command[CredentialView]):
    """Confirm that a submitted credential is genuine."""

    credential_id: UUID


@handles(
    VerifyCredential,
    allow=compliance_officers,
    raises=(CredentialNotFound, OwnTraining, OwnSubmission, CredentialDecided),
)
async def verify_credential(
    command: VerifyCredential, actor: Actor, credentials: Credentials, owners: CredentialOwners, clock: Clock
) -> CredentialView:
    """Compliance officers and administrators verify a credential, once they have seen it. It counts from its day of
    issue.

    Nobody may verify their own, or one that they have submitted. One that it renews is then shown as superseded.
    """
    credential = await credentials.get(command.credential_id)
    persons = await owners.persons(credential)
    credential.verify(by=actor.id, persons=persons, now=clock.now())
    person_id = persons.get(credential.user_id, credential.user_id)
    of_person = (await credentials.verified([person_id])).get(person_id, ())
    own = credential.verified
    return CredentialView.of(credential, None if own is None else superseding(own, of_person))


@dataclass(frozen=True, slots=True)
class RejectCredential(Command[CredentialView]):
    """Reject a submitted credential."""

    credential_id: UUID
    reason: CredentialReason


@handles(
    RejectCredential,
    allow=compliance_officers,
    raises=(CredentialNotFound, OwnTraining, OwnSubmission, CredentialDecided),
)
async def reject_credential(
    command: RejectCredential, actor: Actor, credentials: Credentials, owners: CredentialOwners, clock: Clock
) -> CredentialView:
    """Compliance officers and administrators reject a credential, with a reason. It is kept, and never counts.

    Nobody may reject their own, or one that they have submitted. The same document can be submitted again.
    """
    credential = await credentials.get(command.credential_id)
    persons = await owners.persons(credential)
    credential.reject(command.reason, by=actor.id, persons=persons, now=clock.now())
    return CredentialView.of(credential)


@dataclass(frozen=True, slots=True)
class WithdrawCredential(Command[CredentialView]):
    """Withdraw a submitted credential about which nobody has decided."""

    credential_id: UUID
    reason: CredentialReason | None = None


@handles(WithdrawCredential, allow=anyone, raises=(CredentialNotFound, CredentialDecided))
async def withdraw_credential(
    command: WithdrawCredential, actor: Actor, credentials: Credentials, owners: CredentialOwners, clock: Clock
) -> CredentialView:
    """People withdraw their own credentials, managers those of the people of their departments, compliance officers and
    administrators those of everyone, as long as nobody has verified or rejected them: one with a mistyped number, say.

    It is kept, and never counts. The right one can be submitted then.
    """
    credential = await credentials.get(command.credential_id)
    persons = await owners.persons(credential)
    scope, person_id = scope_of(actor), persons.get(credential.user_id, credential.user_id)
    person = None if scope.everyone else await owners.of(person_id)
    if not scope.everyone and (person is None or not scope.covers(person_id, person.department)):
        raise CredentialNotFound
    credential.withdraw(command.reason, by=actor.id, now=clock.now())
    return CredentialView.of(credential)


@dataclass(frozen=True, slots=True)
class VoidCredential(Command[CredentialView]):
    """Declare a verified credential void, since it was found to be false."""

    credential_id: UUID
    reason: CredentialReason


@handles(VoidCredential, allow=compliance_officers, raises=(CredentialNotFound, OwnTraining, CredentialNotVerified))
async def void_credential(
    command: VoidCredential, actor: Actor, credentials: Credentials, owners: CredentialOwners, clock: Clock
) -> CredentialView:
    """Compliance officers and administrators void a verified credential, with a reason. It is kept, and never counts.

    Nobody may void their own. What it had superseded is current again.
    """
    credential = await credentials.get(command.credential_id)
    persons = await owners.persons(credential)
    credential.void(command.reason, by=actor.id, persons=persons, now=clock.now())
    return CredentialView.of(credential)
