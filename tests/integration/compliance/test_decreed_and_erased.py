"""Relief is decreed for a group while somebody in it is erased: nothing of the person stays or waits."""

from __future__ import annotations

import asyncio

from application.compliance.requirements.versions import ApproveVersion
from application.privacy.personal_data import EraseUser
from domain.compliance.audience import Audience
from domain.compliance.audience_clauses import All
from integration.backends import SqlBackend
from integration.compliance.test_obligations_follow import FarIds, owing
from situations.relief import PERMISSIVE, ordering
from situations.requirements import SECOND, a_new_requirement
from situations.stage import OFFICER

ROUNDS = 3
LEFT = """
    SELECT count(*) FROM reliefs JOIN users ON users.id = reliefs.user_id
    LEFT JOIN relief_decisions ON relief_decisions.relief_id = reliefs.id
    WHERE users.erased_at IS NOT NULL AND (reliefs.note <> '' OR relief_decisions.relief_id IS NULL)
"""


async def test_nothing_is_left_of_somebody_who_is_erased_while_an_audience_is_decreed(
    backend: SqlBackend, other: SqlBackend
) -> None:
    stage, second = owing(backend), owing(other, FarIds())
    await stage.person("stays")
    everybody = Audience(All(()))
    for number in range(ROUNDS):
        requirement = await stage.do(a_new_requirement(f"rule_{number}", terms=PERMISSIVE), OFFICER)
        await stage.do(ApproveVersion(requirement.id, 1), SECOND)
        leaver = await stage.person(f"leaver{number}")
        both = [stage.do(ordering(requirement.id, audience=everybody), OFFICER), second.do(EraseUser(leaver), OFFICER)]
        await asyncio.gather(*(both if number % 2 else both[::-1]))
        assert await backend.sql(LEFT) == [(0,)]
