"""The terms of a requirement: what one version of it asks, and of which people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from domain.compliance.audience import Audience
from domain.compliance.audience_documents import parsed
from domain.compliance.citations import LegalSource
from domain.compliance.fulfillment import CredentialNeeded, Expiry, Fulfillment, HoursNeeded
from domain.compliance.permitted_relief import ReliefPermitted
from domain.compliance.rule_retention import Retention
from domain.compliance.schedule import (
    AtPeriodEnd,
    Days,
    EachPeriod,
    FactName,
    FirstDue,
    Guards,
    Never,
    PersonPeriods,
    Repeats,
)
from domain.kernel.errors import InvalidValue
from domain.kernel.values import Items, Written, enforce

AUDIENCE_WORDS = (
    "Whom it concerns: `all` or `any` of several rules, `not` of one, or a `field` or the `metadata` of profiles with "
    "`is`, `at_least`, `at_most`, `more_than`, `less_than` or `absent`. An empty `all` is everybody."
)
ONCE, NO_GUARDS, DELAY_ONLY = Never(), Guards(), ReliefPermitted()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a requirement asks of the people in its `audience`.

    Nobody may do the tasks `blocks` while it is not met. A due day is shown as soon when it is at most `notice_days`
    ahead. A record without one of the `evidence_fields` counts for nothing. `retention` is how long the citation asks
    to keep records, asked when they are read.
    """

    audience: Annotated[Audience, Written(parsed, AUDIENCE_WORDS)]
    fulfillment: Fulfillment
    first_due: FirstDue
    repeats: Repeats = ONCE
    guards: Guards = NO_GUARDS
    relief: ReliefPermitted = DELAY_ONLY
    citation: LegalSource | None = None
    retention: Retention | None = None
    blocks: Annotated[tuple[FactName, ...], Items(50, unique=True)] = ()
    evidence_fields: Annotated[tuple[FactName, ...], Items(50, unique=True)] = ()
    notice_days: Days = 30

    def __post_init__(self) -> None:
        enforce(self)
        in_periods = isinstance(self.repeats, (EachPeriod, PersonPeriods))
        if isinstance(self.fulfillment, HoursNeeded) and not in_periods and not isinstance(self.repeats, Never):
            raise InvalidValue("must be never or in periods, since hours are counted within a period", "repeats")
        if isinstance(self.fulfillment, HoursNeeded) and self.guards.max_interval_days is not None:
            raise InvalidValue(
                "is for courses and credentials: of hours, the period says how often", *("guards", "max_interval_days")
            )
        by_rule = isinstance(self.fulfillment, CredentialNeeded) and self.fulfillment.expiry is Expiry.RULE
        if by_rule and isinstance(self.repeats, Never):
            raise InvalidValue(
                "must be an interval, by which the rule says until when the credential is valid", "repeats"
            )
        if isinstance(self.first_due, AtPeriodEnd) and not in_periods:
            raise InvalidValue("can be the end of a period only where the requirement repeats in periods", "first_due")
        active = self.guards.minimum_active_months
        if active is not None and not isinstance(self.repeats, Never) and active >= self.repeats.months:
            raise InvalidValue(
                f"must be less than the {self.repeats.months} months after which it repeats",
                *("guards", "minimum_active_months"),
            )
