"""Where a thing lies that a made-up request or a test case is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.accounts.interfaces import Accounts, Tokens
from insula.kit.errors import InsulaError
from insula.records.interfaces import Streams
from insula.security.cedar.schema import ACCOUNT
from insula.tree.interfaces import PolicyEntity, Root, lineage_entities

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request

    from insula.accounts.interfaces import AccountInfo

_KEY: Final = "insula.security.places"
_NAMED: Final = re.compile(r'((?:[A-Za-z][A-Za-z0-9_]*::)?[A-Za-z][A-Za-z0-9_]*)::"([^"\\]{0,500})"')
_LONGEST: Final = 500
_ADMIN: Final = PolicyEntity("Area", "admin")


def add_policy_places(config: Configurator, kind: str, source: Any) -> None:
    """Directive: `source(request, type, id)` returns the lineage of a thing of this type, empty where there is none.

    `Entries` stands for all types of that namespace.
    """
    found = config.maybe_dotted(source)
    introspectable = config.introspectable("insula policy places", kind, kind, "policy places")
    introspectable["source"] = found
    config.action(
        ("insula policy places", kind),
        lambda: config.registry.setdefault(_KEY, {}).update({kind: found}),
        introspectables=(introspectable,),
    )


def places_factory(_context: object, request: Request) -> TreePlaces:
    """Return the places of the request's tenant."""
    return TreePlaces(request)


class TreePlaces:
    """Finds a thing by its address in the tree, or as rules name it."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def find(self, place: str) -> Sequence[PolicyEntity]:
        """Return the lineage of what is named or what is at an address; empty where an address leads nowhere."""
        named = _NAMED.fullmatch(place.strip())
        if named:
            return self.of(named[1], named[2])
        path = place.strip()
        return self._at(path) if path.startswith("/") and len(path) <= _LONGEST else ()

    def of(self, type_: str, id_: str) -> Sequence[PolicyEntity]:
        """Return the lineage of a thing by type and id; of what is not there only its name is known."""
        bare = PolicyEntity(type_, id_)
        if source := self._request.registry.get(_KEY, {}).get(type_.partition("::")[0]):
            return source(self._request, type_, id_) or (bare,)
        if type_ == "Page":
            found = self._at(id_) if id_.startswith("/") else ()
            return found if found and (found[0].type, found[0].id) == (type_, id_) else (bare,)
        if type_ == "Stream":
            stream = self._request.find_service(Streams).find(id_)
            if stream is not None:
                known = PolicyEntity("Stream", stream.name, {"name": stream.name, "system": stream.system})
                return (known, PolicyEntity("Area", "api"))
        if type_ == ACCOUNT:
            account = _account(self._request, id_)
            if account is not None:
                known = PolicyEntity(ACCOUNT, id_, {"kind": account.kind, "roles": sorted(account.roles)})
                return (known, PolicyEntity("Setting", "people"), _ADMIN)
        if type_ == "Token":
            token = self._request.find_service(Tokens).by_kid(id_)
            if token is not None:
                owner = token.account
                facts = {"owner": str(owner.id), "kind": owner.kind, "roles": sorted(owner.roles)}
                return (PolicyEntity("Token", id_, {**facts, "elevated": token.elevated}), _ADMIN)
        if type_ == "Setting":
            group = id_.partition(".")[0]
            above = (PolicyEntity("Setting", group),) if group != id_ else ()
            return (bare, *above, _ADMIN)
        if type_ == "Area" and id_ in {"audit", "decisions"}:
            return (bare, _ADMIN)
        return (bare,)

    def _at(self, path: str) -> tuple[PolicyEntity, ...]:
        """Walk down the tree as a request for this address would."""
        node: Any = Root(self._request)
        try:
            for name in (each for each in path.split("/") if each and not each.startswith("@@")):
                node = node[name]
            if isinstance(node, Root):
                # The page at the root is the site's to name; a tenant without a site has none.
                node = getattr(node.site, "home", _none)()
        except (KeyError, TypeError, AttributeError, InsulaError):
            # A leaf of the tree has no names below it; the rest is what an address that leads nowhere raises.
            return ()
        return tuple(lineage_entities(node))


def _account(request: Any, name: str) -> AccountInfo | None:
    try:
        found: AccountInfo | None = request.find_service(Accounts).by_id(UUID(name))
    except ValueError:
        return None
    return found if found is not None and str(found.id) == name else None


def _none() -> Any:
    raise KeyError("home")
