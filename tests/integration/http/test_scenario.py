"""The same requests are answered the same, word for word, on every backend and as recorded.

After a change that is meant: UPDATE_SCENARIO=1 pytest tests/integration/http/test_scenario.py, then read the diff.
"""

from __future__ import annotations

import os

import pytest

from application.kernel.handlers import discover
from documents.documented_problems import Documented
from entrypoints.http.kit.openapi import document
from integration.backends import as_service
from integration.running import empty_url
from integration.scenario import differences, play, record, recorded

HOW_TO_MEND = "If this is meant, record it: UPDATE_SCENARIO=1 pytest tests/integration/http/test_scenario.py"


@pytest.fixture(params=["memory", "sqlite", "postgresql", "postgresql as the service's role"])
def url(request: pytest.FixtureRequest) -> str:
    kind, _, restricted = request.param.partition(" as ")
    url = empty_url(request, kind)
    return as_service(url) if restricted else url


def test_every_recorded_problem_is_one_that_the_api_document_promises() -> None:
    documented = Documented(document(discover()))
    for exchange in recorded():
        if exchange.body and exchange.status >= 400:
            method, _, address = exchange.request.partition(" ")
            documented.require(method, address.partition("?")[0], exchange.status, exchange.body["code"])


async def test_the_scenario_is_answered_as_recorded(url: str) -> None:
    exchanges = await play(url)

    if url.startswith("memory") and os.environ.get("UPDATE_SCENARIO"):
        record(exchanges)
    if found := differences(recorded(), exchanges):
        pytest.fail(f"{found}\n\n{HOW_TO_MEND}", pytrace=False)
