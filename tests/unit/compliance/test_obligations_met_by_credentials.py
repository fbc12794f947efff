"""A requirement that asks for a card is met by a verified one, for as long as the card says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.evidence.credentials.commands import (
    RejectCredential,
    SubmitCredential,
    VerifyCredential,
    VoidCredential,
)
from application.privacy.merging import MergeUser, SeparateUser
from domain.compliance.standing import FulfillmentAxis
from domain.evidence.credentials import CredentialState
from kit.compliance import card, rule
from situations.stage import OFFICER
from worlds.memory import Timed
from worlds.owing import Owing

MET, UNMET, LAPSED = FulfillmentAxis.MET, FulfillmentAxis.UNMET, FulfillmentAxis.LAPSED


class Holding(Owing):
    """A group that is asked for a card of basic life support."""

    async def begin(self) -> UUID:
        """The rule, and somebody who was hired a year ago."""
        await self.approve(1, rule(card("bls"), since="2024-01-01"))
        await self.settle()
        return await self.person(hired_on=self.today - timedelta(days=365))

    async def submits(self, user_id: UUID, issued: int, expires: int | None, **more: Any) -> UUID:
        """A card that was issued and expires so many days from today; its id."""
        issued_on = self.today + timedelta(days=issued)
        expires_on = None if expires is None else self.today + timedelta(days=expires)
        kind = {"type": "bls", "issuer": "Red Cross", "number": f"{issued}", **more}
        submitted = await self.do(SubmitCredential(user_id, issued_on=issued_on, expires_on=expires_on, **kind))
        credential_id: UUID = submitted.id
        return credential_id

    async def holds(self, user_id: UUID, issued: int, expires: int | None, **more: Any) -> UUID:
        """The same, verified."""
        credential_id = await self.submits(user_id, issued, expires, **more)
        await self.do(VerifyCredential(credential_id), OFFICER)
        return credential_id

    async def stands(self, user_id: UUID, *days: int) -> list[FulfillmentAxis]:
        """How the person stands so many days from today, by what is recorded."""
        assert await self.differing() == []
        states = await self.owes(user_id)
        moments = [self.today + timedelta(days=each) for each in days]
        return [next(state.fulfillment for state in states if state.covers(day)) for day in moments]


@pytest.fixture
def stage() -> Holding:
    world = Timed()
    return Holding(world.bus(), world.units, world.clock)


async def test_a_card_counts_from_its_issue_to_its_last_day_once_it_is_verified(stage: Holding) -> None:
    ana = await stage.begin()
    credential_id = await stage.submits(ana, -100, 50)
    assert await stage.stands(ana, -100, 0, 50) == [UNMET] * 3
    await stage.do(VerifyCredential(credential_id), OFFICER)
    assert await stage.stands(ana, -101, -100, 0, 50, 51) == [UNMET, MET, MET, MET, LAPSED]
    (state,) = [each for each in await stage.owes(ana) if each.covers(stage.today)]
    assert state.met_by == (credential_id,)


async def test_a_rejected_one_and_one_of_another_type_do_not_count(stage: Holding) -> None:
    ana = await stage.begin()
    await stage.do(RejectCredential(await stage.submits(ana, -10, 700), "Unreadable."), OFFICER)
    await stage.holds(ana, -10, 700, type="bls-instructor")
    assert await stage.stands(ana, 0, 700) == [UNMET, UNMET]


async def test_a_renewal_goes_on_where_the_old_card_ends_and_is_taken_back_when_it_is_false(stage: Holding) -> None:
    ana = await stage.begin()
    old = await stage.holds(ana, -300, 50)
    new = await stage.holds(ana, 0, 800)
    assert await stage.stands(ana, -300, 0, 51, 800, 801) == [MET, MET, MET, MET, LAPSED]
    await stage.do(VoidCredential(new, "Forged."), OFFICER)
    assert await stage.stands(ana, -300, 0, 51) == [MET, MET, LAPSED]
    await stage.do(VoidCredential(old, "Forged too."), OFFICER)
    assert await stage.stands(ana, -300, 0, 51) == [UNMET, UNMET, UNMET]


async def test_a_card_of_the_past_proves_the_past(stage: Holding) -> None:
    ana = await stage.begin()
    await stage.holds(ana, -300, -200)
    assert await stage.stands(ana, -300, -200, -199, 0) == [MET, MET, LAPSED, LAPSED]


async def test_the_card_of_a_merged_user_counts_for_the_person_until_they_are_separated(stage: Holding) -> None:
    ana = await stage.begin()
    twin = await stage.person("twin")
    await stage.holds(twin, -10, 700)
    await stage.do(MergeUser(twin, ana, "Hired twice."), OFFICER)
    assert await stage.stands(ana, 0, 700) == [MET, MET]
    # What is decided under the other id concerns the person.
    await stage.holds(ana, -5, 900)
    assert await stage.stands(ana, 900) == [MET]
    await stage.do(SeparateUser(twin, "Somebody else."), OFFICER)
    assert await stage.stands(ana, -6, 0) == [UNMET, MET]


async def test_a_submission_under_the_other_id_is_verified_for_the_person(stage: Holding) -> None:
    ana = await stage.begin()
    twin = await stage.person("twin")
    credential_id = await stage.submits(twin, -10, 700)
    await stage.do(MergeUser(twin, ana, "Hired twice."), OFFICER)
    view = await stage.do(VerifyCredential(credential_id), OFFICER)
    assert view.status is CredentialState.VERIFIED
    assert await stage.stands(ana, 0) == [MET]
    await stage.do(VoidCredential(credential_id, "Forged."), OFFICER)
    assert await stage.stands(ana, 0) == [UNMET]
