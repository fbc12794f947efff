"""How long the requirements for which a record may count ask to keep it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from domain.compliance.completions import can_count
from domain.compliance.facts import Proof
from domain.compliance.requirement import RequirementVersion
from domain.compliance.rule_book import in_effect
from domain.compliance.rule_retention import Retention
from domain.kernel.days import days_later


@dataclass(frozen=True, slots=True)
class Kept:
    """A version that asks to keep a record. `until` is the last day; None while the day it counts from has not come."""

    version: RequirementVersion
    retention: Retention
    until: date | None


def kept_by(
    versions: Iterable[RequirementVersion], retired_on: date | None, proof: Proof, left_on: date | None
) -> Kept | None:
    """What a requirement asks of the record of somebody whom it concerns: of several versions the one that keeps it
    longest; None if none does. Versions that ended before the training ask nothing.

    Whether the record has met anything does not matter: training that was not needed is evidence of training, too.
    """
    found = list(_kept(versions, retired_on, proof, left_on))
    return max(found, key=lambda each: each.until or date.max, default=None)


def kept_until(own: date, kept: Iterable[Kept]) -> date | None:
    """The last day on which the record must be kept, by its own retention and by all of these; None if a day is not
    known yet.
    """
    days = [each.until for each in kept]
    return None if None in days else max([own, *(day for day in days if day is not None)])


def _kept(
    versions: Iterable[RequirementVersion], retired_on: date | None, proof: Proof, left_on: date | None
) -> Iterator[Kept]:
    ordered = in_effect(versions)
    ends = [*(each.effective_on for each in ordered[1:]), retired_on]
    for version, ends_before in zip(ordered, ends, strict=True):
        last = None if ends_before is None else days_later(min(ends_before, retired_on or ends_before), -1)
        retention = version.terms.retention
        if retention is not None and (last is None or last >= proof.day) and can_count(proof, version.terms):
            yield Kept(version, retention, retention.until(proof.day, left_on, last))
