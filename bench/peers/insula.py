"""Insula itself: one process over PostgreSQL, with its policy, ETags and the history of versions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.peers.interfaces import NUMBER, Airport, Call, Peer, Unavailable
from bench.peers.pythons import logging_ini
from insula.tenancy.interfaces import Tenant
from tests.installations import SECRET, Installation, install
from tests.makers import make_tenant, make_token
from tests.services.fixtures import PostgreSQLAddress

_ROOT: Final = Path(__file__).parent.parent.parent
_PROGRAM: Final = Path(sys.executable).parent / "insula"
COLLECTION: Final = "/api/collections/airports"
ENTRIES: Final = f"{COLLECTION}/entries"
# As in production.ini; what is missing there has the same value here.
_SERVER: Final = {"threads": "4", "connection_limit": "1000", "asyncore_use_poll": "true"}


class Insula(Peer):
    """One tenant with one collection, asked by the token of an editor."""

    name = "Insula"
    note = "PostgreSQL"
    remark = "policy, ETag with If-Match, and every version kept"

    def install(self) -> str:
        """Return which commit this is; it needs no installing."""
        told = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=_ROOT, capture_output=True, text=True, check=False
        )
        return told.stdout.strip() or "of this tree"

    def start(self, airports: Sequence[Airport]) -> None:
        """Make an installation and a tenant, serve, declare the collection and fill it."""
        self.installation = self._installation()
        self.tenant, self.token = self.tenant_with_token()
        ini = self.work / "insula.ini"
        ini.write_text(self._ini())
        self.serve(str(_PROGRAM), "-c", str(ini), "serve", ready="/healthz")
        self.be(self.tenant, self.token)
        self.sent("POST", "/api/collections", json=DOCUMENT)
        self.fill(airports)
        if airports:
            self.see()

    def be(self, tenant: Tenant, token: str) -> None:
        """Ask as this tenant from now on."""
        self.tenant, self.token = tenant, token
        self.client.headers.update(self.headers)

    def see(self, limit: int = 64) -> None:
        """Choose the entries that are asked for."""
        self.some: list[dict[str, Any]] = self.sent("GET", f"{ENTRIES}?limit={limit}")["data"]

    def read(self, entry_id: str) -> dict[str, Any]:
        """Return one entry."""
        answered: dict[str, Any] = self.sent("GET", f"{ENTRIES}/{entry_id}")
        return answered

    def call(self, line: str) -> Call:
        """Return the request of a line."""
        one = [f"{ENTRIES}/{each['id']}" for each in self.some]
        if line == "list 20":
            return Call("GET", [f"{ENTRIES}?state=CA&latitude[gt]=37&sort=-latitude&limit=20"], self.headers)
        if line == "create":
            airport = {name: self.some[0][name] for name in NAMES} | {"iata": f"X{NUMBER}"}
            return Call("POST", [ENTRIES], self.headers, json.dumps(airport))
        if line == "update":
            headers = {**self.headers, "Content-Type": "application/merge-patch+json"}
            return Call(
                "PATCH",
                one,
                headers,
                f'{{"name": "Named {NUMBER}"}}',
                [self.etag(path, self.headers) for path in one],
            )
        return Call("GET", one, self.headers)

    def bulk(self, airports: Sequence[Airport]) -> None:
        """Create entries by an array."""
        self.sent("POST", ENTRIES, json=[dict(each) for each in airports])

    @property
    def headers(self) -> dict[str, str]:
        """What every request of the tenant has."""
        return self.headers_of(self.tenant, self.token)

    def headers_of(self, tenant: Tenant, token: str) -> dict[str, str]:
        """Return the headers with which a tenant is asked."""
        host = {"Host": f"{tenant.canonical_host}:{self.port}"}
        return {**host, "Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def tenant_with_token(self) -> tuple[Tenant, str]:
        """Make a tenant, and a token with which its entries may be read and changed."""
        tenant = make_tenant(self.installation.registry, "bench")
        return tenant, make_token(self.installation.registry, tenant, "owner")

    def stop(self) -> None:
        """End the process, and what prepared it."""
        super().stop()
        if hasattr(self, "installation"):
            self.installation.close()
            del self.installation

    def _installation(self) -> Installation:
        host, _, _ = self.database().partition("/")
        name, _, port = host.partition(":")
        address = PostgreSQLAddress(name, int(port), f"postgresql+psycopg://postgres@{host}/postgres")
        return install("postgresql", self.work, address)

    def _ini(self) -> str:
        settings = {
            name: value for name, value in self.installation.settings.items() if name.startswith("insula.")
        }
        # The others count nobody's requests either.
        settings |= {"insula.limits.storage": "off", "insula.kit.secret": SECRET}
        lines = ["[app:main]", "use = egg:insula", *(f"{name} = {value}" for name, value in settings.items())]
        lines += ["[server:main]", "use = egg:waitress#main", f"listen = 127.0.0.1:{self.port}"]
        return "\n".join(
            [*lines, *(f"{name} = {value}" for name, value in _SERVER.items()), logging_ini("WARNING")]
        )

    def etag(self, path: str, headers: Mapping[str, str]) -> str:
        """Return the ETag that an entry has now."""
        answer = self.client.get(self.url + path, headers=dict(headers), timeout=120)
        if not answer.ok:
            raise Unavailable(f"GET {path}: {answer.status_code} {answer.text[:300]}")
        return answer.headers["ETag"]


NAMES: Final = ("iata", "name", "city", "state", "latitude", "longitude")
_PLACE: Final = {"type": "decimal", "scale": 6, "indexed": True}
DOCUMENT: Final = {
    "name": "airports",
    "title": "Airports",
    "drafts": False,
    "fields": [
        {"name": "iata", "type": "text", "required": True, "unique": True, "max_length": 16},
        {"name": "name", "type": "text", "required": True},
        {"name": "city", "type": "text"},
        {"name": "state", "type": "text", "indexed": True, "max_length": 16},
        {"name": "latitude", **_PLACE},
        {"name": "longitude", **_PLACE},
    ],
    "indexes": [["state", "latitude"]],
}
