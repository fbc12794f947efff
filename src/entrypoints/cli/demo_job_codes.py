"""What the job titles of the demonstration mean. Some are left unmapped, to be mapped on the interactive page."""

from __future__ import annotations

import json
from typing import Any

from adapters.encoding import to_json
from application.kernel.access import Actor
from application.people.job_codes.commands import MapJobTitle
from application.people.job_codes.queries import ListJobTitles, ListUnmappedTitles, ReadJobCodes
from entrypoints.bootstrap import Service
from entrypoints.http.kit.demonstration import Example
from entrypoints.http.routes.job_codes import NEW_CODES

_TITLES = {
    "dentist": (
        *("Lead Dentist", "General Dentist", "Associate Dentist", "Pediatric Dentist", "Chief Dental Officer"),
        *("Endodontist", "Orthodontist", "Periodontist", "Oral Surgeon"),
    ),
    "hygienist": ("Lead Dental Hygienist", "Dental Hygienist"),
    "dental_assistant": (
        *("Lead Dental Assistant", "Dental Assistant", "Registered Dental Assistant", "Dental Assistant Trainee"),
        *("Expanded Duty Dental Assistant", "Orthodontic Assistant"),
    ),
    "sterilization": ("Lead Sterilization Technician", "Sterilization Technician"),
    "front_desk": ("Front Desk Lead", "Patient Care Coordinator", "Scheduling Coordinator", "Treatment Coordinator"),
    "billing": (
        *("Billing Manager", "Billing Specialist", "Claims Manager", "Claims Specialist", "Senior Claims Specialist"),
        *("Insurance Verification Specialist", "Payment Posting Specialist"),
    ),
    "office_manager": ("Office Manager",),
    "trainer": ("Training Administrator", "Training Coordinator"),
    "compliance": ("Chief Compliance and Privacy Officer", "Compliance Specialist"),
    "administration": ("Chief Executive Officer", "Chief Operating Officer"),
    "information_technology": ("IT Manager", "IT Support Specialist", "Systems Administrator"),
}
"""By job code."""


async def map_titles(service: Service) -> int:
    """Map the titles, of which those that are mapped already stay as they are; the number of new ones."""
    actor, mapped = Actor.system(), 0
    known = await _mapped(service)
    for code, titles in _TITLES.items():
        for title in titles:
            if title not in known:
                await service.bus.execute(MapJobTitle(title, code), actor)
                mapped += 1
    return mapped


async def job_code_examples(service: Service) -> dict[str, Example]:
    """An example for each operation that changes job codes."""
    actor = Actor.system()
    codes: list[dict[str, Any]] = json.loads(to_json((await service.bus.ask(ReadJobCodes(), actor)).job_codes))
    (new,) = (each for each in NEW_CODES["job_codes"] if each["code"] == "radiographer")
    if new["code"] not in {each["code"] for each in codes}:
        codes.append(new)
    unmapped = (await service.bus.ask(ListUnmappedTitles(limit=1), actor)).items
    title = unmapped[0].title if unmapped else "Office Dog"
    return {
        "replace_job_codes": Example(body={"job_codes": codes}),
        "map_job_title": Example(body={"title": title, "job_code": "administration"}),
    }


async def _mapped(service: Service) -> set[str]:
    found, cursor = set[str](), None
    while True:
        page = await service.bus.ask(ListJobTitles(cursor=cursor, limit=200), Actor.system())
        found |= {each.title for each in page.items}
        cursor = page.next
        if cursor is None:
            return found
