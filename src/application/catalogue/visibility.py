"""Which modules an actor may know of."""

from __future__ import annotations

from application.kernel.access import Actor
from domain.catalogue.module_life import ModuleNotFound, ModuleOffer, ModuleStatus
from domain.kernel.key_scopes import OF_DRAFTS
from domain.kernel.roles import Role


def sees_drafts(actor: Actor) -> bool:
    """Who sees modules that are not published yet: of the service accounts those with a scope of drafts."""
    if actor.service_account is not None:
        return not OF_DRAFTS.isdisjoint(actor.service_account.scopes)
    return actor.role in (Role.AUTHOR, Role.COMPLIANCE, Role.ADMIN)


def require_visible(offer: ModuleOffer | None, actor: Actor) -> ModuleOffer:
    """The module's offer, for an actor who may know of the module. Raises ModuleNotFound when there is no such module,
    and in exactly the same way for a draft that the actor may not see.

    A command that names a module calls this before anything else that could make its answer differ.
    """
    if offer is None or (offer.status is ModuleStatus.DRAFT and not sees_drafts(actor)):
        raise ModuleNotFound
    return offer
