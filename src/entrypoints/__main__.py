"""`python -m entrypoints` is `unified-dental`."""

from entrypoints.cli.main import main

main(prog_name="unified-dental")
