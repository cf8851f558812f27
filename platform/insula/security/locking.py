"""Whether a policy leaves an owner able to undo it, from where whoever publishes it is, or from where owners come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from insula.accounts.interfaces import Accounts, SignIns
from insula.kit.clock import now
from insula.kit.ids import uuid7
from insula.security.cedar.context import NO_ADDRESS, Context, address
from insula.security.cedar.engine import CompiledPolicy, Question
from insula.security.cedar.schema import ACCOUNT
from insula.security.interfaces import Decision, Flaw, Identity
from insula.tree.interfaces import PolicyEntity

if TYPE_CHECKING:
    from pyramid.request import Request

_OWNER: Final = "owner"
_ADMIN: Final = PolicyEntity("Area", "admin")
_POLICY: Final = PolicyEntity("Setting", "policy")
_WAY: Final = (
    ("view", "GET", (_ADMIN,)),
    ("view", "GET", (_POLICY, _ADMIN)),
    ("publish", "POST", (_POLICY, _ADMIN)),
)
"""What undoing a version takes, as the doors ask it: action, method, and on what."""
_AT_WORK: Final = 60
"""Seconds since the sign-in of an owner who came to undo something and has just found the screen."""
_TRIED: Final = 50


@dataclass(frozen=True)
class Standpoint:
    """Who publishes and from where; for a command line, which is nowhere, where owners come from counts."""

    identity: Identity | None = None
    ip: str = ""
    owners_at: Sequence[str] = ()

    @classmethod
    def of(cls, request: Request) -> Standpoint:
        """Return where a request comes from.

        A command has no address; it may say as `owners_at` where owners are, else it is where they signed in.
        """
        if request.remote_addr:
            return cls(request.identity, address(request.remote_addr))
        given = [address(each) for each in getattr(request, "owners_at", ())]
        return cls(request.identity, owners_at=given or _signed_in_from(request))

    @property
    def addresses(self) -> Sequence[str]:
        """The addresses to ask from; where none is known, one that no rule allows."""
        return [self.ip] if self.ip else self.owners_at or [NO_ADDRESS]

    def told(self) -> str:
        """Say from where was asked."""
        if self.ip:
            return f" from {self.ip}, where you are now"
        if self.owners_at:
            return f" from {', '.join(self.owners_at)}, where owners are"
        return ", wherever they are (no owner is signed in; --ip says from where one comes)"


def locked_out(policy: CompiledPolicy, standpoint: Standpoint) -> Iterator[Flaw]:
    """Yield a flaw for each step on the way to another version that nobody could take any more.

    One owner has to be able to take them all from one address; what rules say of the time has to hold now.
    """
    tried: list[Sequence[Decision]] = []
    for owner in _owners(standpoint.identity):
        for ip in standpoint.addresses:
            tried.append([policy.decide(question) for question in _way(owner, ip)])
            if all(tried[-1]):
                return
    closest = max(tried, key=lambda decisions: sum(decision.allowed for decision in decisions))
    for step, (action, _, lineage) in enumerate(_WAY):
        if not closest[step]:
            why = _because(decisions[step] for decisions in tried)
            what = f'{lineage[0].type}::"{lineage[0].id}"'
            told = f"No owner could {action} {what} any more{standpoint.told()}{why}: nobody could undo this version."
            yield Flaw(0, 0, told, rule="owners")


def _signed_in_from(request: Request) -> Sequence[str]:
    """Return the addresses of the live sessions of owners."""
    owners = request.find_service(Accounts).page(kind="person", role=_OWNER, active=True, limit=_TRIED).data
    sign_ins = request.find_service(SignIns)
    known = {
        address(each.address) for owner in owners for each in sign_ins.of_account(owner.id) if each.address
    }
    return sorted(known)[:_TRIED]


def _way(owner: Question, ip: str) -> Iterator[Question]:
    for action, method, lineage in _WAY:
        context = replace(owner.context, ip=ip, method=method)
        yield replace(owner, action=action, lineage=lineage, context=context)


def _because(decisions: Iterable[Decision]) -> str:
    rules = sorted({name for decision in decisions for name in decision.rules if not decision})
    return f", because of {', '.join(rules)}" if rules else ""


def _owners(identity: Identity | None) -> Iterator[Question]:
    """Yield whoever publishes, if they are an owner, as they are and newly signed in, and some other owner."""
    moment = now()
    fresh = Context(scheme="session", age=_AT_WORK, now=moment)
    if identity is not None and identity.kind == "person" and _OWNER in identity.roles:
        ages = {_AT_WORK}
        if identity.session_id is not None and identity.signed_in_at is not None:
            ages.add(max(_AT_WORK, int((moment - identity.signed_in_at).total_seconds())))
        for age in sorted(ages):
            mine = replace(fresh, mfa=identity.mfa, age=age)
            who = (ACCOUNT, str(identity.account_id))
            yield Question(who, identity.roles, "", (), mine, {"kind": "person"})
    yield Question((ACCOUNT, str(uuid7())), frozenset({_OWNER}), "", (), fresh, {"kind": "person"})
