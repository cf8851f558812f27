"""Whether Insula stays as fast when there is more: entries in a collection, tenants in an installation.

    .venv/bin/python -m bench.growth [--entries 1000,100000,1000000] [--tenants 10,1000,10000] [--seconds 3] [--results]

The sizes stand side by side in one database and are asked in interleaved rounds, so that what else runs bends all
of them alike. Entries are put in by the API; tenants beyond the 100 that are asked are rows made by SQL.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg

from bench.api import airports, machine, postgres
from bench.peers.insula import DOCUMENT, Insula
from bench.peers.interfaces import LINES, Call
from bench.wrk import CONNECTIONS, Measured, measure
from insula.tenancy.interfaces import Tenant

_ROOT: Final = Path(__file__).parent.parent
_WARM: Final = 100
_BATCH: Final = 1_000
_SEEDS: Final = 40


def main() -> None:
    """Fill, ask, and print both curves."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", default="1000,100000,1000000")
    parser.add_argument("--tenants", default="10,1000,10000")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", action="store_true", help="write bench/results/DATE-growth.txt too")
    told = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="insula-bench-") as folder, postgres() as database:
        peer = Insula(_ROOT / "var" / "bench", Path(folder), database)
        try:
            peer.start([])
            grown = Grown(peer, Path(folder), told.seconds, told.rounds)
            lines = grown.by_entries(_numbers(told.entries)) + grown.by_tenants(_numbers(told.tenants))
        finally:
            peer.stop()
    head = [
        f"Growth, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {machine()}",
        f"Load average before {load:.1f}, after {os.getloadavg()[0]:.1f}. wrk, {CONNECTIONS} connections; one process.",
        f"PostgreSQL without fsync; {told.seconds} s a line, medians of {told.rounds} interleaved rounds.",
    ]
    text = "\n".join([*head, *lines]) + "\n"
    print(text)
    if told.results:
        (_ROOT / "bench" / "results" / f"{datetime.now(UTC):%Y-%m-%d}-growth.txt").write_text(text)


class Grown:
    """One installation, asked at several sizes."""

    def __init__(self, peer: Insula, folder: Path, seconds: int, rounds: int) -> None:
        self._peer = peer
        self._folder = folder
        self._seconds = seconds
        self._rounds = rounds

    def by_entries(self, sizes: Sequence[int]) -> list[str]:
        """Return the lines of a tenant for each number of entries."""
        asked: dict[int, dict[str, Call]] = {}
        for size in sizes:
            self._be(*self._peer.tenant_with_token())
            self._peer.sent("POST", "/api/collections", json=DOCUMENT)
            for first in range(0, size, _BATCH):
                rows = airports(min(_BATCH, size - first), seed=first // _BATCH + _SEEDS)
                self._peer.bulk(rows)
            self._peer.see()
            asked[size] = {line: self._peer.call(line) for line in LINES}
            print(f"{size:,} entries are in", flush=True)
        self._settle()
        found: dict[tuple[int, str], list[Measured]] = {}
        for _ in range(self._rounds):
            for line in LINES:
                for size in sizes:
                    found.setdefault((size, line), []).append(self._ask(asked[size][line]))
                    if line == "update":
                        asked[size][line] = self._renewed(asked[size][line])
        return self._curve("entries of one collection", sizes, found)

    def by_tenants(self, sizes: Sequence[int]) -> list[str]:
        """Return the lines of up to 100 warm tenants for each number of tenants there are."""
        warm: list[tuple[Tenant, str]] = []
        found: dict[tuple[int, str], list[Measured]] = {}
        for size in sizes:
            while len(warm) < min(size, _WARM):
                self._be(*self._peer.tenant_with_token())
                self._peer.sent("POST", "/api/collections", json=DOCUMENT)
                self._peer.bulk(airports(100))
                warm.append((self._peer.tenant, self._peer.token))
            self._copy_tenants(warm[0][0].id, size - len(warm))
            self._settle()
            for _ in range(self._rounds):
                for line in LINES[:3]:
                    calls = self._spread(warm, line)
                    found.setdefault((size, line), []).append(self._ask(calls))
        return self._curve("tenants", sizes, found, LINES[:3])

    def _spread(self, warm: Sequence[tuple[Tenant, str]], line: str) -> Call:
        calls = []
        for tenant, token in warm:
            self._be(tenant, token)
            self._peer.see(5)
            calls.append(self._peer.call(line))
        paths = [path for call in calls for path in call.paths]
        each = [call.headers for call in calls for _ in call.paths]
        return Call(calls[0].method, paths, calls[0].headers, calls[0].body, headers_each=each)

    def _be(self, tenant: Tenant, token: str) -> None:
        self._peer.tenant, self._peer.token = tenant, token
        self._peer.client.headers.update(self._peer.headers)

    def _ask(self, call: Call) -> Measured:
        return measure(call, self._peer.url, self._seconds, self._folder)

    def _renewed(self, call: Call) -> Call:
        """Return updates with the ETags of now."""
        etags = [self._peer.etag(path, call.headers) for path in call.paths]
        return Call(call.method, call.paths, call.headers, call.body, etags)

    def _connect(self) -> psycopg.Connection:
        url = self._peer.installation.settings["insula.db.url"].rpartition("@")[2]
        return psycopg.connect(f"postgresql://postgres@{url}", autocommit=True)

    def _settle(self) -> None:
        with self._connect() as connection:
            connection.execute("VACUUM ANALYZE")

    def _copy_tenants(self, of: UUID, count: int) -> None:
        """Copy all rows of a tenant under made-up ids, entries and versions included, until there are so many."""
        with self._connect() as connection:
            there = connection.execute("SELECT count(*) FROM tenant WHERE name LIKE 'made-%'").fetchone()
            made = there[0] if there else 0
            owned = [
                row[0]
                for row in connection.execute(
                    "SELECT table_name FROM information_schema.columns "
                    "WHERE column_name = 'tenant_id' AND table_schema = 'public' AND table_name <> 'host'"
                )
            ]
            # Triggers and foreign keys rest: what is copied was good.
            connection.execute("SET session_replication_role = replica")
            _copy(connection, "tenant", "id", of, made, count)
            for table in owned:
                _copy(connection, table, "tenant_id", of, made, count)

    def _curve(
        self,
        what: str,
        sizes: Sequence[int],
        found: dict[tuple[int, str], list[Measured]],
        lines: Sequence[str] = LINES,
    ) -> list[str]:
        told = ["", f"{what:28}" + "".join(f"{line:>20}" for line in lines)]
        first: dict[str, float] = {}
        for size in sizes:
            cells = []
            for line in lines:
                rate = statistics.median(one.rate for one in found[size, line])
                share = rate / first.setdefault(line, rate) if first.get(line, rate) else 0
                flaw = "!" if any(one.errors for one in found[size, line]) else " "
                cells.append(f"{rate:12,.0f}{flaw}{share:6.0%} ")
            told.append(f"{size:<28,}" + "".join(cells))
        return told


def _copy(connection: psycopg.Connection, table: str, key: str, of: UUID, first: int, end: int) -> None:
    """Copy the rows of a tenant in one table for tenants of these numbers."""
    columns = [
        row[0]
        for row in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
            "AND table_schema = 'public' AND is_generated = 'NEVER'",
            [table],
        )
    ]
    given = {key: "lpad(to_hex(n + 1), 32, '0')::uuid"}
    if table == "tenant":
        given |= dict.fromkeys(("name", "title"), "'made-' || n")
    named = ", ".join(f'"{name}"' for name in columns)
    chosen = ", ".join(given.get(name, f't."{name}"') for name in columns)
    series = "generate_series(%(first)s::int, %(last)s::int) n"
    connection.execute(
        f'INSERT INTO "{table}" ({named}) SELECT {chosen} FROM "{table}" t, {series} WHERE t."{key}" = %(of)s',  # noqa: S608  # names of the schema
        {"of": of, "first": first, "last": end - 1},
    )


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


if __name__ == "__main__":
    main()
