"""Deciding for others: nobody decides about his or her own training."""

from __future__ import annotations

from uuid import UUID

from domain.errors import Forbidden


class OwnTraining(Forbidden):
    slug = "own-training"
    title = "You may not decide about your own training"
    sentence = "This is about your own training or its evidence. Ask somebody else who may decide about it."


def require_other(decided_by: UUID | None, user_id: UUID) -> None:
    """Raises OwnTraining when somebody decides about himself or herself; None is the service itself."""
    if decided_by == user_id:
        raise OwnTraining
