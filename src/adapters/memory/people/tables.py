"""The tables of people in memory."""

from __future__ import annotations

from uuid import UUID

from adapters.memory.kit.tables import MemoryTable, Unique
from domain.kernel.typography import folded
from domain.people.merging import UserMerge
from domain.people.names import employee_key
from domain.people.service_accounts import ServiceAccount, ServiceAccountNameTaken
from domain.people.sign_ins import EndedSignIn
from domain.people.user_errors import EmailTaken, EmployeeIdTaken, SupabaseIdTaken
from domain.people.users import User

EMAIL: Unique[User] = Unique(lambda user: user.email, EmailTaken)
EMPLOYEE_ID: Unique[User] = Unique(lambda user: employee_key(user.employee_id), EmployeeIdTaken)
SUPABASE_ID: Unique[User] = Unique(lambda user: user.supabase_id, SupabaseIdTaken)
USERS = MemoryTable[UUID, User]("users", EMAIL, EMPLOYEE_ID, SUPABASE_ID)
ROSTER_LISTINGS = MemoryTable[UUID, UUID]("roster_listings")
"""The people whom a roster has listed."""
USER_MERGES = MemoryTable[UUID, UserMerge]("user_merges")
ENDED_SIGN_INS = MemoryTable[str, tuple[str, EndedSignIn]]("ended_sign_ins")
"""By fingerprint, which is also stored in each row."""
SERVICE_ACCOUNTS = MemoryTable[UUID, ServiceAccount](
    "service_accounts", Unique(lambda account: folded(account.name), ServiceAccountNameTaken)
)
