"""Approving a draft under another id than the one under which it was written."""

from __future__ import annotations

import pytest

from application.compliance.requirements.commands import add_requirement
from application.compliance.requirements.versions import ApproveVersion, approve_version
from application.kernel.access import Actor
from application.privacy.merging import MergeUser, merge_user
from domain.compliance.requirement_errors import ApproverIsAuthor
from domain.kernel.roles import Role
from kit.examples import uid
from situations.requirements import a_new_requirement
from worlds.memory import ANA, BEN, world_of_people


async def test_nobody_approves_what_a_user_has_written_who_was_merged_into_them() -> None:
    world = await world_of_people()
    added = await world.call(add_requirement, a_new_requirement(), actor=Actor(BEN, Role.COMPLIANCE))
    await world.call(merge_user, MergeUser(BEN, ANA, "Hired twice."))
    with pytest.raises(ApproverIsAuthor):
        await world.call(approve_version, ApproveVersion(added.id, 1), actor=Actor(ANA, Role.COMPLIANCE))
    approved = await world.call(approve_version, ApproveVersion(added.id, 1), actor=Actor(uid(501), Role.COMPLIANCE))
    assert (approved.approved_number, approved.versions[0].drafted_by) == (1, BEN)
