"""The contract of the types of credentials that requirements ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from application.evidence.credentials.types import AskingRequirement, CredentialTypeReader
from contracts import about
from contracts.backend import Backend, save
from contracts.compliance.requirements import APPROVER, AUTHOR, TERMS, a_requirement, approved, drafted
from contracts.make import T, later
from domain.compliance.fulfillment import CredentialNeeded
from domain.compliance.requirement import Requirement

TODAY = T.date()


def asking(requirement: Requirement, *types: str, is_approved: bool = True) -> Requirement:
    """The requirement with a version for each of these types."""
    for number, each in enumerate(types, 1):
        terms = replace(TERMS, fulfillment=CredentialNeeded(each))
        effective_on = date(2026, 4 + number, 1)
        requirement.draft(terms, effective_on=effective_on, note="As said.", by=AUTHOR, now=later(minutes=number))
        if is_approved:
            requirement.approve(number, by=APPROVER, now=later(minutes=number), today=TODAY, acknowledge=True)
    return requirement


async def asked(backend: Backend, today: date = TODAY) -> dict[str, list[str]]:
    """The types, each with the codes of the requirements."""
    found = await backend.reader(CredentialTypeReader).asked_for(today)
    return {each.type: [requirement.code for requirement in each.requirements] for each in found.items}


@about(CredentialTypeReader)
class TestCredentialTypes:
    async def test_without_requirements_there_are_none(self, backend: Backend) -> None:
        assert await asked(backend) == {}

    async def test_each_type_names_the_requirements_that_ask_for_it(self, backend: Backend) -> None:
        retired = asking(a_requirement(5), "acls")
        retired.retired_on = date(2026, 4, 2)
        await save(
            backend,
            asking(a_requirement(2), "tx_radiography", "bls", "bls"),
            asking(a_requirement(1), "bls"),
            asking(a_requirement(3), "dea", is_approved=False),
            approved(drafted(a_requirement(4))),
            retired,
        )
        assert await asked(backend) == {
            "acls": ["rule_5"],
            "bls": ["rule_1", "rule_2"],
            "tx_radiography": ["rule_2"],
        }
        found = await backend.reader(CredentialTypeReader).asked_for(date(2026, 4, 2))
        assert [each.type for each in found.items] == ["bls", "tx_radiography"]
        assert found.items[0].requirements == [
            AskingRequirement("rule_1", "Rule 1"),
            AskingRequirement("rule_2", "Rule 2"),
        ]
