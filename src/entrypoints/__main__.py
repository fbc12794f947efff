"""`python -m entrypoints` is `unified-dental`."""

from entrypoints.cli import main

main(prog_name="unified-dental")
