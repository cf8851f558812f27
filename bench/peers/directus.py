"""Directus over PostgreSQL, with the history of changes that it keeps by default."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from typing import Final

from bench.peers.interfaces import NUMBER, Airport, Call, Peer
from bench.peers.nodes import modules_with

VERSION: Final = "12.3.1"
# The program with its headers, from npm itself; there is one package for each kind of machine.
_NODE: Final = f"node-{sys.platform}-{'arm64' if platform.machine() in ('aarch64', 'arm64') else 'x64'}"
_TOKEN: Final = "a-token-of-benchmarks-only"  # noqa: S105  # opens nothing but a database of this run


class Directus(Peer):
    """Asked by the fixed token of its administrator; telemetry, cache and limits are off."""

    name = "Directus"
    note = "PostgreSQL"
    remark = "activity and revisions of each write, as by default; updates without If-Match, which it lacks"

    def install(self) -> str:
        """Install it from npm, with the Node that it needs."""
        node = self.cache / "node_modules" / _NODE
        self._node = node / "bin" / "node"
        # isolated-vm is what it cannot start without and npm has as source only; building it takes minutes.
        self._modules = modules_with(
            self,
            f"{_NODE}@22",
            f"directus@{VERSION}",
            build=("isolated-vm",),
            PATH=f"{node / 'bin'}:{os.environ['PATH']}",
            npm_config_nodedir=str(node),
        )
        return VERSION

    def start(self, airports: Sequence[Airport]) -> None:
        """Make its tables, serve, declare the collection and fill it."""
        host, _, name = self.database().partition("/")
        environment = _ENVIRONMENT | {
            "PORT": str(self.port),
            "DB_HOST": host.partition(":")[0],
            "DB_PORT": host.partition(":")[2],
            "DB_DATABASE": name,
            "STORAGE_LOCAL_ROOT": str(self.work),
            "EXTENSIONS_PATH": str(self.work),
            # Thousands of modules are read in at each start, which takes a third of the time when they are compiled.
            "NODE_COMPILE_CACHE": str(self.cache / "compiled"),
        }
        # Its own command asks the npm registry for a newer version before it comes to this.
        program = (str(self._node), str(self._modules / "@directus" / "api" / "dist" / "cli" / "run.js"))
        self.run(*program, "bootstrap", cwd=self.cache, **environment)
        self.serve(*program, "start", ready="/server/ping", cwd=self.cache, **environment)
        self.client.headers["Authorization"] = f"Bearer {_TOKEN}"
        self.sent("POST", "/collections", json=_COLLECTION)
        self.fill(airports)
        self._some = self.sent("GET", "/items/airports?limit=64")["data"]

    def call(self, line: str) -> Call:
        """Return the request of a line; there is nothing against lost updates."""
        headers = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": "application/json"}
        one = [f"/items/airports/{each['id']}" for each in self._some]
        if line == "list 20":
            asked = "filter[state][_eq]=CA&filter[latitude][_gt]=37&sort=-latitude&limit=20"
            return Call("GET", [f"/items/airports?{asked}"], headers)
        if line == "create":
            airport = {name: value for name, value in self._some[0].items() if name != "id"}
            return Call("POST", ["/items/airports"], headers, json.dumps({**airport, "iata": f"X{NUMBER}"}))
        if line == "update":
            return Call("PATCH", one, headers, f'{{"name": "Named {NUMBER}"}}')
        return Call("GET", one, headers)

    def bulk(self, airports: Sequence[Airport]) -> None:
        """Create items by an array."""
        self.sent("POST", "/items/airports", json=[dict(each) for each in airports])


_ENVIRONMENT: Final = {
    "HOST": "127.0.0.1",
    "PUBLIC_URL": "http://127.0.0.1",
    "KEY": "of-this-benchmark",
    "SECRET": "of-this-benchmark-and-of-forty-bytes-or-more",
    "ADMIN_EMAIL": "bench@example.com",
    "ADMIN_PASSWORD": "a password of benchmarks",
    "ADMIN_TOKEN": _TOKEN,
    "DB_CLIENT": "pg",
    "DB_USER": "postgres",
    "DB_PASSWORD": "",
    "DB_POOL__MAX": "16",
    "LOG_LEVEL": "error",
    "TELEMETRY": "false",
    "RATE_LIMITER_ENABLED": "false",
    "CACHE_ENABLED": "false",
    "MAX_PAYLOAD_SIZE": "10mb",
}


def _field(name: str, kind: str, **schema: object) -> dict[str, object]:
    return {"field": name, "type": kind, "meta": {}, "schema": schema}


_PLACE: Final = {"numeric_precision": 9, "numeric_scale": 6, "is_indexed": True}
_COLLECTION: Final = {
    "collection": "airports",
    "meta": {"accountability": "all"},
    "schema": {},
    "fields": [
        _field("id", "integer", is_primary_key=True, has_auto_increment=True),
        _field("iata", "string", is_unique=True),
        _field("name", "string"),
        _field("city", "string"),
        _field("state", "string", is_indexed=True),
        _field("latitude", "decimal", **_PLACE),
        _field("longitude", "decimal", **_PLACE),
    ],
}
