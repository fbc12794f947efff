"""Files of requirements, for tests that read and load them."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from adapters.files.requirement_packs import Names, read_packs
from domain.compliance.written_requirements import WrittenRequirement
from domain.people.job_codes import SHIPPED
from kit.examples import uid

PACKS = Path(__file__).parents[2] / "src" / "entrypoints" / "demo" / "requirements"
SLUGS = ("bloodborne-pathogens", "hazard-communication", "hipaa-privacy-security", "infection-control")
MODULES = {slug: uid(number) for number, slug in enumerate((*SLUGS, "medical-emergencies"), start=201)}
ROUND_ROCK, CEDAR_PARK, *SPRINGFIELDS = (uid(number) for number in range(301, 305))


def names() -> Names:
    """What files may name: the modules of the starter catalogue, some locations, and the shipped job codes."""
    locations: dict[str, tuple[UUID, ...]] = {
        "tx-rr": (ROUND_ROCK,),
        "cedar park": (CEDAR_PARK,),
        "springfield": tuple(SPRINGFIELDS),
    }
    return Names(MODULES, locations, frozenset(each.code for each in SHIPPED))


def read_pack(folder: Path, content: str) -> list[WrittenRequirement]:
    """The requirements of a file with this content. Raises PackProblem."""
    path = folder / "rules.yaml"
    path.write_text(content, encoding="utf-8")
    return [each.requirement for each in read_packs([path], names())]
