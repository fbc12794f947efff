"""Submitting credentials, and deciding about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from application.evidence.credentials.commands import (
    RejectCredential,
    SubmitCredential,
    VerifyCredential,
    VoidCredential,
    WithdrawCredential,
)
from application.evidence.credentials.ports import Credentials
from application.evidence.credentials.queries import (
    CredentialView,
    ListCredentials,
    ListWaitingCredentials,
    ReadCredential,
)
from application.kernel.access import Actor
from application.people.ports import UserMerges
from domain.evidence.credential_documents import CredentialDocument
from domain.evidence.credentials import (
    Credential,
    CredentialDecided,
    CredentialKnown,
    CredentialNotFound,
    CredentialNotVerified,
    CredentialState,
    OwnSubmission,
    VerifiedCredential,
)
from domain.kernel.days import LocalDays
from domain.kernel.errors import Forbidden, InvalidValue
from domain.kernel.oversight import OwnTraining
from domain.kernel.roles import Role
from domain.kernel.states import State
from domain.people.user_errors import UserIsErased, UserIsMerged, UserNotFound
from kit.examples import LATER, NOW, a_user, uid
from worlds.memory import ADMIN, ADMIN_ID, ANA, BEN, World

HERSELF = Actor(ANA, Role.AUTHENTICATED)
OFFICER_ID = uid(8)
OFFICER = Actor(OFFICER_ID, Role.COMPLIANCE)
MANAGER, OTHER_MANAGER = (Actor(uid(9), Role.MANAGER, (department,)) for department in ("Hygiene", "Front desk"))
TODAY = date(2026, 3, 2)
CARD = SubmitCredential(ANA, "bls", "American Heart Association", date(2025, 3, 12), date(2027, 3, 31), "eCard 2260")
RENEWED = replace(CARD, issued_on=date(2026, 3, 1), expires_on=date(2028, 3, 31), number="eCard 9999")


@pytest.fixture
async def world() -> World:
    """ANA of Hygiene, BEN of the front desk, and a compliance officer."""
    world = World()
    await world.holds(a_user(1, department="Hygiene", full_name="Ana Ruiz"), a_user(2, department="Front desk"))
    await world.holds(a_user(8, department="Administration"))
    return world


async def submitted(world: World, card: SubmitCredential = CARD, actor: Actor = HERSELF) -> CredentialView:
    return await world.bus().execute(card, actor)


async def verified(world: World, card: SubmitCredential = CARD, actor: Actor = HERSELF) -> CredentialView:
    return await world.bus().execute(VerifyCredential((await submitted(world, card, actor)).id), OFFICER)


async def read(world: World, credential_id: UUID, actor: Actor = ADMIN) -> CredentialView:
    return await world.bus().ask(ReadCredential(credential_id), actor)


async def states(world: World, user_id: UUID = ANA) -> list[CredentialState]:
    return [each.status for each in (await world.bus().ask(ListCredentials(user_id), ADMIN)).items]


async def proven(world: World, user_id: UUID = ANA) -> tuple[VerifiedCredential, ...]:
    return (await world.units.run(lambda unit: unit.port(Credentials).verified([user_id]))).get(user_id, ())


async def merge(world: World, duplicate: UUID, stays: UUID) -> None:
    async def work(unit: Any) -> None:
        pair = await unit.port(UserMerges).locked([duplicate, stays])
        pair[duplicate].merge_into(pair[stays], uid(62), now=LATER)

    await world.units.run(work)


class TestSubmitting:
    async def test_a_card_waits_as_it_was_submitted(self, world: World) -> None:
        view = await submitted(world)
        assert view == CredentialView(
            id=view.id,
            user_id=ANA,
            type="bls",
            jurisdiction=None,
            number="eCard 2260",
            issuer="American Heart Association",
            issued_on=date(2025, 3, 12),
            expires_on=date(2027, 3, 31),
            status=CredentialState.SUBMITTED,
            superseded_by=None,
            retention_until=date(2031, 3, 12),
            submitted_by=ANA,
            submitted_at=LATER,
            decided_by=None,
            decided_at=None,
            decision_reason=None,
            voided_by=None,
            voided_at=None,
            void_reason=None,
        )
        assert await read(world, view.id, HERSELF) == view
        (waiting,) = (await world.bus().ask(ListWaitingCredentials(), OFFICER)).items
        assert (waiting.id, waiting.full_name, waiting.department) == (view.id, "Ana Ruiz", "Hygiene")
        assert await proven(world) == ()

    async def test_managers_submit_those_of_their_people_and_officers_those_of_everyone(self, world: World) -> None:
        for number, actor in enumerate((MANAGER, OFFICER, ADMIN)):
            view = await submitted(world, replace(CARD, number=str(number)), actor)
            assert (view.user_id, view.submitted_by) == (ANA, actor.user_id)
        for actor in (OTHER_MANAGER, Actor(BEN, Role.AUTHENTICATED), Actor(BEN, Role.AUTHOR)):
            with pytest.raises(UserNotFound):
                await submitted(world, actor=actor)
        with pytest.raises(UserNotFound):
            await submitted(world, replace(CARD, user_id=uid(404)), ADMIN)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"issued_on": date(2026, 3, 3), "expires_on": None}, "issued_on"),
            ({"issued_on": date(26, 3, 12), "expires_on": None}, "issued_on"),
            ({"expires_on": date(2025, 3, 12)}, "expires_on"),
            ({"expires_on": date(2025, 3, 11)}, "expires_on"),
            ({"expires_on": date(2045, 3, 13)}, "expires_on"),
            ({"type": "BLS card"}, "type"),
            ({"issuer": " "}, "issuer"),
            ({"number": ""}, "number"),
        ],
    )
    async def test_what_cannot_be_is_refused(self, world: World, wrong: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidValue) as refusal:
            await submitted(world, replace(CARD, **wrong))
        assert refusal.value.field == (field,)
        assert await states(world) == []

    @pytest.mark.parametrize(
        "card",
        [
            replace(CARD, issued_on=TODAY),
            replace(CARD, expires_on=date(2045, 3, 12)),
            replace(CARD, issued_on=date(2015, 1, 1), expires_on=date(2017, 1, 1)),
            replace(CARD, expires_on=None, number=None),
        ],
        ids=["issued today", "valid for 20 years", "expired", "without expiry and number"],
    )
    async def test_what_is_rare_but_possible_is_taken(self, world: World, card: SubmitCredential) -> None:
        assert (await submitted(world, card)).status is CredentialState.SUBMITTED

    async def test_today_is_that_of_the_person(self, world: World) -> None:
        world.move_to("Pacific/Kiritimati")
        assert (await submitted(world, replace(CARD, issued_on=date(2026, 3, 3)))).issued_on == date(2026, 3, 3)
        world.move_to("Pacific/Pago_Pago")
        with pytest.raises(InvalidValue):
            await submitted(world, replace(CARD, issued_on=date(2026, 3, 3), number="other"))

    @pytest.mark.parametrize(
        "again",
        [CARD, replace(CARD, number=" ECARD  2260"), replace(CARD, expires_on=None)],
        ids=["the same", "the same number", "another expiry"],
    )
    async def test_the_same_document_is_refused_and_the_first_is_named(
        self, world: World, again: SubmitCredential
    ) -> None:
        first = await submitted(world)
        for _ in range(2):
            with pytest.raises(CredentialKnown, match=str(first.id)):
                await submitted(world, again, ADMIN)
            if await states(world) == [CredentialState.SUBMITTED]:
                await world.bus().execute(VerifyCredential(first.id), OFFICER)

    @pytest.mark.parametrize("ended", ["rejected", "withdrawn", "voided"])
    async def test_what_does_not_count_may_be_submitted_again(self, world: World, ended: str) -> None:
        first = await (verified if ended == "voided" else submitted)(world)
        end = {"rejected": RejectCredential, "withdrawn": WithdrawCredential, "voided": VoidCredential}[ended]
        await world.bus().execute(end(first.id, "Why."), OFFICER)
        again = await submitted(world)
        assert await states(world) == [CredentialState.SUBMITTED, CredentialState(ended)]
        assert again.id != first.id

    async def test_nothing_is_submitted_for_who_was_merged_or_erased(self, world: World) -> None:
        first = await submitted(world, replace(CARD, user_id=BEN), ADMIN)
        await merge(world, BEN, ANA)
        with pytest.raises(UserIsMerged, match=str(ANA)):
            await submitted(world, replace(CARD, user_id=BEN), ADMIN)
        with pytest.raises(UserNotFound):
            await submitted(world, replace(CARD, user_id=BEN), OTHER_MANAGER)
        # It is the same card of the same person.
        with pytest.raises(CredentialKnown, match=str(first.id)):
            await submitted(world)
        gone = a_user(4)
        gone.erase(now=LATER)
        await world.holds(gone)
        with pytest.raises(UserIsErased):
            await submitted(world, replace(CARD, user_id=gone.id), ADMIN)


class TestDeciding:
    async def test_a_verified_card_counts_from_its_day_of_issue(self, world: World) -> None:
        view = await verified(world)
        assert (view.status, view.decided_by, view.decided_at) == (CredentialState.VERIFIED, OFFICER_ID, LATER)
        assert await read(world, view.id) == view
        assert await proven(world) == (VerifiedCredential(view.id, "bls", CARD.issued_on, CARD.expires_on),)
        assert (await world.bus().ask(ListWaitingCredentials(), OFFICER)).items == []

    async def test_a_rejected_one_says_why_and_never_counts(self, world: World) -> None:
        card = await submitted(world)
        view = await world.bus().execute(RejectCredential(card.id, "Unreadable."), OFFICER)
        assert (view.status, view.decision_reason) == (CredentialState.REJECTED, "Unreadable.")
        assert await read(world, card.id, HERSELF) == view
        assert await proven(world) == ()
        with pytest.raises(InvalidValue):
            await world.bus().execute(RejectCredential((await submitted(world)).id, " "), OFFICER)

    @pytest.mark.parametrize("decide", [VerifyCredential, lambda each: RejectCredential(each, "No.")])
    async def test_nobody_decides_about_what_is_theirs_or_what_they_have_submitted(
        self, world: World, decide: Any
    ) -> None:
        own = await submitted(world, replace(CARD, user_id=OFFICER_ID), ADMIN)
        with pytest.raises(OwnTraining):
            await world.bus().execute(decide(own.id), OFFICER)
        typed = await submitted(world, actor=OFFICER)
        with pytest.raises(OwnSubmission):
            await world.bus().execute(decide(typed.id), OFFICER)
        for actor in (HERSELF, MANAGER):
            with pytest.raises(Forbidden):
                await world.bus().execute(decide(typed.id), actor)
        assert await states(world) == await states(world, OFFICER_ID) == [CredentialState.SUBMITTED]
        for card in (own, typed):
            await world.bus().execute(decide(card.id), replace(OFFICER, user_id=uid(10)))

    async def test_under_another_id_one_is_still_the_same_person(self, world: World) -> None:
        card = await submitted(world, replace(CARD, user_id=BEN), ADMIN)
        typed = await submitted(world, actor=Actor(BEN, Role.ADMIN))
        await merge(world, BEN, OFFICER_ID)
        with pytest.raises(OwnTraining):
            await world.bus().execute(VerifyCredential(card.id), OFFICER)
        with pytest.raises(OwnSubmission):
            await world.bus().execute(VerifyCredential(typed.id), OFFICER)

    async def test_a_decision_is_final(self, world: World) -> None:
        card = await verified(world)
        for again in (VerifyCredential(card.id), RejectCredential(card.id, "No."), WithdrawCredential(card.id)):
            with pytest.raises(CredentialDecided):
                await world.bus().execute(again, ADMIN)
        for missing in (VerifyCredential, lambda each: VoidCredential(each, "No."), WithdrawCredential):
            with pytest.raises(CredentialNotFound):
                await world.bus().execute(missing(uid(404)), ADMIN)

    async def test_a_submission_is_withdrawn_by_who_may_submit(self, world: World) -> None:
        for number, actor in enumerate((HERSELF, MANAGER, OFFICER)):
            card = await submitted(world, replace(CARD, number=str(number)), ADMIN)
            for stranger in (OTHER_MANAGER, Actor(BEN, Role.AUTHENTICATED)):
                with pytest.raises(CredentialNotFound):
                    await world.bus().execute(WithdrawCredential(card.id), stranger)
            view = await world.bus().execute(WithdrawCredential(card.id), actor)
            assert (view.status, view.decided_by) == (CredentialState.WITHDRAWN, actor.user_id)

    async def test_what_is_false_is_voided_with_a_reason(self, world: World) -> None:
        card = await submitted(world)
        with pytest.raises(CredentialNotVerified):
            await world.bus().execute(VoidCredential(card.id, "Forged."), ADMIN)
        await world.bus().execute(VerifyCredential(card.id), OFFICER)
        view = await world.bus().execute(VoidCredential(card.id, "Forged."), ADMIN)
        assert (view.status, view.voided_by, view.void_reason) == (CredentialState.VOIDED, ADMIN_ID, "Forged.")
        assert view.decided_by == OFFICER_ID
        assert await read(world, card.id) == view
        assert await proven(world) == ()
        own = await verified(world, replace(CARD, number="2"), ADMIN)
        with pytest.raises(OwnTraining):
            await world.bus().execute(VoidCredential(own.id, "Forged."), Actor(ANA, Role.ADMIN))


class TestRenewing:
    async def test_a_renewal_supersedes_once_it_is_verified(self, world: World) -> None:
        old = await verified(world)
        new = await submitted(world, RENEWED)
        assert await states(world) == [CredentialState.SUBMITTED, CredentialState.VERIFIED]
        await world.bus().execute(VerifyCredential(new.id), OFFICER)
        found = await read(world, old.id)
        assert (found.status, found.superseded_by) == (CredentialState.SUPERSEDED, new.id)
        # Its own days go on counting.
        assert [each.id for each in await proven(world)] == [old.id, new.id]
        await world.bus().execute(VoidCredential(new.id, "Forged."), ADMIN)
        assert (await read(world, old.id)).status is CredentialState.VERIFIED

    async def test_an_old_card_that_is_submitted_late_is_superseded_at_once(self, world: World) -> None:
        new, old = await verified(world, RENEWED), await verified(world)
        assert (old.status, old.superseded_by) == (CredentialState.SUPERSEDED, new.id)
        assert await read(world, old.id) == old

    @pytest.mark.parametrize(
        "other",
        [
            replace(RENEWED, type="cpr"),
            replace(RENEWED, jurisdiction=State.TEXAS),
            replace(RENEWED, expires_on=date(2027, 3, 30)),
            replace(RENEWED, issued_on=date(2025, 3, 11)),
            replace(RENEWED, user_id=BEN),
        ],
        ids=["another type", "another state", "ends before", "issued before", "another person"],
    )
    async def test_others_do_not(self, world: World, other: SubmitCredential) -> None:
        old = await verified(world)
        await verified(world, other, ADMIN)
        assert (await read(world, old.id)).status is CredentialState.VERIFIED

    async def test_a_corrected_copy_of_the_same_day_does(self, world: World) -> None:
        old, new = await verified(world), await verified(world, replace(RENEWED, issued_on=CARD.issued_on))
        assert (await read(world, old.id)).superseded_by == new.id

    async def test_that_of_a_merged_user_counts_too(self, world: World) -> None:
        old, new = await verified(world), await verified(world, replace(RENEWED, user_id=BEN), ADMIN)
        await merge(world, BEN, ANA)
        assert (await read(world, old.id)).superseded_by == new.id
        assert [each.id for each in await proven(world)] == [old.id, new.id]


class TestTimes:
    def test_nothing_is_decided_before_it_was_submitted(self) -> None:
        """Clocks of several machines disagree."""
        days = LocalDays("UTC")
        document = CredentialDocument("bls", "Red Cross", date(2026, 3, 1))
        credential = Credential.submit(uid(70), ANA, document, by=ANA, days=days, natural_key=None, now=LATER)
        credential.verify(by=OFFICER_ID, persons={}, now=NOW)
        assert (NOW < LATER, credential.decided_at, credential.updated_at) == (True, LATER, LATER)
        credential.void("Forged.", by=ADMIN_ID, persons={}, now=NOW)
        assert (credential.voided_at, credential.updated_at) == (LATER, LATER)
