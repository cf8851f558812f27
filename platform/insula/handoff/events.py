"""Facts about operators in tenants. Those that say `tenant` stand in the tenant's trail and in the console's."""

from __future__ import annotations

from dataclasses import dataclass

from insula.events.interfaces import Event


@dataclass(frozen=True)
class OperatorAsked(Event):
    """An operator asked to be let in."""

    name = "operator.asked"
    grant_id: str
    operator: str
    operator_id: str
    reason: str


@dataclass(frozen=True)
class OperatorGranted(Event):
    """A tenant lets an operator in until then; without `operator_id`, any operator."""

    name = "operator.granted"
    grant_id: str
    operator: str
    operator_id: str
    expires_at: str


@dataclass(frozen=True)
class OperatorGrantRevoked(Event):
    """A tenant took the leave back, or declined to give it; `ended` sessions ended with it."""

    name = "operator.grant-revoked"
    grant_id: str
    operator: str
    operator_id: str
    ended: int


@dataclass(frozen=True)
class _Visit:
    """What the trails of both tenants say."""

    tenant: str
    console_id: str
    operator: str
    operator_id: str
    reason: str
    entry_id: str


@dataclass(frozen=True)
class OperatorEntered(_Visit, Event):
    """An operator is in a tenant, until then at the longest."""

    name = "operator.entered"
    expires_at: str


@dataclass(frozen=True)
class OperatorLeft(_Visit, Event):
    """An operator is out of a tenant; `how`: left, revoked by the tenant, or console, which changed the account."""

    name = "operator.left"
    how: str


@dataclass(frozen=True)
class OperatorRefused(_Visit, Event):
    """An operator was not let in; `why`: never, account, host, verifier or leave."""

    name = "operator.refused"
    why: str
