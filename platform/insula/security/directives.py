"""How rooms extend what rules can speak of, and how callers are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from insula.kit.errors import ConfigurationError
from insula.security.interfaces import PolicyType, Scheme
from insula.security.interfaces.decisions import DECISION_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pyramid.config import Configurator
    from pyramid.registry import Registry
    from pyramid.request import Request

_TYPES: Final = "insula.security.types"
_SOURCES: Final = "insula.security.types_sources"
_SCHEMES: Final = "insula.security.schemes"


@dataclass(frozen=True)
class _Registered:
    order: int
    scheme: Scheme
    own_setting: bool


@dataclass(frozen=True)
class TypesSource:
    """Says which types one tenant has beside the registered ones; `counter` counts their changes."""

    find: Callable[[Request], Iterable[PolicyType]]
    counter: str


def add_policy_types(config: Configurator, *types: PolicyType) -> None:
    """Directive: let rules speak of these types; what several rooms say of one type adds up."""
    for kind in types:
        title = f"{kind.name} ({config.package_name})"
        introspectable = config.introspectable("insula policy types", title, kind.name, "policy type")
        introspectable["type"] = kind

        def register(kind: PolicyType = kind) -> None:
            config.registry.setdefault(_TYPES, []).append(kind)

        config.action(
            ("insula policy type", kind.name, config.package_name),
            register,
            introspectables=(introspectable,),
        )


def add_policy_types_source(config: Configurator, source: Any, *, counter: str) -> None:
    """Directive: `source(request)` returns the types that a tenant has declared, such as `Entries::airports`.

    It is asked when the tenant's version counter of that name has moved, so that a decision costs the same however
    much there is.
    """
    found = TypesSource(config.maybe_dotted(source), counter)
    introspectable = config.introspectable(
        "insula policy types", f"source {counter}", counter, "policy types source"
    )
    introspectable["source"] = found
    config.action(
        ("insula policy types source", counter),
        lambda: config.registry.setdefault(_SOURCES, []).append(found),
        introspectables=(introspectable,),
    )


def add_scheme(
    config: Configurator, name: str, factory: Any, *, order: int, own_setting: bool = False
) -> None:
    """Directive: know callers by the scheme `factory(registry)` makes; lower orders are asked first.

    One with a setting of its own asks that itself, and the section `schemes` neither names nor switches it.
    """
    introspectable = config.introspectable("insula schemes", name, name, "scheme")
    introspectable["order"] = order

    def register() -> None:
        scheme = config.maybe_dotted(factory)(config.registry)
        if not isinstance(scheme, Scheme) or scheme.name != name:
            raise ConfigurationError(f"{factory!r} does not make a scheme named {name!r}.")
        config.registry.setdefault(_SCHEMES, []).append(_Registered(order, scheme, own_setting))

    config.action(("insula scheme", name), register, introspectables=(introspectable,))


def add_decision_address(config: Configurator, source: Any) -> None:
    """Directive: `source(request, decision_id)` says where a decision is explained; None to those who may not look."""
    found = config.maybe_dotted(source)
    config.action("insula decision address", lambda: config.registry.update({DECISION_ADDRESS: found}))


def policy_types_of(registry: Registry) -> Sequence[PolicyType]:
    """Return the registered types."""
    types: Sequence[PolicyType] = registry.get(_TYPES, ())
    return types


def types_sources_of(registry: Registry) -> Sequence[TypesSource]:
    """Return what says which types a tenant has declared."""
    sources: Sequence[TypesSource] = registry.get(_SOURCES, ())
    return sources


def schemes_of(registry: Registry) -> Sequence[Scheme]:
    """Return the schemes in the order in which they are asked."""
    registered: list[_Registered] = registry.get(_SCHEMES, [])
    return [entry.scheme for entry in sorted(registered, key=lambda entry: entry.order)]


def switchable(registry: Registry) -> Sequence[Scheme]:
    """Return the schemes that the section `schemes` switches."""
    registered: list[_Registered] = registry.get(_SCHEMES, [])
    return [entry.scheme for entry in registered if not entry.own_setting]
