"""Runs the tests of other languages' Supabase clients against a project and the service, both started here.

`make clients` calls it. It needs Node.js 20 or newer and npm.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
JS = HERE / "js"
sys.path.insert(0, str(HERE.parent))

from adapters.system import SystemClock  # noqa: E402  # only now can the tests' own modules be found
from fake_supabase.double import PUBLISHABLE_KEY  # noqa: E402
from fake_supabase.stage import ADMINISTRATOR, staged  # noqa: E402


def main() -> int:
    """The exit code of the tests, or of the installation when that fails."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        sys.stderr.write("Node.js and npm are needed to test the JavaScript client.\n")
        return 1
    installed = subprocess.run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=JS, check=False)  # noqa: S603
    if installed.returncode:
        sys.stderr.write("npm ci failed; run it in tests/clients/js to see why.\n")
        return installed.returncode
    with staged(SystemClock()) as stage:
        environment = {
            **os.environ,
            "SUPABASE_URL": stage.supabase,
            "SUPABASE_KEY": PUBLISHABLE_KEY,
            "API_URL": stage.api,
            "ADMINISTRATOR": ADMINISTRATOR,
        }
        tests = [node, "--test", "--test-reporter=spec"]
        return subprocess.run(tests, cwd=JS, env=environment, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
