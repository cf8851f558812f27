"""Records every event: the stream `_audit` that each tenant has, its chain, and the consumer that fills it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Declare the stream and listen to every event."""
    config.add_system_stream("_audit", title="Audit trail", retention="keep")
    config.add_consumer("audit", "insula.audit.consumers.record", events=("*",), batch=True)
    config.register_service_factory("insula.audit.chain.chain_factory", "insula.audit.interfaces.Chain")
