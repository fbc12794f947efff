"""The commands about the audit ledger: its key, sealing, exporting and verifying."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from entrypoints.cli.with_service import with_service

if TYPE_CHECKING:
    from rich.progress import Progress

    from entrypoints.bootstrap import Service

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("audit-key")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="New file for the private key.")
def audit_key(output: Path | None) -> None:
    """Make a key that signs the checkpoints of the audit ledger.

    The private key goes to standard output, for AUDIT_SIGNING_KEY, or to a new file that only its owner may read, for
    AUDIT_SIGNING_KEY_FILE. The public key is shown on standard error: give it to everybody who verifies. Its name is
    AUDIT_ORIGIN, or else the address in PUBLIC_URL.

    \b
    Example:
      unified-dental audit-key --output /etc/unified-dental/audit.key
    """
    from entrypoints.composition.audit_keys import new_audit_key
    from entrypoints.settings import load

    seed, public = new_audit_key(load())
    if output is None:
        click.echo(seed)
    else:
        with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(seed + "\n")
    click.echo(f"Public key: {public}", err=True)


@click.command("seal-audit")
@click.option(
    "--moved", is_flag=True, help="Once after the database was moved to another server: finds all unsealed entries."
)
def seal_audit(moved: bool) -> None:
    """Seal the entries of the audit ledger that are waiting, sign the tree, and print the checkpoint.

    The service does this every minute. Safe to repeat.

    \b
    Example:
      unified-dental seal-audit
    """
    from application.audit.sealing import seal

    done = with_service(lambda service: seal(service.bus, moved=moved))
    if done.note is not None:
        click.echo(done.note, nl=False)
    click.echo(f"Sealed {done.sealed}; the ledger has {done.size} entries.", err=True)


@click.command("export-audit")
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
def export_audit(output: Path) -> None:
    """Write the audit ledger, up to its newest checkpoint, as JSON lines.

    \b
    Example:
      unified-dental export-audit audit.jsonl
    """
    from application.audit.exporting import ExportAudit
    from application.kernel.access import Actor

    async def write(service: Service) -> None:
        export = await service.bus.ask(ExportAudit(), Actor.system())
        with output.open("wb") as file:
            async for chunk in export.chunks:
                file.write(chunk)

    with_service(write)
    click.echo(f"Wrote {output}.", err=True)


@click.command("verify-audit")
@click.option("--from-export", "export", type=FILE, help="Verify this file instead of the database.")
@click.option("--checkpoint", type=FILE, help="With --from-export: the checkpoint to verify it against.")
@click.option("--key", help="With --from-export: the public key, name+id+key. By default that of the settings.")
def verify_audit(export: Path | None, checkpoint: Path | None, key: str | None) -> None:
    """Verify the whole audit ledger: entries, tree, every stored checkpoint and signature.

    Each entry that was changed, removed, added or reordered is named in a line; exits with 1 if there is one.
    docs/audit.md says what this proves.

    \b
    Examples:
      unified-dental verify-audit
      unified-dental verify-audit --from-export audit.jsonl --checkpoint checkpoint.txt --key training.example.com+...
    """
    if export is None:
        findings, size = with_service(_verified)
    else:
        if checkpoint is None:
            raise click.UsageError("--from-export needs --checkpoint.")
        findings, size = _verified_export(export, checkpoint, key)
    for line in findings:
        click.echo(line)
    click.echo(f"{size} entries verified, {len(findings)} findings.", err=True)
    if findings:
        sys.exit(1)


async def _verified(service: Service) -> tuple[list[str], int]:
    from application.audit.queries import ReadAuditLeaves, ReadAuditPoints, ReadAuditStrays
    from application.audit.verifying import AuditVerifier
    from application.kernel.access import Actor
    from entrypoints.composition.audit_keys import audit_keys

    stored = await service.bus.ask(ReadAuditPoints(), Actor.system())
    verifier = AuditVerifier(audit_keys(service.settings), stored.checkpoints)
    with _progress() as progress:
        task = progress.add_task("Entries", total=stored.size)
        start = 0
        while start < stored.size:
            batch = await service.bus.ask(ReadAuditLeaves(start), Actor.system())
            leaves = [each for each in batch.leaves if each.index < stored.size]
            if not leaves:
                break
            verifier.take(leaves, batch.hashes)
            start = leaves[-1].index + 1
            progress.update(task, completed=start)
        strays: list[UUID] = []
        query: ReadAuditStrays | None = ReadAuditStrays()
        while query is not None:
            some = await service.bus.ask(query, Actor.system())
            strays += some.entry_ids
            query = None if some.next is None else ReadAuditStrays(some.next)
    return [str(each) for each in verifier.finish(strays)], verifier.checked


def _verified_export(export: Path, checkpoint: Path, key: str | None) -> tuple[list[str], int]:
    from entrypoints.composition.audit_keys import audit_keys
    from entrypoints.settings import load
    from entrypoints.verify_audit import verify_files

    key = key or str(audit_keys(load()).signer or "")
    if not key:
        raise click.UsageError("Name the public key: --key name+id+key.")
    with _progress() as progress:
        task = progress.add_task("Bytes", total=export.stat().st_size)
        findings, _, size = verify_files(export, checkpoint, key, lambda more: progress.advance(task, more))
    return [str(each) for each in findings], size


@contextmanager
def _progress() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress
