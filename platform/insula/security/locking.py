"""Whether a policy leaves an owner able to undo it, from where whoever publishes it is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from insula.kit.clock import now
from insula.kit.ids import uuid7
from insula.security.cedar.context import Context, address
from insula.security.cedar.engine import CompiledPolicy, Question
from insula.security.cedar.schema import ACCOUNT
from insula.security.interfaces import Flaw, Identity
from insula.tree.interfaces import PolicyEntity

if TYPE_CHECKING:
    from pyramid.request import Request

_OWNER: Final = "owner"
_NEEDS: Final = ("view", "publish")
_PLACE: Final = (PolicyEntity("Setting", "policy"), PolicyEntity("Area", "admin"))
_TRIED: Final = 50


@dataclass(frozen=True)
class Standpoint:
    """Who publishes and from where; a command line is nowhere, so any network that the rules name will do."""

    identity: Identity | None = None
    ip: str = ""

    @classmethod
    def of(cls, request: Request) -> Standpoint:
        """Return where a request comes from."""
        return cls(request.identity, address(request.remote_addr) if request.remote_addr else "")


def locked_out(policy: CompiledPolicy, standpoint: Standpoint) -> Iterator[Flaw]:
    """Yield a flaw for what no owner could do any more: to look at the policy, or to publish another."""
    addresses = [standpoint.ip] if standpoint.ip else _addresses(policy)
    owners = list(_owners(standpoint.identity))
    tried = [replace(owner, context=replace(owner.context, ip=ip)) for ip in addresses for owner in owners]
    for action in _NEEDS:
        decisions = [policy.decide(replace(question, action=action)) for question in tried]
        if not any(decisions):
            rules = sorted({name for decision in decisions for name in decision.rules})
            why = f", because of {', '.join(rules)}" if rules else ""
            where = f" from {standpoint.ip}, where you are now" if standpoint.ip else ""
            yield Flaw(
                0,
                0,
                f'No owner could {action} Setting::"policy" any more{where}{why}: nobody could undo this version.',
                rule="owners",
            )


def _owners(identity: Identity | None) -> Iterator[Question]:
    """Yield some owner, newly signed in with a password, and whoever publishes, if they are one."""
    context = Context(scheme="session", age=0, now=now())
    known = identity is not None and identity.kind == "person" and _OWNER in identity.roles
    if identity is not None and known:
        mine = replace(context, mfa=identity.mfa)
        yield Question(
            (ACCOUNT, str(identity.account_id)), identity.roles, "", _PLACE, mine, {"kind": "person"}
        )
    yield Question((ACCOUNT, str(uuid7())), frozenset({_OWNER}), "", _PLACE, context, {"kind": "person"})


def _addresses(policy: CompiledPolicy) -> list[str]:
    """Return an address of every network that the rules name, and one of none."""
    named = dict.fromkeys(text for rule in policy.rules.values() for text in _networks(rule["conditions"]))
    return ["0.0.0.0", "127.0.0.1", *(address(text.partition("/")[0]) for text in named)][:_TRIED]  # noqa: S104 -- addresses to ask with


def _networks(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        match node.get("ip"):
            case [{"Value": str(text)}]:
                yield text
        for child in node.values():
            yield from _networks(child)
    elif isinstance(node, list):
        for child in node:
            yield from _networks(child)
