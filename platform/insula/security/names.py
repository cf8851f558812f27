"""`add_policy_names`: which things there are, so that a rule about one that is missing is refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.accounts.interfaces import Accounts, Roles
from insula.security.cedar.schema import ACCOUNT, AREAS, ROLE

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request

    from insula.security.cedar.check import Names

_KEY: Final = "insula.security.names"
_VISITOR: Final = "visitor"


def includeme(config: Configurator) -> None:
    """Add the directive, and say which names every tenant has."""
    config.add_directive("add_policy_names", add_policy_names)
    for kind, source in ((ROLE, roles), ("Area", areas), ("Setting", settings), (ACCOUNT, accounts)):
        config.add_policy_names(kind, source)


def add_policy_names(config: Configurator, kind: str, source: Any) -> None:
    """Directive: rules may name those things of this type that `source(request)` returns; several sources add up.

    A type without any source may be named freely.
    """
    found = config.maybe_dotted(source)
    introspectable = config.introspectable("insula policy names", f"{kind} ({source})", kind, "policy names")
    introspectable["type"] = kind

    def register() -> None:
        config.registry.setdefault(_KEY, {}).setdefault(kind, []).append(found)

    config.action(
        ("insula policy names", kind, f"{found.__module__}.{found.__qualname__}"),
        register,
        introspectables=(introspectable,),
    )


def names_of(request: Request) -> Names:
    """Return what says which names there are; each source is asked at most once, and only for a type that is named."""
    sources: dict[str, list[Callable[[Any], Iterable[str]]]] = request.registry.get(_KEY, {})
    known: dict[str, Collection[str]] = {}

    def names(kind: str) -> Collection[str] | None:
        if kind not in sources:
            return None
        if kind not in known:
            known[kind] = _Union([_collected(source(request)) for source in sources[kind]])
        return known[kind]

    return names


def _collected(names: Iterable[str]) -> Collection[str]:
    return names if isinstance(names, Collection) else tuple(names)


def roles(request: Any) -> Iterable[str]:
    """Return the roles: the tenant's own and the visitor's."""
    return {role.name for role in request.find_service(Roles).all()} | {_VISITOR}


def areas(_request: Any) -> Iterable[str]:
    """Return the areas, the same for all."""
    return AREAS


def settings(_request: Any) -> Iterable[str]:
    """Return the settings that are this room's own."""
    return ("policy",)


def accounts(request: Any) -> Collection[str]:
    """Return the accounts, without listing them: there may be very many."""
    return _Accounts(request.find_service(Accounts))


class _Union(Collection[str]):
    """Several collections of names as one."""

    def __init__(self, parts: list[Collection[str]]) -> None:
        self._parts = parts

    def __contains__(self, name: object) -> bool:
        return any(name in part for part in self._parts)

    def __iter__(self) -> Iterator[str]:
        return (name for part in self._parts for name in part)

    def __len__(self) -> int:
        return sum(map(len, self._parts))


class _Accounts(Collection[str]):
    """The accounts of one tenant by their ids; asked for one by one, and never listed."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def __contains__(self, name: object) -> bool:
        try:
            id_ = UUID(str(name))
        except ValueError:
            return False
        return str(id_) == name and self._accounts.by_id(id_) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
