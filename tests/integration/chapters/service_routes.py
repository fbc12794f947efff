"""The routes for operators, and what every address has in common."""

from __future__ import annotations

from integration.chapters import Stage

MEBIBYTE = 2**20


async def play(api: Stage) -> None:
    await api("The process lives", "GET /health/live")
    await api("The service is ready", "GET /health/ready")
    await api("Figures for Prometheus", "GET /metrics")
    await api("The API's description", "GET /schema/openapi.json")
    await api("The interactive page", "GET /schema")

    await api("No such address", "GET /v1/moduls")
    await api("No such version of the API", "GET /v2/modules")
    await api("Not a method of this address", "DELETE /v1/modules")
    await api("Nor of this one", "PUT /v1/users/me")
    await api("HEAD is answered like GET", "HEAD /v1/modules")
    await api("Which methods are", "OPTIONS /v1/modules")
    await api("Which methods a module has", "OPTIONS /v1/modules/00000000-0000-7000-9000-000000000001")

    await api("No body", "POST /v1/users", b"")
    await api("Not JSON", "POST /v1/users", '{"email": "ana@example.com",}')
    await api("A name twice", "POST /v1/users", '{"email": "ana@example.com", "email": "ben@example.com"}')
    await api("A number that is none", "POST /v1/users", '{"profile_metadata": {"score": NaN}}')
    await api("A number beyond any", "POST /v1/users", '{"profile_metadata": {"score": 1e400}}')
    await api("Not UTF-8", "POST /v1/users", b'{"email": "\xff@example.com"}')
    await api("Nested too deep", "POST /v1/users", '{"profile_metadata": {"a": ' + "[" * 40 + "]" * 40 + "}}")
    await api("A NUL character", "POST /v1/users", '{"email": "ana@example.com", "full_name": "Ana\\u0000"}')
    await api(
        "Half a character", "POST /v1/users", '{"email": "ana@example.com", "profile_metadata": {"x": "\\ud800"}}'
    )
    await api("An integer of 65 bits", "POST /v1/users", {"email": "ana@example.com", "profile_metadata": {"n": 2**63}})
    await api("Not an object", "POST /v1/users", ["ana@example.com"])
    await api("Another Content-Type", "POST /v1/users", "email=ana@example.com", content_type="text/plain")
    await api("A body of more than 1 MiB", "POST /v1/users", b" " * (MEBIBYTE + 1))
