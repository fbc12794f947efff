"""An empty server becomes a production: what the container has, behind a pooler, as docs/runbook.md describes it."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import IO, Any

import httpx

from fake_supabase.double import SupabaseDouble
from install.conftest import DEPLOY, Production, postgresql

ADMINISTRATOR = "ana@example.com"
LEARNER = "ben@example.com"


def test_from_an_empty_server_to_an_answer(production: Production, supabase: SupabaseDouble) -> None:
    migrated = production.run("migrate", MIGRATION_DATABASE_URL=production.owner)
    assert migrated == "The database is at the newest migration.\n"
    assert "in order" in production.run("check")
    assert production.run("import-catalog", "--starter") == "8 created, 0 updated, 0 unchanged.\n"
    assert production.run("import-requirements", "--starter").endswith(
        "added, 0 with another version, 0 changed, 0 unchanged.\n"
    )
    (production.folder / "roster.csv").write_text(f"email,full_name\n{LEARNER},Ben Ode\n{ADMINISTRATOR},Ana Ito\n")
    production.run("import-users", "roster.csv")
    production.run("grant-role", ADMINISTRATOR, "admin")

    before = files(production.program)
    with serving(production) as api:
        ana = signed_in(supabase, ADMINISTRATOR)
        assert api.get("/v1/users/me", headers=ana).json()["code"] == "sign-in-unconfirmed"
        production.run("link-sign-in", ADMINISTRATOR)
        # Another process notices it within two seconds.
        deadline = monotonic() + 60
        while (me := api.get("/v1/users/me", headers=ana)).status_code == 403 and monotonic() < deadline:
            sleep(0.05)
        assert done(me)["role"] == "admin"
        assert len(done(api.get("/v1/modules?status=published", headers=ana))["items"]) == 8
        assert certificate_of_a_learner(api, ana, signed_in(supabase, LEARNER)).startswith(b"%PDF-")
        assert done(api.get("/health/ready"))["status"] == "ready"
        assert "<html" in api.get("/schema").text
    assert files(production.program) == before, "the installation may be read-only"
    assert [path.name for path in production.folder.iterdir()] == ["roster.csv"]


def test_a_restored_backup_has_the_same_rows(production: Production, tmp_path: Path) -> None:
    restored = production.owner.replace("/training?", "/restored?")
    production.run("migrate", MIGRATION_DATABASE_URL=production.owner)
    production.run("import-catalog", "--starter")
    named = psql("backup.sql", production.owner, cwd=tmp_path, MIGRATION_DATABASE_URL=production.owner)
    dump, digests = named.split()
    psql("database.sql", "-v", "database=restored", production.superuser)
    postgresql("pg_restore", "--exit-on-error", "--dbname", restored, dump, cwd=tmp_path)
    assert psql("digests.sql", restored) == (tmp_path / digests).read_text()
    assert re.search(r"^training_modules [1-9] \w{64}$", (tmp_path / digests).read_text(), flags=re.MULTILINE)
    postgresql("psql", "-X", "-c", "UPDATE training.training_modules SET title = title || ' '", restored)
    assert psql("digests.sql", restored) != (tmp_path / digests).read_text()


def psql(script: str, *arguments: str, cwd: Path | None = None, **environment: str) -> str:
    return postgresql("psql", "-X", "-q", "-f", str(DEPLOY / "postgresql" / script), *arguments, cwd=cwd, **environment)


def certificate_of_a_learner(api: httpx.Client, ana: dict[str, str], ben: dict[str, str]) -> bytes:
    """What somebody earns for a module of one lesson, printed."""
    lesson = {"title": "Wash", "content": {"kind": "lesson", "markdown": "For **20 seconds**."}}
    module = done(api.post("/v1/modules", headers=ana, json={"title": "Hand hygiene", "sections": [lesson]}))
    of_module = f"/v1/modules/{module['id']}"
    done(api.post(f"{of_module}/publish", headers=ana))
    learner = done(api.get("/v1/users/me", headers=ben))["id"]
    done(api.post(f"{of_module}/enrollments", headers=ana, json={"user_id": learner}))
    done(api.post(f"{of_module}/enrollments/me/sections/{module['sections'][0]['id']}/complete", headers=ben))
    record = done(api.get("/v1/users/me/records", headers=ben))["items"][0]
    printed = api.get(f"/v1/certificates/{record['certificate_serial']}.pdf", headers=ben)
    assert printed.status_code == 200, printed.text
    return printed.content


def done(answer: httpx.Response) -> Any:
    """What a successful answer says."""
    assert answer.is_success, answer.text
    return answer.json()


def signed_in(supabase: SupabaseDouble, email: str) -> dict[str, str]:
    """The header of somebody who has an account and has signed in."""
    account = supabase.by_email(email) or supabase.add_user(email, "correct horse")
    token = supabase.grant(supabase.open_session(account))["access_token"]
    return {"authorization": f"Bearer {token}"}


@contextmanager
def serving(production: Production) -> Iterator[httpx.Client]:
    """The service on a free port; in the end it is asked to stop, and must end without an error."""
    process = subprocess.Popen(  # noqa: S603  # our own command
        production.command("serve", "--port", "0", "--workers", "2"),
        cwd=production.folder,
        env=production.environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    address, seen = address_in(process.stderr)
    reader = Thread(target=seen.extend, args=(process.stderr,))
    reader.start()
    try:
        with httpx.Client(base_url=address, timeout=60) as client:
            yield client
        process.send_signal(signal.SIGTERM)
        assert process.wait() in (0, -signal.SIGTERM), "".join(seen)
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stderr.close()


def address_in(log: IO[str]) -> tuple[str, list[str]]:
    seen = []
    for line in log:
        seen.append(line)
        if found := re.search(r"running on (http://[\w.:]+)", line):
            return found[1], seen
    raise AssertionError("the server did not start:\n" + "".join(seen))


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file, with its size and the time of its last change."""
    return {
        path.relative_to(folder).as_posix(): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
    }
