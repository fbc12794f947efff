"""What a requirement rests on: the law, or the organization's own policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from domain.kernel.errors import InvalidValue
from domain.kernel.values import PlausibleDay, ShortName, Text, WebAddress, enforce


class Basis(StrEnum):
    """How binding a source is."""

    STATUTE = "statute"
    REGULATION = "regulation"
    GUIDANCE = "guidance"
    """Advice of an authority, such as the CDC's: not law."""
    POLICY = "policy"
    """The organization's own rule."""


@dataclass(frozen=True, slots=True)
class LegalSource:
    """Where a rule is written, such as `29 CFR 1910.1030(g)(2)`, and for whom: `US`, a state, or a city.

    `verified_on` is the day on which a person last compared the requirement with the source; null if nobody has. A
    requirement of an unverified source can be approved only by somebody who acknowledges that.
    """

    text: Annotated[str, Text(200)]
    basis: Basis
    jurisdiction: ShortName
    source: WebAddress | None = None
    verified_on: PlausibleDay | None = None

    def __post_init__(self) -> None:
        enforce(self)
        if self.basis is not Basis.POLICY and self.source is None:
            raise InvalidValue("must be given for anything but a policy: where the rule can be read", "source")

    def is_verified(self, day: date) -> bool:
        """Whether somebody had compared it by this day. A policy is the organization's own, and needs no comparison."""
        return self.basis is Basis.POLICY or (self.verified_on is not None and self.verified_on <= day)
