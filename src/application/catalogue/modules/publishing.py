"""Publishing, whether a request or a catalogue file asks for it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from application.catalogue.modules.prerequisites import require_offered_prerequisites
from application.catalogue.modules.printable import require_printable
from application.catalogue.ports import Modules, Versions
from application.kernel.ports import Fingerprints, Typeface
from domain.catalogue.modules import TrainingModule
from domain.catalogue.reopening import NOTHING_REOPENS, Reopening


class Publisher:
    """Checks what a publication needs, and keeps the version."""

    def __init__(self, fingerprints: Fingerprints, typeface: Typeface) -> None:
        self._fingerprints = fingerprints
        self._typeface = typeface

    async def publish(
        self,
        module: TrainingModule,
        modules: Modules,
        versions: Versions,
        *,
        by: UUID | None,
        now: datetime,
        change_note: str = "",
        material: bool = False,
        move_enrollments: bool = False,
        reopening: Reopening = NOTHING_REOPENS,
    ) -> None:
        """Publish the module, as `TrainingModule.publish` does.

        Raises what that method raises, PrerequisiteNotOffered, and ModuleNotReady for a title that cannot be printed.
        """
        version = module.publish(
            self._fingerprints.of,
            by=by,
            now=now,
            change_note=change_note,
            material=material,
            move_enrollments=move_enrollments,
            reopening=reopening,
        )
        await require_offered_prerequisites(module, modules)
        require_printable(module, self._typeface)
        await versions.add(version)
