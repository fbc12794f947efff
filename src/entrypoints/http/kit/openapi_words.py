"""The words of the OpenAPI document for fields that could be taken for others, and how docstrings become its texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FIELDS: Mapping[str, str] = {
    "version": "Counts the changes of this object, from 1. It is the number in its ETag, which If-Match compares; not "
    "the number of a published version.",
    "module_version": "The `version` of the module that this belongs to, for If-Match: sections and questions change "
    "together with their module. It is not the number of a published version.",
    "schema_version": "The version of the schema of `data`. Fields may be added within a version.",
    "enrollment_version": "The `version` of the enrollment that this progress belongs to, for If-Match.",
    "version_number": "The `number` of a published version of the module.",
    "requirement_version": "The number of the requirement's version that counts, as it was published by its approval.",
    "certificate_serial": "The `serial` of the certificate that the record has earned.",
    "settles_at": "The next time at which something becomes due: the deadline of an attempt, or the end of the minimum "
    "time of the module.",
    "score": "The result of the quiz in percent: the `percent` of the attempt.",
    "attempt_number": "The `number` of the attempt.",
    "pass_mark": "The percent of its points that a quiz requires.",
    "supabase_id": "The account in Supabase Auth with which the person signs in: `sub` in its access tokens.",
    "requested_sign_in": "The account in Supabase Auth (`sub`) that an administrator must confirm before the person "
    "can sign in with it.",
    "subject": "The account in Supabase Auth (`sub`), such as the `requested_sign_in`; it becomes the `supabase_id`.",
    "managed_departments": "The departments that a manager is responsible for.",
    "attestations": "The statements that the person confirmed.",
    "attestation": "The `statement` of the attestation, word for word.",
    "retention_until": "The last day on which the record must be kept.",
    "valid_until": "The last day on which it is valid; null means without end.",
}
"""By the name of the field, wherever it occurs."""

OF_ONE: Mapping[tuple[str, str], str] = {
    ("AttemptSummary", "number"): "Counts the attempts of the person at this quiz, from 1.",
    ("AttemptView", "number"): "Counts the attempts of the person at this quiz, from 1.",
    ("VersionSummary", "number"): "Counts the published versions of the module, from 1. Others call it "
    "`version_number`.",
    ("VersionDetail", "number"): "Counts the published versions of the module, from 1. Others call it "
    "`version_number`.",
    ("RequirementDetail", "versions"): "What it asks from which day on; the last one can be a draft. Their numbers are "
    "not the `version` that If-Match compares.",
    ("RequirementVersionView", "number"): "Counts the versions of the requirement, from 1. A draft that is discarded "
    "leaves its number to the next one.",
    ("Progress", "percent"): "The share of the sections that are completed.",
    ("AttemptView", "percent"): "The share of the points, from 0 to 100.",
    ("AttemptSummary", "percent"): "The share of the points, from 0 to 100.",
    ("CertificateView", "state"): "Derived from the dates and from today.",
    ("Verification", "state"): "Derived from the dates and from today.",
    ("Verification", "issued_by"): "The name of the organization.",
    ("RecordExternalTraining", "valid_until"): "The last day on which it is valid, as its certificate says.",
    ("RecordView", "issuer"): "The name of the organization that issued the certificate of training given elsewhere.",
    ("EnrolledModule", "status"): "The state of the module.",
    ("Refusal", "code"): "The `code` of the problem that the command for this person alone would be answered with.",
    ("QuestionList", "next_cursor"): "Always null: there is one page.",
}
"""Where the name alone does not say it."""


def prose(text: str) -> str:
    """The text of a docstring without its line breaks, except those between paragraphs."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def add_words(schemas: Mapping[str, dict[str, Any]]) -> None:
    """Give the fields of these schemas their descriptions."""
    for name, schema in schemas.items():
        for field, described in schema.get("properties", {}).items():
            words = OF_ONE.get((name, field)) or FIELDS.get(field)
            if words:
                described.setdefault("description", words)
