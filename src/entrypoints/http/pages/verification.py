"""The page of a certificate: what somebody sees who scans the QR code that is printed on it."""

from __future__ import annotations

from application.evidence.certificates.queries import Verification
from entrypoints.http.kit.browser_pages import BY_ACCEPT, NOT_LISTED, BrowserPage
from entrypoints.http.kit.problems import Problem
from entrypoints.http.kit.replies import GUARDS
from entrypoints.http.pages.templates import styled_by, templates

_STYLE, _POLICY = styled_by("verification.css")
_found = templates.get_template("certificate.html")
_failed = templates.get_template("no_certificate.html")


def _page_of(verification: Verification) -> str:
    return _found.render(certificate=verification, style=_STYLE)


def _page_of_problem(problem: Problem) -> str:
    return _failed.render(problem=problem, style=_STYLE, wait=dict(problem.headers).get("retry-after"))


CERTIFICATE_PAGE = BrowserPage(
    _page_of,
    _page_of_problem,
    (
        *GUARDS,
        (b"content-security-policy", _POLICY),
        NOT_LISTED,
        (b"cache-control", b"no-store"),
        BY_ACCEPT,
    ),
)
"""Shows the fields of the JSON answer and nothing else. It needs no script and loads nothing."""
