"""Instructions per request, counted by callgrind: the one figure that a busy machine does not blur."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

from bench.cases import BARE, CASES, FLOOR, OURS, Case, Requests
from bench.load import Load
from bench.results import Results
from bench.rounds import Field, restore
from bench.servers import Running, serving
from bench.stage import command_of

WARM_UP, COUNTED = 40, 100
"""Requests, sent one after the other by one person: nearly all of them find that person remembered."""
LONG = 120.0


def measure(field: Field, folder: Path, results: Results) -> None:
    """Fill in the counts, or why there are none."""
    valgrind, control = shutil.which("valgrind"), shutil.which("callgrind_control")
    if valgrind is None or control is None:
        results.no_instructions = "Not counted: valgrind is not installed here."
        return
    requests = Requests(folder / "few", field.data, list(field.pages), few=True)
    for name in (OURS, FLOOR, BARE):
        command, settings = command_of(name, field.databases[name], folder)
        profiled = (valgrind, "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/callgrind.out")
        with serving((*profiled, *command), settings, folder / "callgrind.log") as server:
            results.instructions[name] = {
                case.name: _count(field.load, server, control, requests.file(case, OURS), case)
                for case in (CASES[:1] if name == BARE else CASES)
            }
            asyncio.run(restore(field.databases[name], field.data))


def _count(load: Load, server: Running, control: str, file: Path, case: Case) -> int:
    folder = file.parent.parent

    def send(first: int, number: int) -> None:
        load.run(server, file, case.status, LONG, first=first, limit=number, connections=1)

    def tell(*what: str) -> None:
        subprocess.run([control, *what, str(server.pid)], check=True, capture_output=True, cwd=folder)

    send(0, WARM_UP)
    tell("-i", "on")
    send(WARM_UP, WARM_UP)
    tell("-z")
    send(2 * WARM_UP, COUNTED)
    tell("-d")
    tell("-i", "off")
    newest = max(folder.glob("callgrind.out.*"), key=lambda path: path.stat().st_mtime_ns)
    total = next(line for line in newest.read_text().splitlines() if line.startswith(("totals:", "summary:")))
    newest.unlink()
    return round(int(total.split()[1]) / COUNTED)
