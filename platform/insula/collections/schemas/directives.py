"""`add_rewrite_listener`: how a part hears of entries that a change of their collection has rewritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.collections.schemas.rewriting import LISTENERS, Listener

if TYPE_CHECKING:
    from pyramid.config import Configurator


def add_rewrite_listener(config: Configurator, listener: str | Listener) -> None:
    """Directive: call `listener(session, collection, rewritten)` in the transaction of every batch."""
    called: Listener = config.maybe_dotted(listener)
    label = f"{called.__module__}.{called.__qualname__}"

    def register() -> None:
        config.registry.setdefault(LISTENERS, []).append(called)

    config.action(("insula rewrite listener", label), register)
