"""The directive by which rooms have streams of their own, and what the registry holds for this room."""

from __future__ import annotations

from typing import Any

from insula.records.expiry import everywhere
from insula.records.factory import StoreHolder
from insula.records.interfaces import EXPIRE, NAME, STORE, SYSTEM, Order, Retention, SystemStream
from insula.records.services import SNAPSHOTS, SNAPSHOTS_KEPT, Snapshots


def includeme(config: Any) -> None:
    """Give the registry the store, which is not made before it is used, and the snapshots of the catalogue."""
    config.registry[STORE] = StoreHolder(config.registry)
    config.registry[SNAPSHOTS] = Snapshots(SNAPSHOTS_KEPT)
    config.registry[EXPIRE] = everywhere


def add_system_stream(
    config: Any,
    name: str,
    *,
    title: str,
    retention: Retention = "400d",
    order: Order = "time",
    backfill_days: int = 400,
) -> None:
    """Directive: give every tenant a stream that it need not declare; its name begins with an underscore."""
    if not (name.startswith("_") and NAME.fullmatch(name[1:])):
        raise ValueError(f"A system stream's name is an underscore and a stream's name, not {name!r}.")
    stream = SystemStream(name, title, retention, order, backfill_days)
    introspectable = config.introspectable("insula system streams", name, title, "system stream")
    introspectable["stream"] = stream

    def register() -> None:
        config.registry.setdefault(SYSTEM, {})[name] = stream

    config.action(("insula system stream", name), register, introspectables=(introspectable,))
