"""Traces of requests, messages and statements, by OpenTelemetry's own SDK."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters.telemetry.tracing import OpenTelemetryTracing
from entrypoints.bootstrap import bootstrap
from entrypoints.settings import ConfigurationError
from integration.running import client_of, settings_for

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def client(database: object, url: str, exported: InMemorySpanExporter) -> AsyncIterator[httpx.AsyncClient]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exported))
    service = bootstrap(settings_for(url), tracing=OpenTelemetryTracing(provider))
    async with client_of(service, housekeeping=False) as client:
        exported.clear()
        yield client


def named(exported: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exported.get_finished_spans()}


async def test_a_request_continues_the_callers_trace(
    client: httpx.AsyncClient, exported: InMemorySpanExporter, url: str
) -> None:
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    assert (await client.get("/v1/modules?limit=1", headers=headers)).status_code == 200
    spans = named(exported)
    request, message = spans["GET /v1/modules"], spans["ListModules"]
    assert f"{request.context.trace_id:032x}" == TRACE
    assert f"{request.parent.span_id:016x}" == PARENT  # type: ignore[union-attr]
    assert message.parent.span_id == request.context.span_id  # type: ignore[union-attr]
    assert (request.attributes or {})["http.response.status_code"] == 200
    if url.startswith("postgresql"):
        statement = spans["SELECT"]
        assert statement.parent is not None
        assert f"{statement.parent.trace_id:032x}" == TRACE


async def test_spans_hold_no_personal_data(client: httpx.AsyncClient, exported: InMemorySpanExporter) -> None:
    person = {"email": "secret@example.com", "full_name": "Secret Name"}
    made = await client.post("/v1/users", json=person)
    assert made.status_code == 201
    await client.get(f"/v1/users/{made.json()['id']}")
    await client.get("/v1/users?search=secret")
    await client.post("/v1/users", json=person)
    shown = "".join(span.to_json() for span in exported.get_finished_spans())
    assert "GET /v1/users/{user_id" in shown
    for secret in ("secret", "Secret", made.json()["id"]):
        assert secret not in shown


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adapters.telemetry.tracing", None)
    settings = settings_for("memory://").model_copy(update={"otel_exporter_otlp_endpoint": "http://127.0.0.1:4318"})
    with pytest.raises(ConfigurationError, match=r"\[telemetry\]"):
        bootstrap(settings)
