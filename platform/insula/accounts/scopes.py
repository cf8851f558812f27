"""What a token may be limited to: the actions that the rooms above have told of."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from insula.kit.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyramid.config import Configurator
    from pyramid.registry import Registry

_KEY: Final = "insula.accounts.scopes"


def add_token_scopes(config: Configurator, scopes: Sequence[str]) -> None:
    """Directive: let tokens be limited to these actions."""
    introspectable = config.introspectable("insula token scopes", _KEY, ", ".join(scopes), "token scopes")

    def register() -> None:
        config.registry[_KEY] = tuple(scopes)

    config.action(_KEY, register, introspectables=(introspectable,))


def scopes_of(registry: Registry) -> Sequence[str]:
    """Return what a token may be limited to."""
    found: Sequence[str] = registry[_KEY]
    return found


def scope_flaws(given: Iterable[str], known: Sequence[str]) -> Iterator[FieldError]:
    """Yield what is wrong with the scopes of a token: each that is no action."""
    for scope in sorted(set(given).difference(known)):
        near = difflib.get_close_matches(scope, known, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Use some of {', '.join(known)}."
        yield FieldError("scopes", f"There is no action {scope!r}. {hint}")
