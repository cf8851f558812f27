"""`insula policy`: the way in, and the way back, for somebody with a shell on the server."""

from __future__ import annotations

import click

from insula.policies.commands import cases, drafts, reasons, versions


@click.group()
def policy() -> None:
    """Check, try, publish, roll back and explain the policy of a tenant."""


for command in (
    versions.show,
    versions.versions,
    versions.check,
    versions.dry_run,
    versions.publish,
    versions.confirm,
    versions.give_up,
    versions.rollback,
    reasons.explain,
    reasons.forget,
    drafts.draft,
    drafts.grid,
    cases.test,
):
    policy.add_command(command)
