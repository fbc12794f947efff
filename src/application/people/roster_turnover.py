"""Who comes back and who leaves by a roster, and whose address belongs to somebody else now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.kernel.access import Actor
from application.kernel.ports import Ids
from application.kernel.units import Events
from application.kernel.wiring import PortSet
from application.people.ports import EndedSignIns, RosterMerge, Staff, Users
from domain.people.administrators import require_another
from domain.people.leavers import LeaverLimit
from domain.people.roster_matching import Reassigned
from domain.people.sign_ins import EndedSignIn, EndReason, LinkReason
from domain.people.user_errors import OwnAccess
from domain.people.users import User


@dataclass(frozen=True, slots=True)
class ReassignedAddresses(PortSet):
    """Takes addresses that belong to others now from the people who held them."""

    users: Users
    ended: EndedSignIns

    async def holders(self, reassigned: Sequence[Reassigned], actor: Actor) -> list[User]:
        """Those who lose theirs. Raises OwnAccess and LastAdministrator."""
        holders = []
        for each in reassigned:
            if each.holder.user_id == actor.user_id:
                raise OwnAccess
            holders.append(await self.users.get(each.holder.user_id))
        if leaving := [holder.id for holder in holders if holder.is_administrator]:
            require_another(await self.users.administrators(), leaving)
        return holders

    async def take(self, holder: User, now: datetime) -> None:
        """The address and every sign-in with it."""
        if holder.supabase_id or holder.requested_sign_in:
            for subject in holder.unlink(LinkReason.WRONG_PERSON, now=now):
                await self.ended.end(subject, EndedSignIn(holder.id, EndReason.ADDRESS_REUSED, now))
        holder.give_up_address(now=now)


@dataclass(frozen=True, slots=True)
class Turnover(PortSet):
    """Who comes back and who leaves by a roster; `limit` is how many may leave at once."""

    staff: Staff
    limit: LeaverLimit
    events: Events
    ids: Ids

    async def carry_out(
        self, merged: RosterMerge, returning: Sequence[UUID], leaving: Sequence[UUID], now: datetime
    ) -> None:
        """Reactivate and deactivate them, and record what the import did."""
        back = await self.staff.reactivate(returning, now) if returning else []
        gone = await self.staff.deactivate(leaving, now) if leaving else []
        for event in merged.events(self.ids.new(), gone, back):
            self.events.record(event)
