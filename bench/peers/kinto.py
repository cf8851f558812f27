"""Kinto, Mozilla's JSON store on Pyramid, over PostgreSQL and Waitress."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bench.peers.interfaces import NUMBER, Airport, Call, Peer, Unavailable
from bench.peers.pythons import logging_ini, python_with

_INI = """[app:main]
use = egg:kinto
kinto.userid_hmac_secret = of this benchmark only
kinto.storage_backend = kinto.core.storage.postgresql
kinto.storage_url = {url}
kinto.permission_backend = kinto.core.permission.postgresql
kinto.permission_url = {url}
kinto.cache_backend = kinto.core.cache.memory
kinto.batch_max_requests = 1000
multiauth.policies = basicauth

[server:main]
use = egg:waitress#main
listen = 127.0.0.1:{port}
threads = 1
"""
_RECORDS = "/v1/buckets/bench/collections/airports/records"


class Kinto(Peer):
    """Buckets of records with permissions and a history of changes left out, as it is by default.

    One thread serves: with more, two that write in the same millisecond are answered 409, and all take longer.
    """

    name = "Kinto"
    note = "PostgreSQL"
    remark = (
        "bulk of 25, its default; one thread, since writers side by side get 409; no history, as by default"
    )
    bulk_rows = 25

    def install(self) -> str:
        """Install it from PyPI."""
        self._python = python_with(self, "kinto[postgresql]", "setuptools<81")
        return self.run(self._python, "-c", _VERSION).strip()

    def start(self, airports: Sequence[Airport]) -> None:
        """Migrate, serve and fill."""
        ini, program = self.work / "kinto.ini", str(Path(self._python).with_name("kinto"))
        ini.write_text(
            _INI.format(url=f"postgresql://postgres@{self.database()}", port=self.port) + logging_ini("ERROR")
        )
        self.run(program, "migrate", "--ini", str(ini))
        self.serve(program, "start", "--ini", str(ini), "--port", str(self.port), ready="/v1/")
        self.client.auth = ("bench", "bench")
        self.sent("PUT", "/v1/buckets/bench")
        self.sent("PUT", "/v1/buckets/bench/collections/airports")
        self.fill(airports)
        self._some = self.sent("GET", f"{_RECORDS}?_limit=64")["data"]

    def call(self, line: str) -> Call:
        """Return the request of a line."""
        headers = {"Authorization": "Basic YmVuY2g6YmVuY2g=", "Content-Type": "application/json"}
        one = [f"{_RECORDS}/{each['id']}" for each in self._some]
        if line == "list 20":
            listed = "state=CA&gt_latitude=37&_sort=-latitude&_limit=20"
            return Call("GET", [f"{_RECORDS}?{listed}"], headers)
        if line == "create":
            airport = {**_plain(self._some[0]), "iata": f"X{NUMBER}"}
            return Call("POST", [_RECORDS], headers, json.dumps({"data": airport}))
        if line == "update":
            fresh = [self.sent("GET", path)["data"]["last_modified"] for path in one]
            body = json.dumps({"data": {"name": f"Named {NUMBER}"}})
            return Call("PATCH", one, headers, body, [f'"{each}"' for each in fresh])
        return Call("GET", one, headers)

    def bulk(self, airports: Sequence[Airport]) -> None:
        """Create records by a batch."""
        defaults = {"method": "POST", "path": _RECORDS}
        requests = [{"body": {"data": dict(each)}} for each in airports]
        done = self.sent("POST", "/v1/batch", json={"defaults": defaults, "requests": requests})
        if wrong := [each for each in done["responses"] if each["status"] >= 400]:
            raise Unavailable(f"{len(wrong)} of a batch: {wrong[0]['status']} {wrong[0]['body']}")


_VERSION = "from importlib.metadata import version; print(version('kinto'))"


def _plain(record: Airport) -> dict[str, object]:
    return {name: value for name, value in record.items() if name not in ("id", "last_modified")}
