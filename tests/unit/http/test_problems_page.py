"""docs/problems.md: every problem code, written from the code.

After a change that is meant: UPDATE_DOCS=1 pytest tests/unit/http/test_problems_page.py, then read the diff.
"""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path

from application.kernel.handlers import discover
from application.kernel.wiring import definitions
from domain.kernel.errors import Conflict, DomainError, Gone, NotFound
from entrypoints.http.kit.openapi import document
from entrypoints.http.kit.problem_list import listed_problems
from entrypoints.http.routes import ROUTES
from worlds.http import Api

PAGE = Path(__file__).resolve().parents[3] / "docs" / "problems.md"
SOURCE = PAGE.parents[1] / "src"
KINDS = (DomainError, Conflict, Gone, NotFound)
"""Kinds of errors, which are not raised themselves."""
NO_ANSWERS = {
    *("catalog-rejected", "requirements-rejected", "already-recorded", "fact-changed", "notice-decided-before"),
    "unsubscribe-link-unknown",
}
"""Errors of the command line and the worker alone, of a page, and of constraints which locks keep from being met."""


def table() -> str:
    """The table of all codes.

    It does not name operations that have only their handlers' errors in common: a new command need not be added.
    """
    rows = {(each.status, each.code, each.title, each.where) for each in listed_problems(ROUTES, discover())}
    lines = ["| status | `code` | title | operations |", "|---|---|---|---|"]
    lines += [f"| {status} | `{code}` | {title} | {where} |" for status, code, title, where in sorted(rows)]
    return "\n".join(lines)


def test_the_page_lists_every_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, mark, rest = text.partition("<!-- problems -->\n")
    shown_now, end, after = rest.partition("\n<!-- /problems -->")
    assert mark
    assert end
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(f"{before}{mark}{table()}{end}{after}", encoding="utf-8")
    else:
        assert shown_now == table(), "write it again: UPDATE_DOCS=1 pytest tests/unit/http/test_problems_page.py"


async def test_the_service_shows_every_code(empty_api: Api) -> None:
    link = re.search(r"\]\((/\S+)\)", document(discover())["info"]["description"])
    assert link
    page = await empty_api.get(link[1])
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    shown = re.findall(r'<tr id="([a-z-]+)-(\d{3})">.*?<td>([^<]*)</td></tr>', page.text)
    assert {(int(status), code) for code, status, _ in shown} == {
        (each.status, each.code) for each in listed_problems(ROUTES, discover())
    }
    assert all(where for _, _, where in shown)
    assert ("already-enrolled", "409", "enroll_user") in shown


def test_no_code_of_the_source_is_missing() -> None:
    codes = set(re.findall(r"^\| \d+ \| `([a-z-]+)`", table(), flags=re.M))
    slugs = {
        value.slug
        for layer in ("domain", "application")
        for value in definitions(layer)
        if inspect.isclass(value) and issubclass(value, DomainError) and value not in KINDS
    }
    written = {
        code
        for path in (SOURCE / "entrypoints").rglob("*.py")
        for code in re.findall(r"Problem\(\s*\d{3},\s*\"([a-z-]+)\"", path.read_text(encoding="utf-8"))
    }
    assert len(written) > 10
    assert (slugs | written) - codes == NO_ANSWERS
