"""The command line, called as an operator would."""

from __future__ import annotations

from click.testing import CliRunner, Result

from entrypoints.cli.main import main


def run(*arguments: str, **settings: str) -> Result:
    """Run the command, with SQLite in a file of the working directory unless the settings say otherwise."""
    environment = {"DATABASE_URL": "sqlite:///test.db", "COLUMNS": "100"} | settings
    result = CliRunner().invoke(main, arguments, env=environment, prog_name="unified-dental")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def one_line(done: Result) -> str:
    """The single line in which a failure is reported."""
    assert done.exit_code == 1, done
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def refused(done: Result, topic: str) -> str:
    """The only problem that `check` has told of this topic, without which it would be content with it."""
    assert done.exit_code == 1, done
    (line,) = [line for line in done.stderr.splitlines() if line.startswith(f"wrong: {topic}: ")]
    return line.removeprefix(f"wrong: {topic}: ")
