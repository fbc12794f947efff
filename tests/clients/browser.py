"""Tests in Chromium what pages of other origins may do, and what two people in one browser see.

`python tests/clients/browser.py`, where Chromium is installed; nothing else needs it.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode, urlsplit

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from pydantic import SecretStr  # noqa: E402  # only now can the tests' own modules be found

from application.kernel.access import Actor  # noqa: E402
from application.people.users.roles import GrantRole  # noqa: E402
from domain.kernel.roles import Role  # noqa: E402
from entrypoints.bootstrap import bootstrap, development_subject, development_tokens  # noqa: E402
from entrypoints.cli.serving import application  # noqa: E402
from entrypoints.settings import Settings  # noqa: E402
from fake_supabase.double import serving  # noqa: E402

PAGE = b"""<!doctype html><pre></pre><script>
const { api, a, b } = Object.fromEntries(new URLSearchParams(location.search)), seen = {};
const of = token => ({ authorization: "Bearer " + token });
const sending = token => ({ ...of(token), "content-type": "application/json" });
async function ask(what, path, init) {
  try {
    const answer = await fetch(api + path, init), text = await answer.text();
    seen[what] = [answer.status, text && (JSON.parse(text).email ?? JSON.parse(text).code ?? null)];
    return answer;
  } catch (error) { seen[what] = error.name; }
}
(async () => {
  const turns = [["A", a], ["B", b], ["A again", a]];
  for (const [what, token] of turns) await ask(what, "/v1/users/me", { headers: of(token) });
  const once = { ...sending(a), "idempotency-key": "k" };
  const made = await ask("create", "/v1/modules", { method: "POST", headers: once, body: '{"title": "From a page"}' });
  const one = made?.headers.get("location"), tag = made?.headers.get("etag");
  const changing = { ...sending(a), "if-match": tag };
  await ask("change", one, { method: "PATCH", headers: changing, body: '{"title": "New"}' });
  await ask("A sees the draft", one, { headers: of(a) });
  await ask("B does not", one, { headers: of(b) });
  await ask("stale", one, { method: "DELETE", headers: { ...of(a), "if-match": tag } });
  await ask("no such address", "/v1/nothing", { headers: of(a) });
  await ask("with cookies", "/v1/modules", { headers: of(a), credentials: "include" });
  await ask("without CORS", "/health/live", { mode: "no-cors" });
  document.querySelector("pre").textContent = JSON.stringify(seen);
})();
</script>"""
ANA, BEN = "ana@example.com", "ben@example.com"
SEEN = {
    "A": [200, ANA],
    "B": [200, BEN],
    "A again": [200, ANA],
    "create": [201, None],
    "change": [200, None],
    "A sees the draft": [200, None],
    "B does not": [404, "module-not-found"],
    "stale": [412, "stale-version"],
    "no such address": [404, "not-found"],
    "with cookies": "TypeError",
    "without CORS": "TypeError",
}


async def page(scope: Any, receive: Any, send: Any) -> None:
    """The page, at every address."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": PAGE})


def shown(browser: str, url: str) -> Any:
    """What the page has seen when it is done."""
    with TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
        command = [browser, *options, "--virtual-time-budget=20000", "--dump-dom", url]
        found = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout  # noqa: S603
    text = re.search(r"<pre>(.*?)</pre>", found, re.DOTALL)
    return json.loads(unescape(text[1])) if text and text[1] else None


def main() -> int:
    """0 when Chromium has seen what it should."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.stderr.write("Chromium is needed to ask a real browser.\n")
        return 1
    with serving(page) as known:
        local = f"http://localhost:{urlsplit(known).port}"
        settings = Settings(database_url=SecretStr("memory://"), environment="development", cors_origins=local)  # type: ignore[arg-type]  # as the environment gives it
        service = bootstrap(settings)
        for email, role in ((ANA, Role.ADMIN), (BEN, Role.AUTHENTICATED)):
            asyncio.run(service.bus.execute(GrantRole(email, role), Actor.system()))
        tokens = development_tokens(settings)
        people = {name: tokens.issue(email, development_subject(email)) for name, email in (("a", ANA), ("b", BEN))}
        with serving(application(service), lifespan="on") as api:
            query = urlencode({"api": api, **people})
            allowed, other = shown(browser, f"{local}/?{query}"), shown(browser, f"{known}/?{query}")
    wrong = [f"{what}: {allowed.get(what)}, not {right}" for what, right in SEEN.items() if allowed.get(what) != right]
    wrong += [f"a page of another origin: {what}: {saw}" for what, saw in other.items() if saw != "TypeError"]
    sys.stdout.write("\n".join(wrong or ["Chromium has seen what it should."]) + "\n")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
