"""What requirements name must be there, and stays there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from application.compliance.requirements.ports import NamedByTerms, Requirements
from application.kernel.access import Actor
from application.kernel.reactions import reacts
from application.kernel.wiring import PortSet
from application.people.job_codes.ports import JobCodeTables
from domain.catalogue.module_life import ModuleDeleted, ModuleRequired
from domain.compliance.terms import Terms
from domain.compliance.terms_references import TermsReferences
from domain.people.job_codes import JobCodeRequired, JobCodesChanged


@dataclass(frozen=True, slots=True)
class References(PortSet):
    """Compares what terms name with what is there."""

    named: NamedByTerms
    job_codes: JobCodeTables

    async def require(self, terms: Terms) -> None:
        """Raises InvalidValue, naming the field of the terms, for a module, location or job code that is not there."""
        names = TermsReferences.of(terms)
        modules, locations = ([id for _, id in found] for found in (names.modules, names.locations))
        unknown = await self.named.unknown(modules, locations) if modules or locations else frozenset()
        codes = (await self.job_codes.current()).codes if names.job_codes else ()
        names.require(unknown, [each.code for each in codes])


@reacts(ModuleDeleted, raises=(ModuleRequired,))
async def keep_what_is_required(events: Sequence[ModuleDeleted], actor: Actor, requirements: Requirements) -> None:
    """A draft of a module is not deleted while a requirement asks for it."""
    for event in events:
        if codes := await requirements.asking_for(event.module_id):
            raise ModuleRequired(f"It is asked for by {', '.join(codes)}. Change these requirements first.")


@reacts(JobCodesChanged, raises=(JobCodeRequired,))
async def keep_codes_that_are_named(
    events: Sequence[JobCodesChanged], actor: Actor, requirements: Requirements, tables: JobCodeTables
) -> None:
    """No job code is removed while a requirement names it, which then would concern nobody."""
    gone = await requirements.job_codes() - {each.code for each in (await tables.current()).codes}
    if gone:
        raise JobCodeRequired(f"Requirements name {', '.join(sorted(gone))}. Retire these codes instead.")
