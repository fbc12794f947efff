"""The verb that encrypts secrets again."""

from __future__ import annotations

import click

from entrypoints.cli.with_service import with_service


@click.command("reseal-secrets")
def reseal_secrets() -> None:
    """Encrypt the secrets of webhooks again, with the first key of SECRETS_KEYS.

    Then the other keys are not needed any more. It fails if none of the keys can read one of the secrets: add its key,
    or rotate the secret.

    \b
    Example:
      SECRETS_KEYS=NEW,OLD unified-dental reseal-secrets
    """
    from application.delivery.webhooks.resealing import ResealWebhookSecrets
    from application.kernel.access import Actor

    done = with_service(lambda service: service.bus.execute(ResealWebhookSecrets(), Actor.system()))
    click.echo(f"Secrets encrypted again: {done.count}.")
    if done.unreadable:
        raise click.ClickException(f"{done.unreadable} secrets cannot be read with any of the keys.")
