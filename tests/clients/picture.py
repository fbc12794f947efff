"""Makes docs/certificate.png again: a certificate as the tour of the README issues it, and its page in a browser.

`python tests/clients/picture.py`, where Chromium is installed; nothing else needs it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from PIL import Image, ImageOps  # noqa: E402  # only now can the tests' own modules be found
from pypdfium2 import PdfDocument  # noqa: E402

from integration.running import ServerProcess  # noqa: E402
from integration.test_readme_tour import ROOT, tried  # noqa: E402

PICTURE = ROOT / "docs" / "certificate.png"
HEIGHT = 560
"""In pixels; both parts are this high."""
PAGE = (560, 740)
"""The size of the browser's window."""
BORDER, GAP, COLORS = 1, 20, 48


def main() -> None:
    chromium = shutil.which("chromium") or sys.exit("Chromium is not installed")
    with TemporaryDirectory() as name:
        folder = Path(name)
        os.chdir(folder)
        with ServerProcess(f"sqlite:///{folder}/demo.db", "demo", PUBLIC_URL="https://training.example.com") as server:
            answers = tried(server.address, folder, title="Handling extracted teeth")
            serial = next(answer["serial"] for answer in map(json.loads, answers) if "serial" in answer)
            subprocess.run(  # noqa: S603  # our own command
                [
                    *(chromium, "--headless", "--no-sandbox", "--hide-scrollbars", "--force-device-scale-factor=2"),
                    *(f"--window-size={PAGE[0]},{PAGE[1]}", f"--screenshot={folder}/page.png"),
                    f"{server.address}/v1/verify/{serial}",
                ],
                check=True,
                capture_output=True,
            )
        with PdfDocument(folder / "certificate.pdf") as document:
            certificate = document[0].render(scale=3).to_pil()
        drawn = [_part(certificate), _part(Image.open(folder / "page.png"))]
    width = sum(part.width for part in drawn) + GAP
    picture = Image.new("RGB", (width, drawn[0].height), "white")
    picture.paste(drawn[0], (0, 0))
    picture.paste(drawn[1], (width - drawn[1].width, 0))
    picture.quantize(COLORS, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
    print(f"{PICTURE}: {picture.width} x {picture.height}, {PICTURE.stat().st_size:,} bytes")  # noqa: T201  # a script


def _part(drawn: Image.Image) -> Image.Image:
    size = (round(drawn.width * HEIGHT / drawn.height), HEIGHT)
    return ImageOps.expand(drawn.convert("RGB").resize(size, Image.Resampling.LANCZOS), BORDER, "#cccccc")


if __name__ == "__main__":
    main()
