"""What a check has found, as a table, as lines, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: what was found, and the problems, each in one line that says what to do.

    What is wrong is a warning in development, and in production it fails the check; when it is `grave`, it fails
    everywhere, and when it is `mild`, nowhere.
    A check that could not be made says why in `skipped`.
    """

    topic: str
    problems: Sequence[str] = ()
    detail: str = ""
    grave: bool = False
    skipped: str = ""
    mild: bool = False

    def fails(self, production: bool) -> bool:
        return bool(self.problems) and not self.mild and (production or self.grave)

    def status(self, production: bool) -> str:
        """One of `ok`, `warning`, `failed` and `not-checked`."""
        if self.problems:
            return "failed" if self.fails(production) else "warning"
        return "not-checked" if self.skipped else "ok"


@dataclass(frozen=True, slots=True)
class Report:
    """The results of all checks, in order."""

    production: bool
    findings: Sequence[Finding]

    @property
    def is_ok(self) -> bool:
        """Whether the service may run like this."""
        return not any(finding.fails(self.production) for finding in self.findings)

    def table(self) -> list[str]:
        """The checks without problems: a line each, with what was found."""
        right = [finding for finding in self.findings if not finding.problems]
        width = max((len(finding.topic) for finding in right), default=0)
        return [
            f"{'--' if finding.skipped else 'ok'}  {finding.topic:{width}}  {_seen(finding)}".rstrip()
            for finding in right
        ]

    def problems(self) -> list[str]:
        """Everything that is wrong, a line each."""
        return [
            f"{'wrong' if finding.fails(self.production) else 'warning'}: {finding.topic}: {problem}"
            for finding in self.findings
            for problem in finding.problems
        ]

    def document(self) -> dict[str, Any]:
        """The report as JSON; docs/operations.md describes it. Fields may be added, and none changes its meaning."""
        return {
            "ok": self.is_ok,
            "environment": "production" if self.production else "development",
            "checks": [
                {
                    "name": finding.topic.replace(" ", "-"),
                    "status": finding.status(self.production),
                    "detail": _seen(finding),
                    "problems": list(finding.problems),
                }
                for finding in self.findings
            ],
        }


def _seen(finding: Finding) -> str:
    return f"not checked: {finding.skipped}" if finding.skipped else finding.detail
