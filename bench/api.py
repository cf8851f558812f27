"""REST beside its peers: the same collection, data and questions over HTTP, in one run on one machine.

    .venv/bin/python -m bench.api [--only insula,kinto] [--seconds 5] [--rounds 3] [--results]

Each program is installed into `var/bench` at its first run, from where `pip`, `npm` and `go` fetch, and serves with
one process; those that can use the same PostgreSQL. Rounds are interleaved, program by program and line by line, and
medians are printed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import random
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import psycopg
import requests

from bench.peers.interfaces import BULK, LINES, Peer, Unavailable
from bench.wrk import CONNECTIONS, Measured, measure
from tests.services.postgres import PostgreSQL

PEERS: Final = {
    "insula": "bench.peers.insula:Insula",
    "kinto": "bench.peers.kinto:Kinto",
    "directus": "bench.peers.directus:Directus",
    "pocketbase": "bench.peers.pocketbase:PocketBase",
    "fastapi": "bench.peers.fastapi:FastAPI",
    "express": "bench.peers.express:Express",
}
AIRPORTS: Final = 3_376
_ROOT: Final = Path(__file__).parent.parent
_STATES: Final = [
    "AK",
    "AL",
    "AZ",
    "CA",
    "CA",
    "CA",
    "CO",
    "FL",
    "GA",
    "IL",
    "MI",
    "MN",
    "NC",
    "NY",
    "OH",
    "OR",
    "PA",
    "TX",
    "TX",
    "TX",
    "VA",
    "WA",
    "WI",
]


def main() -> None:
    """Install, start, ask, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(PEERS), help="names, separated by commas: %(default)s")
    parser.add_argument("--seconds", type=int, default=5, help="of each line in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", action="store_true", help="write bench/results/DATE-api.txt too")
    told = parser.parse_args()
    load = os.getloadavg()
    with contextlib.ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="insula-bench-")))
        database = running.enter_context(postgres())
        peers, missing = _prepared(told.only.split(","), folder, database, running)
        found = _measured([peer for peer, _ in peers], told.rounds, told.seconds, folder)
    text = _table(peers, found, missing, told, load)
    print(text)
    if told.results:
        (_ROOT / "bench" / "results" / f"{datetime.now(UTC):%Y-%m-%d}-api.txt").write_text(text)


def airports(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Return airports that look like real ones, the same for each seed."""
    drawn = random.Random(seed)  # the same data for all, nothing secret
    return [
        {
            "iata": f"{chr(64 + seed % 26)}{seed}N{n}",
            "name": f"{drawn.choice(_STATES)} Municipal Airport {n}",
            "city": f"City {n % 977}",
            "state": drawn.choice(_STATES),
            "latitude": f"{drawn.uniform(18, 71):.6f}",
            "longitude": f"{drawn.uniform(-171, -66):.6f}",
        }
        for n in range(count)
    ]


@contextlib.contextmanager
def postgres() -> Iterator[Any]:
    """Start a server, and yield what makes a database on it; whoever ends the run has all of it ended and removed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    server = PostgreSQL().start()

    def database(name: str) -> str:
        where = f"{server.host}:{server.port}"
        with psycopg.connect(f"postgresql://postgres@{where}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return f"{where}/{name}"

    try:
        yield database
    finally:
        server.stop()


def _prepared(
    names: Sequence[str], folder: Path, database: Any, running: contextlib.ExitStack
) -> tuple[list[tuple[Peer, str]], dict[str, str]]:
    peers: list[tuple[Peer, str]] = []
    missing: dict[str, str] = {}
    for name in names:
        module, _, kind = PEERS[name].partition(":")
        peer: Peer = getattr(import_module(module), kind)(_ROOT / "var" / "bench", folder, database)
        running.callback(peer.stop)
        try:
            version = peer.install()
            began = time.perf_counter()
            peer.start(airports(AIRPORTS))
        except (Unavailable, RuntimeError, requests.RequestException) as error:
            missing[peer.label] = " ".join(str(error).split())[-300:]
            peer.stop()
            print(f"{peer.label}: left out: {missing[peer.label]}", flush=True)
        else:
            peers.append((peer, version))
            taken = time.perf_counter() - began
            print(f"{peer.label} {version}: serves, filled, after {taken:.0f} s", flush=True)
    return peers, missing


def _measured(
    peers: Sequence[Peer], rounds: int, seconds: int, folder: Path
) -> dict[tuple[str, str], list[Measured]]:
    found: dict[tuple[str, str], list[Measured]] = {}
    for number in range(rounds):
        for line in (*LINES, BULK):
            for peer in peers:
                one = _bulk(peer, number, seconds) if line == BULK else _one(peer, line, seconds, folder)
                found.setdefault((peer.label, line), []).append(one)
                print(f"round {number + 1}  {line:12} {peer.name:22} {one.rate:9,.0f}", flush=True)
    return found


def _one(peer: Peer, line: str, seconds: int, folder: Path) -> Measured:
    return measure(peer.call(line), peer.url, seconds, folder)


def _bulk(peer: Peer, number: int, seconds: int) -> Measured:
    """Send one bulk after the other and return rows a second."""
    bodies = airports(100_000 if peer.bulk_rows > 100 else 10_000, seed=number + 2)  # for Kinto
    rows, errors, started = 0, 0, time.perf_counter()
    for first in range(0, len(bodies), peer.bulk_rows):
        try:
            peer.bulk(bodies[first : first + peer.bulk_rows])
        except (Unavailable, requests.RequestException) as error:
            errors += 1
            print(f"{peer.name}: {error}", flush=True)
        else:
            rows += peer.bulk_rows
        if time.perf_counter() - started >= seconds:
            break
    return Measured(rows / (time.perf_counter() - started), 0, errors)


def _table(
    peers: Sequence[tuple[Peer, str]],
    found: Mapping[tuple[str, str], list[Measured]],
    missing: Mapping[str, str],
    told: argparse.Namespace,
    load: tuple[float, float, float],
) -> str:
    lines = [
        f"REST beside its peers, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {machine()}",
        f"Load average before {load[0]:.1f}, after {os.getloadavg()[0]:.1f}: what else ran there bent all of them.",
        f"wrk, {CONNECTIONS} connections, {told.seconds} s a line, medians of {told.rounds} interleaved rounds; one",
        f"process each; {AIRPORTS:,} airports; bulk: rows a second over one connection. PostgreSQL: no fsync.",
        "Nobody counts requests. What each does besides:",
        *(f"  {peer.label}: {peer.remark}" for peer, _ in peers),
        "",
        f"{'requests a second':66}" + "".join(f"{line:>12}" for line in (*LINES, BULK)),
    ]
    rates: dict[str, list[float]] = {}
    for peer, version in peers:
        label = peer.label
        each = [found[label, line] for line in (*LINES, BULK)]
        rates[label] = [statistics.median(one.rate for one in measured) for measured in each]
        cells = (
            f"{rate:11,.0f}{'!' if any(one.errors for one in measured) else ' '}"
            for rate, measured in zip(rates[label], each, strict=True)
        )
        lines.append(f"{f'{label} {version}':66}" + "".join(cells))
    lines += [f"{label:66}  not measured: {why}" for label, why in missing.items()]
    ours = next((label for label in rates if label.startswith("Insula")), None)
    if ours:
        lines += ["", f"{'Insula is so many times as fast as':66}"]
        for label, theirs in rates.items():
            if label != ours:
                ratios = (
                    mine / other if other else 0 for mine, other in zip(rates[ours], theirs, strict=True)
                )
                lines.append(f"{label:66}" + "".join(f"{ratio:11.2f} " for ratio in ratios))
    lines += ["", f"{'99 of 100 within, ms':66}"]
    for peer, _ in peers:
        p99 = (statistics.median(one.p99_ms for one in found[peer.label, line]) for line in LINES)
        lines.append(f"{peer.label:66}" + "".join(f"{each:11,.0f} " for each in p99))
    if any(one.errors for measured in found.values() for one in measured):
        lines.append("! answers other than 2xx were among them; they are not counted")
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Describe the machine in a line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    system = f"{platform.system()} {platform.release()}, CPython {platform.python_version()}"
    return f"{os.cpu_count()} cores of {model}, {system}"


if __name__ == "__main__":
    main()
