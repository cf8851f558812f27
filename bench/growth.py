"""Whether Insula stays as fast when there is more: entries in a collection, tenants in an installation.

    .venv/bin/python -m bench.growth [--entries 1000,100000,1000000] [--tenants 10,1000,10000] [--seconds 5] [--results]

Each size is an installation of its own, with one process, and all are asked in interleaved rounds, so that what else
runs bends all of them alike. Each question was asked three times before it is clocked. Entries, and tenants beyond the
100 that are asked, are rows made by SQL. A curve without sizes is left out.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench import made
from bench.api import airports, machine, postgres
from bench.peers.insula import DOCUMENT, Insula
from bench.peers.interfaces import LINES, Call, Unavailable
from bench.wrk import CONNECTIONS, Measured, measure
from insula.tenancy.interfaces import Tenant

_ROOT: Final = Path(__file__).parent.parent
_WARM: Final = 100
_ASKED: Final = 200
"""How many entries are read and changed."""
_EACH: Final = 100
"""How many entries each of many tenants has."""
_BEFORE: Final = 3
"""How often each question is asked before it is clocked."""
_SLOWER: Final = 0.30


def main() -> None:
    """Fill, ask, and print both curves."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", default="1000,100000,1000000")
    parser.add_argument("--tenants", default="10,1000,10000")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", action="store_true", help="write bench/results/DATE-growth.txt too")
    told = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="insula-bench-") as folder, postgres() as database:
        server = database("growth").partition("/")[0]
        growth = Growth(Path(folder), f"{server}/growth", told.rounds, told.seconds)
        lines = growth.curve("entries of one collection", _numbers(told.entries), with_entries)
        lines += growth.curve("tenants", _numbers(told.tenants), with_tenants)
    head = [
        f"Growth, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {machine()}",
        f"Load average before {load:.1f}, after {os.getloadavg()[0]:.1f}. wrk, {CONNECTIONS} connections; one process",
        f"and one database for each size. PostgreSQL without fsync; {told.seconds} s a line, medians of {told.rounds}",
        f"interleaved rounds, in requests a second and as a share of the smallest size. Read and changed are {_ASKED}",
        f"entries from anywhere; with many tenants, {_WARM} of them are asked, and each has {_EACH} entries.",
        f"Each question was asked {_BEFORE} times before the first round.",
    ]
    text = "\n".join([*head, *lines]) + "\n"
    print(text)
    if told.results:
        (_ROOT / "bench" / "results" / f"{datetime.now(UTC):%Y-%m-%d}-growth.txt").write_text(text)


@dataclass(frozen=True)
class Warm:
    """A tenant that is asked, and the entries of it that are read and changed."""

    tenant: Tenant
    token: str
    some: list[dict[str, Any]]


def with_entries(peer: Insula, size: int) -> list[Warm]:
    """Fill the collection of one tenant, and compare what is in it with what the API writes."""
    made.fill(peer, peer.tenant, size)
    made.check(peer)
    ids = made.some_of(peer, peer.tenant, _ASKED)
    return [Warm(peer.tenant, peer.token, [peer.read(each) for each in ids])]


def with_tenants(peer: Insula, size: int) -> list[Warm]:
    """Make the tenants that are asked by the API, and the others as copies of one."""
    warm = []
    for _ in range(min(size, _WARM)):
        peer.be(*peer.tenant_with_token())
        peer.sent("POST", "/api/collections", json=DOCUMENT)
        peer.bulk(airports(_EACH))
        peer.see(max(1, _ASKED // min(size, _WARM)))
        warm.append(Warm(peer.tenant, peer.token, peer.some))
    made.copy_tenants(peer, peer.tenant, size - len(warm))
    return warm


class Growth:
    """Installations of several sizes, asked side by side."""

    def __init__(self, folder: Path, address: str, rounds: int, seconds: int) -> None:
        self._folder = folder
        self._address = address
        self._rounds = rounds
        self._seconds = seconds

    def curve(self, what: str, sizes: Sequence[int], grow: Callable[[Insula, int], list[Warm]]) -> list[str]:
        """Return the lines of a table with a row for each size."""
        if not sizes:
            return []
        asked: dict[int, tuple[Insula, list[Warm]]] = {}
        found: dict[tuple[int, str], list[Measured]] = {}
        with contextlib.ExitStack() as running:
            for size in sizes:
                began = time.perf_counter()
                work = self._folder / f"{what.partition(' ')[0]}-{size}"
                peer = Insula(_ROOT / "var" / "bench", work, lambda _: self._address)
                running.callback(peer.stop)
                peer.start([])
                asked[size] = peer, grow(peer, size)
                made.settle(peer)
                self._warm(*asked[size])
                print(f"{size:,} {what} after {time.perf_counter() - began:.0f} s", flush=True)
            for number in range(self._rounds):
                for line in LINES:
                    for size, (peer, warm) in asked.items():
                        one = measure(_spread(peer, warm, line), peer.url, self._seconds, self._folder)
                        found.setdefault((size, line), []).append(one)
                        print(f"round {number + 1}  {line:12} {size:12,} {one.rate:9,.0f}", flush=True)
        return _table(what, sizes, found)

    def _warm(self, peer: Insula, warm: Sequence[Warm]) -> None:
        """Ask each question as often as it takes for everything that is kept of it to be there."""
        for line in LINES:
            asked, wanted = 0.0, 1
            while asked < wanted:
                call = _spread(peer, warm, line)
                wanted = _BEFORE * len(call.paths)
                one = measure(call, peer.url, self._seconds, self._folder)
                if not one.rate:
                    raise Unavailable(f"Nobody is answered who asks to {line}.")
                asked += one.rate * self._seconds


def _spread(peer: Insula, warm: Sequence[Warm], line: str) -> Call:
    """Return the request of a line to each of these tenants in turn."""
    calls = []
    for each in warm:
        peer.be(each.tenant, each.token)
        peer.some = each.some
        calls.append(peer.call(line))
    return Call(
        calls[0].method,
        [path for call in calls for path in call.paths],
        body=calls[0].body,
        etags=[etag for call in calls for etag in call.etags],
        headers_each=[call.headers for call in calls for _ in call.paths],
    )


def _table(what: str, sizes: Sequence[int], found: Mapping[tuple[int, str], Sequence[Measured]]) -> list[str]:
    told = ["", f"{what:28}" + "".join(f"{line:>20}" for line in LINES)]
    slower: list[str] = []
    first: dict[str, float] = {}
    for size in sizes:
        cells = []
        for line in LINES:
            rate = statistics.median(one.rate for one in found[size, line])
            share = rate / first.setdefault(line, rate) if first.get(line, rate) else 0
            flaw = "!" if any(one.errors for one in found[size, line]) else " "
            cells.append(f"{rate:12,.0f}{flaw}{share:6.0%} ")
            if share < 1 - _SLOWER:
                slower.append(f"{line} at {size:,} ({share:.0%})")
        told.append(f"{size:<28,}" + "".join(cells))
    if any(one.errors for measured in found.values() for one in measured):
        told.append("! answers other than 2xx were among them; they are not counted")
    within = f"within {_SLOWER:.0%} of the smallest size"
    return [*told, f"Not {within}: {', '.join(slower)}." if slower else f"All are {within}, or faster."]


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each]


if __name__ == "__main__":
    main()
