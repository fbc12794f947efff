"""What people may do, in few words."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a user may do. `authenticated` is a learner."""

    AUTHENTICATED = "authenticated"
    AUTHOR = "author"
    MANAGER = "manager"
    COMPLIANCE = "compliance"
    ADMIN = "admin"
