"""PocketBase, one Go program with SQLite inside, so that it has no PostgreSQL to wait for."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Final

from bench.peers.interfaces import NUMBER, Airport, Call, Peer

VERSION: Final = "v0.36.8"
_MODULE: Final = f"github.com/pocketbase/pocketbase/examples/base@{VERSION}"
_WHO: Final = ("bench@example.com", "a password of benchmarks")
_RECORDS: Final = "/api/collections/airports/records"
_TEXTS: Final = ("iata", "name", "city", "state")


class PocketBase(Peer):
    """Asked as its superuser, by the token of a sign-in."""

    name = "PocketBase"
    note = "Go, SQLite"
    remark = "asked as superuser, past its rules; no history; updates without If-Match, which it lacks; on all cores"

    def install(self) -> str:
        """Build it from the Go module proxy."""
        self._program = self.cache / "bin" / "base"
        if not self._program.exists():
            self.run("go", "install", _MODULE, GOBIN=str(self._program.parent), GOFLAGS="-modcacherw")
        return VERSION

    def start(self, airports: Sequence[Airport]) -> None:
        """Serve, declare the collection and fill it."""
        data = f"--dir={self.work / 'data'}"
        self.run(str(self._program), "superuser", "upsert", *_WHO, data, cwd=self.work)
        where = f"--http=127.0.0.1:{self.port}"
        self.serve(
            str(self._program), "serve", data, where, ready="/api/health", GOMAXPROCS=str(os.cpu_count())
        )
        who = {"identity": _WHO[0], "password": _WHO[1]}
        self._token = self.sent("POST", "/api/collections/_superusers/auth-with-password", json=who)["token"]
        self.client.headers["Authorization"] = self._token
        self.sent(
            "PATCH", "/api/settings", json={"batch": {"enabled": True, "maxRequests": 1_000, "timeout": 60}}
        )
        self.sent("POST", "/api/collections", json=_COLLECTION)
        self.fill(airports)
        self._some = self.sent("GET", f"{_RECORDS}?perPage=64")["items"]

    def call(self, line: str) -> Call:
        """Return the request of a line; there is nothing against lost updates."""
        headers = {"Authorization": self._token, "Content-Type": "application/json"}
        one = [f"{_RECORDS}/{each['id']}" for each in self._some]
        if line == "list 20":
            asked = "filter=(state=%27CA%27%26%26latitude%3E37)&sort=-latitude&perPage=20&skipTotal=1"
            return Call("GET", [f"{_RECORDS}?{asked}"], headers)
        if line == "create":
            airport = {**_plain(self._some[0]), "iata": f"X{NUMBER}"}
            return Call("POST", [_RECORDS], headers, json.dumps(airport))
        if line == "update":
            return Call("PATCH", one, headers, f'{{"name": "Named {NUMBER}"}}')
        return Call("GET", one, headers)

    def bulk(self, airports: Sequence[Airport]) -> None:
        """Create records by a batch."""
        requests = [{"method": "POST", "url": _RECORDS, "body": dict(each)} for each in airports]
        self.sent("POST", "/api/batch", json={"requests": requests})


_COLLECTION: Final = {
    "name": "airports",
    "type": "base",
    "fields": [
        *({"name": name, "type": "text", "required": True} for name in _TEXTS),
        *({"name": name, "type": "number"} for name in ("latitude", "longitude")),
    ],
    "indexes": [
        "CREATE UNIQUE INDEX airports_iata ON airports (iata)",
        *(
            f"CREATE INDEX airports_{name} ON airports ({name})"
            for name in ("state", "latitude", "longitude")
        ),
    ],
}


def _plain(record: Airport) -> dict[str, object]:
    return {name: record[name] for name in (*_TEXTS, "latitude", "longitude")}
