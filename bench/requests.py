"""What a request costs: processor time in this process, as ratios to the cheapest request, in one run.

    .venv/bin/python -m bench.requests [--stores sqlite|postgresql|cassandra] [--rounds 7]

Rounds are interleaved, scenario by scenario, and medians are printed, so that a machine that is busy meanwhile bends
all of them alike. Stores other than SQLite are started by the tests' own services.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.installations import Installation, install
from tests.services.cassandra import Cassandra
from tests.services.fixtures import PostgreSQLAddress
from tests.services.postgres import PostgreSQL

SCHEMA = {"type": "object", "properties": {"value": {"type": "number"}, "device": {"type": "string"}}}
TEXT = {"kind": "markdown", "text": "A *short* text with a [link](/about).\n\n" * 10}


def main() -> None:
    """Measure every scenario and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stores", choices=("sqlite", "postgresql", "cassandra"), default="sqlite")
    parser.add_argument("--rounds", type=int, default=7)
    told = parser.parse_args()
    postgres = PostgreSQL().start() if told.stores != "sqlite" else None
    cassandra = Cassandra() if told.stores == "cassandra" else None
    if cassandra:
        cassandra.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            address = postgres and PostgreSQLAddress(postgres.host, postgres.port, postgres.superuser_url)
            # One token asks more often here than any may.
            unlimited = {"insula.limits.storage": "off"}
            installation = install(told.stores, Path(folder), address, cassandra, **unlimited)
            measure(scenarios(installation), told.rounds, told.stores)
            installation.close()
    finally:
        for server in filter(None, (postgres, cassandra)):
            server.stop()


def scenarios(installation: Installation) -> dict[str, tuple[int, Callable[[], object]]]:
    """Return name → (how many requests a round, one request)."""
    tenant = installation.tenant("bench")
    api, visitor = tenant.api("owner"), tenant.visitor()
    api.post_json("/api/streams", {"name": "s", "title": "S", "schema": SCHEMA, "series_field": "device"})
    for path in ("/", "/about", "/about/deeper", "/about/deeper/still"):
        page = api.post_json("/api/pages", {"path": path, "title": path, "blocks": [TEXT]}).json
        api.post_json(f"/api/pages/{page['id']}/publish", {}, headers={"If-Match": "*"})
    lines = "".join(json.dumps({"value": n / 7, "device": f"d{n % 9}"}) + "\n" for n in range(1000)).encode()
    push = {"Content-Type": "application/x-ndjson"}
    api.post("/api/streams/s/records", lines, headers=push)
    return {
        "health (no tenant, no SQL)": (200, lambda: visitor.get("/healthz")),
        "a page": (100, lambda: visitor.get("/")),
        "a page four levels deep": (100, lambda: visitor.get("/about/deeper/still")),
        "read 20 records with a token": (100, lambda: api.get("/api/streams/s/records?limit=20")),
        "read 1,000 records with a token": (10, lambda: api.get("/api/streams/s/records?limit=1000")),
        "newest of nine series": (50, lambda: api.get("/api/streams/s/latest")),
        "push one record": (
            50,
            lambda: api.post_json("/api/streams/s/records", {"value": 1, "device": "d1"}),
        ),
        "push 1,000 records": (5, lambda: api.post("/api/streams/s/records", lines, headers=push)),
        "list pages with a token": (50, lambda: api.get("/api/pages")),
    }


def measure(each: dict[str, tuple[int, Callable[[], object]]], rounds: int, stores: str) -> None:
    """Run the rounds and print processor time, wall time and the ratio to the first scenario."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in each}
    for number in range(rounds + 1):
        for name, (times, ask) in each.items():
            cpu, wall = time.process_time(), time.perf_counter()
            for _ in range(times):
                ask()
            spent = ((time.process_time() - cpu) / times, (time.perf_counter() - wall) / times)
            if number:  # The first round warms caches up.
                found[name].append(spent)
    base = statistics.median(cpu for cpu, _ in next(iter(found.values())))
    print(
        f"stores: {stores}; medians of {rounds} interleaved rounds; the test client is part of every figure"
    )
    print(f"{'scenario':34} {'CPU us':>9} {'wall us':>9} {'x health':>9}")
    for name, spent in found.items():
        cpu, wall = (statistics.median(values) for values in zip(*spent, strict=True))
        print(f"{name:34} {cpu * 1e6:9.0f} {wall * 1e6:9.0f} {cpu / base:9.1f}")


if __name__ == "__main__":
    main()
