"""A process that emits or relays and kills itself at a given point, through public seams only.

Started as `python -m tests.faults.actor JSON`. Prints `committed TENANT N` once a transaction is certainly on disk.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any
from uuid import UUID

from insula.audit.chain import chain_factory
from insula.audit.interfaces import Chain
from insula.events.relay import Relay
from tests.faults import rig


def die() -> None:
    """Leave as a process does whose plug is pulled."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


class DiesAfterCommit:
    """A data manager that sorts after the database's: when it finishes, the rows are committed and no hook has run."""

    def __init__(self, tm: Any) -> None:
        self.transaction_manager = tm

    def sortKey(self) -> str:  # noqa: N802  # the name that the transaction package calls
        return "~~~last"

    def tpc_finish(self, transaction: Any) -> None:
        die()

    def _nothing(self, transaction: Any) -> None:
        return None

    abort = tpc_begin = commit = tpc_vote = tpc_abort = _nothing


class DyingStore:
    """A record store that hands everything on and dies at the append with a given number."""

    def __init__(self, store: Any, *, at: int, acknowledged: bool) -> None:
        self._store = store
        self._left = at
        self._acknowledged = acknowledged

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def append(self, stream: Any, rows: Any) -> None:
        self._left -= 1
        if self._left == 0 and not self._acknowledged:
            die()
        self._store.append(stream, rows)
        if self._left == 0:
            die()


class DyingChain:
    """A chain that gives places as the real one does, and dies at the assignment with a given number, uncommitted."""

    def __init__(self, chain: Any, left: list[int]) -> None:
        self._chain = chain
        self._left = left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    def assign(self, entries: Any) -> Any:
        links = self._chain.assign(entries)
        self._left[0] -= 1
        if self._left[0] == 0:
            die()
        return links


def emit(order: dict[str, Any]) -> None:
    """Emit `count` events, alternating between the tenants, and die at the one with the number `at`."""

    def die_at(event: Any, work: Any) -> None:
        if event.n != order.get("at"):
            return
        if order["kill"] == "before commit":
            work.tm.get().addBeforeCommitHook(die)
        elif order["kill"] == "after commit, before the hook":
            work.tm.get().join(DiesAfterCommit(work.tm))

    def wire(config: Any) -> None:
        config.add_event_subscriber("thing.made", die_at)

    registry = rig.build(order["settings"], wire=wire)
    rig.start_thread(registry)
    tenants = [UUID(tenant) for tenant in order["tenants"]]
    for n in range(order["count"]):
        tenant = tenants[n % len(tenants)]
        rig.make_thing(registry, tenant, n)
        os.write(1, f"committed {tenant} {n}\n".encode())


def relay(order: dict[str, Any]) -> None:
    """Relay what waits, and die at the append with the number `at`."""
    left = [order["at"]]

    def dying_chain(context: Any, request: Any) -> DyingChain:
        return DyingChain(chain_factory(context, request), left)

    def wire(config: Any) -> None:
        if order["kill"] == "before the places are committed":
            config.register_service_factory(dying_chain, Chain)

    registry = rig.build(order["settings"], wire=wire)
    if order["kill"] == "before the places are committed":
        Relay(registry).drain()
        return
    acknowledged = order["kill"] == "after the acknowledgement, before the delete"
    rig.wrap_store(registry, lambda store: DyingStore(store, at=order["at"], acknowledged=acknowledged))
    Relay(registry).drain()


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    {"emit": emit, "relay": relay}[order["what"]](order)
