"""What the figures were measured on."""

from __future__ import annotations

import asyncio
import os
import platform
from pathlib import Path

from bench.postgres import Postgres, value
from bench.results import Machine


def machine(server: Postgres) -> Machine:
    """This one."""
    version = asyncio.run(value(server.url, "SHOW server_version"))
    return Machine(_processor(), os.cpu_count() or 1, platform.python_version(), version.split()[0])


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
