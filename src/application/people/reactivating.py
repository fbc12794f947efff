"""Reactivating people, which gives access again."""

from __future__ import annotations

from application.kernel.access import Actor
from domain.people.administrators import only_a_person_reactivates
from domain.people.users import User


def require_reactivation(user: User, actor: Actor) -> None:
    """Raises PersonRequired for a service account that may not reactivate this user."""
    if only_a_person_reactivates(user.id, is_privileged=user.is_privileged, maker=actor.person_id):
        actor.require_person("Only a person reactivates somebody who may do more than learn, or who made the key.")
