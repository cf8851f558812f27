"""A made-up request, read from a form, from JSON or from a command line."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from insula.accounts.interfaces import AccountInfo, Accounts, Roles
from insula.kit.errors import FieldError, Invalid
from insula.policies.places import lineage_at
from insula.security.interfaces import MadeUp, Places, PolicyTestCase, Sees
from insula.security.permissions import ACTIONS
from insula.tree.interfaces import PolicyEntity

VISITOR = "visitor"
ELEVATED = "administration token"
"""How a form says that a token was made to administer."""


class Thing(BaseModel):
    """What a request is about, as rules name it."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(max_length=100, pattern=r"^([A-Za-z][A-Za-z0-9_]*::)?[A-Za-z][A-Za-z0-9_]*$")
    id: str = Field(max_length=500)


class Asked(BaseModel):
    """A request that nobody has sent."""

    model_config = ConfigDict(extra="forbid")

    action: str
    on: str = Field(default="", max_length=500)
    resource: Thing | None = None
    roles: list[str] = Field(default_factory=list, max_length=20)
    account: str | None = Field(default=None, max_length=320)
    ip: str = Field(default="", max_length=45)
    scheme: str = Field(default="session", pattern="^(session|token)$")
    mfa: bool = False
    elevated: bool = False
    method: str = Field(default="GET", pattern="^[A-Z]{1,10}$")
    text: str | None = None
    grid: dict[str, dict[str, list[str]]] | None = None


Sent = TypeVar("Sent", bound=Asked)


class Case(Asked):
    """A request that nobody has sent, and the answer that it has to get."""

    name: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$"
        ),
    ]
    expected: str = Field(pattern="^(allow|deny)$")
    text: None = None
    grid: None = None


def read(values: Mapping[str, Any]) -> Asked:
    """Return what was sent, or raise Invalid with a path for everything wrong with it."""
    return _checked(Asked, values)


def case_of(request: Any, values: Mapping[str, Any], *, sees: Sees) -> PolicyTestCase:
    """Return a test case as it was sent; raises Invalid where a name in it leads nowhere, or to what is not seen."""
    asked = _checked(Case, values)
    question = made_up(request, asked, sees=sees)
    return PolicyTestCase(
        name=asked.name,
        action=asked.action,
        on=f'{asked.resource.type}::"{asked.resource.id}"' if asked.resource else asked.on.strip(),
        allowed=asked.expected == "allow",
        roles=() if question.account_id else tuple(sorted(question.roles)),
        account=question.account_id,
        ip=asked.ip,
        scheme=asked.scheme,
        mfa=asked.mfa,
        elevated=question.elevated,
    )


def _checked(model: type[Sent], values: Mapping[str, Any]) -> Sent:
    try:
        asked = model(**values)
    except (ValidationError, TypeError) as error:
        raise Invalid("This cannot be asked.", errors=_errors(error)) from error
    errors = []
    if asked.action not in ACTIONS:
        errors.append(FieldError("action", f"Use one of {', '.join(ACTIONS)}."))
    if (asked.resource is None) == (not asked.on):
        errors.append(FieldError("on", "Say what it is about: either an address or type and id."))
    if asked.account and asked.roles:
        errors.append(FieldError("account", "Give roles or an account, not both."))
    if asked.ip and not _is_address(asked.ip):
        errors.append(FieldError("ip", f"Use one address, such as 192.0.2.7. You wrote {asked.ip!r}."))
    if errors:
        raise Invalid("This cannot be asked.", errors=errors)
    return asked


def made_up(request: Any, asked: Asked, *, sees: Sees) -> MadeUp:
    """Return the question for the policy; raises Invalid where a name in it leads nowhere."""
    account = _account(request, asked.account, sees) if asked.account else None
    known = {role.name for role in request.find_service(Roles).all()} | {VISITOR}
    roles = frozenset(asked.roles or [VISITOR]) if account is None else account.roles
    if unknown := sorted(roles - known):
        raise Invalid(
            "This cannot be asked.", errors=[FieldError("roles", f"There is no role {unknown[0]!r}.")]
        )
    if VISITOR in roles and len(roles) > 1:
        error = FieldError("roles", "A visitor is signed in as nobody and has no other role.")
        raise Invalid("This cannot be asked.", errors=[error])
    thing = asked.resource
    lineage = (
        request.find_service(Places).of(thing.type, thing.id)
        if thing
        else lineage_at(request, asked.on, sees=sees)
    )
    return MadeUp(
        action=asked.action,
        lineage=lineage,
        # Areas and settings are always there; everything else that exists has something that rules can read.
        found=bool(lineage[0].attributes) or lineage[0].type in {"Area", "Setting"},
        roles=roles,
        account_id=str(account.id) if account else None,
        kind=account.kind if account else "person",
        scheme=asked.scheme,
        ip=asked.ip,
        mfa=asked.mfa,
        elevated=asked.elevated and asked.scheme == "token",
        method=asked.method,
    )


def called(request: Any, account: str, *, sees: Sees) -> str:
    """Return what to call the account of a test case: its e-mail or its name; its id to those who may not view it."""
    found = _by_id(request.find_service(Accounts), account)
    return (found.email or found.name) if found is not None and _seen(found, sees) else account


def _seen(account: AccountInfo, sees: Sees) -> bool:
    return sees((PolicyEntity("Account", str(account.id), {"kind": account.kind}),))


def _account(request: Any, name: str, sees: Sees) -> AccountInfo:
    accounts = request.find_service(Accounts)
    found = accounts.by_email(name) if "@" in name else _by_id(accounts, name)
    if found is None or not _seen(found, sees):
        error = FieldError("account", "There is no such account.")
        raise Invalid("This cannot be asked.", errors=[error])
    account: AccountInfo = found
    return account


def _by_id(accounts: Any, name: str) -> AccountInfo | None:
    try:
        found: AccountInfo | None = accounts.by_id(UUID(name))
    except ValueError:
        return None
    return found


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _errors(error: Exception) -> list[FieldError]:
    if not isinstance(error, ValidationError):
        return [FieldError("", str(error))]
    return [FieldError(".".join(map(str, each["loc"])), _said(each)) for each in error.errors()]


def _said(error: Any) -> str:
    if error["loc"] == ("name",) and error["type"] in {"missing", "string_too_short"}:
        return "Give the case a name."
    return f"{error['msg']}."
