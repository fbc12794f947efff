"""Prerequisites of published modules must be offered."""

from __future__ import annotations

from application.catalogue.ports import Modules
from domain.catalogue.module_life import ModuleOffer
from domain.catalogue.modules import TrainingModule
from domain.catalogue.prerequisites import require_offered


async def require_offered_prerequisites(module: TrainingModule, modules: Modules) -> None:
    """Raises PrerequisiteNotOffered when a published module has a draft as a prerequisite."""
    if not ModuleOffer(module.status, module.version_number).is_open:
        return
    offers = {module_id: await modules.offer(module_id) for module_id in module.prerequisites}
    require_offered({module_id: offer for module_id, offer in offers.items() if offer is not None})
