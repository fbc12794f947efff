"""Requests for relief: who decides them, what a requirement permits, and how relief ends."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.compliance.facts import GrantedRelief
from domain.compliance.permitted_relief import ReliefKind, ReliefPermitted
from domain.compliance.relief import (
    OwnRelief,
    Relief,
    ReliefDecided,
    ReliefNotInForce,
    ReliefReason,
    ReliefStatus,
)
from domain.compliance.relief_limits import ReliefNotPermitted, require_permitted
from domain.kernel.errors import InvalidValue
from kit.about import for_each
from kit.examples import LATER, NOW, uid

ANA, MANAGER, OFFICER = uid(1), uid(2), uid(3)
MARCH, MAY = date(2026, 3, 1), date(2026, 5, 31)


def relief(**changes: Any) -> Relief:
    facts: dict[str, Any] = {
        "user_id": ANA,
        "requirement_id": uid(10),
        "kind": ReliefKind.EXTENSION,
        "reason": ReliefReason.NO_SESSION,
        "from_day": MARCH,
        "until": MAY,
        "requested_by": MANAGER,
        "now": NOW,
    }
    return Relief.request(uid(20), **{**facts, **changes})


def test_relief_is_in_force_once_somebody_else_has_approved_it() -> None:
    asked = relief()
    assert asked.granted is None
    for somebody in (ANA, MANAGER):
        with pytest.raises(OwnRelief):
            asked.approve(by=somebody, now=LATER)
    asked.approve(by=OFFICER, now=LATER)
    assert asked.granted == GrantedRelief(MARCH, MAY, id=uid(20), kind=ReliefKind.EXTENSION)


def test_it_is_decided_once() -> None:
    asked = relief()
    asked.reject(by=OFFICER, now=LATER, note="There is a class on March 20.")
    assert (asked.status, asked.granted) == (ReliefStatus.REJECTED, None)
    with pytest.raises(ReliefDecided):
        asked.approve(by=OFFICER, now=LATER)


def test_a_rejection_says_why() -> None:
    with pytest.raises(InvalidValue, match="must say why"):
        relief().reject(by=OFFICER, now=LATER, note=" ")


@pytest.mark.parametrize(
    ("last_day", "granted"), [(date(2026, 4, 10), date(2026, 4, 10)), (MARCH, MARCH), (date(2026, 2, 1), None)]
)
def test_it_ends_sooner_and_before_its_first_day_it_never_was(last_day: date, granted: date | None) -> None:
    asked = relief(kind=ReliefKind.WAIVER)
    asked.approve(by=OFFICER, now=LATER)
    asked.end(last_day, by=MANAGER, now=LATER)
    assert (asked.granted and asked.granted.until) == granted


def test_what_is_not_in_force_cannot_be_ended() -> None:
    asked = relief()
    with pytest.raises(ReliefNotInForce):
        asked.end(MARCH, by=MANAGER, now=LATER)
    asked.approve(by=OFFICER, now=LATER)
    with pytest.raises(ReliefNotInForce):
        asked.end(date(2026, 6, 1), by=MANAGER, now=LATER)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"until": None}, "until", "relief has a last day"),
        ({"until": date(2026, 2, 28)}, "until", "must not be before the first day, 2026-03-01"),
        ({"reason": ReliefReason.OTHER}, "note", "must say the reason"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(InvalidValue, match=message) as refused:
        relief(**changes)
    assert refused.value.field == (field,)


def test_an_equivalent_may_be_without_an_end() -> None:
    assert relief(kind=ReliefKind.EQUIVALENT, until=None).until is None


class TestPermitted:
    STATUTORY = ReliefPermitted()
    GENEROUS = ReliefPermitted(extension_days=30, waiver=True, medical=True, equivalent=True)

    @for_each("kind", list(ReliefKind))
    def test_a_statutory_rule_permits_a_documented_delay_only(self, kind: ReliefKind) -> None:
        require_permitted(self.GENEROUS, kind)
        if kind is ReliefKind.DELAY:
            require_permitted(self.STATUTORY, kind)
        else:
            with pytest.raises(ReliefNotPermitted, match=f"The requirement permits no {kind.value}, only: delay"):
                require_permitted(self.STATUTORY, kind)

    def test_an_extension_has_a_limit_which_is_named(self) -> None:
        require_permitted(self.GENEROUS, ReliefKind.EXTENSION, date(2026, 3, 31), MARCH)
        with pytest.raises(ReliefNotPermitted, match="an extension of 30 days, until March 31, 2026 at the latest"):
            require_permitted(self.GENEROUS, ReliefKind.EXTENSION, date(2026, 4, 1), MARCH)
