"""How long evidence is valid and how long it must be kept: one rule for every kind of training."""

from __future__ import annotations

from datetime import date

from domain.catalogue.completion_rules import USUAL_TERMS
from domain.catalogue.versions import ModuleVersion, asks_for_names
from domain.kernel.days import months_later

LONGEST_VALIDITY_YEARS = 20
"""No certificate of training from elsewhere is valid for longer."""

BLOODBORNE_YEARS = 3
"""The least retention in years of training required by 29 CFR 1910.1030: see (h)(2)(ii)."""


def terms(version: ModuleVersion, completed_on: date) -> tuple[date | None, date]:
    """Until when a completion on this day is valid, and until when its record must be kept."""
    evidence = version.settings.evidence
    valid_until = None if evidence.valid_months is None else months_later(completed_on, evidence.valid_months)
    return valid_until, kept_until(completed_on, valid_until, retention_years(version))


def retention_years(version: ModuleVersion | None, citation: str | None = None) -> int:
    """How long the record of a training is kept: as long as its module and every cited rule require."""
    evidence = USUAL_TERMS if version is None else version.settings.evidence
    cited = (citation, None if version is None else version.settings.citation)
    return max(evidence.retention_years, BLOODBORNE_YEARS if any(map(asks_for_names, cited)) else 1)


def kept_until(completed_on: date, valid_until: date | None, years: int) -> date:
    """The last day of retention, which is never before the last day of validity."""
    kept = months_later(completed_on, 12 * years)
    return kept if valid_until is None else max(kept, valid_until)
