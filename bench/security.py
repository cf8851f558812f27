"""What security costs: a decision with a hundred rules, and its share of an authenticated read over the API.

    .venv/bin/python -m bench.security [--rounds 9] [--stores sqlite|postgresql]

Processor time of one process, medians of interleaved rounds. A decision is measured whole, as a request makes it, and
without the building of its entities. The share counts all that happens inside the security policy: finding out who
asks (with its one statement), the decisions, and putting them aside for the record.
"""

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from insula.security import policy
from insula.security.cedar.engine import CompiledPolicy, parsed
from insula.security.documents import default_text
from tests.installations import install
from tests.services.fixtures import PostgreSQLAddress
from tests.services.postgres import PostgreSQL
from tests.unit.security.policies import ALL, ask, compiled, page

RULES = 100
ROLES = ("editor", "author", "viewer", "admin")
TYPES = {"Page": ALL, "Stream": ("view", "create", "edit", "delete", "ingest"), "Record": ("view", "export")}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--stores", choices=("sqlite", "postgresql"), default="sqlite")
    told = parser.parse_args()
    decisions(told.rounds)
    server = PostgreSQL().start() if told.stores == "postgresql" else None
    try:
        with tempfile.TemporaryDirectory() as folder:
            address = server and PostgreSQLAddress(server.host, server.port, server.superuser_url)
            share(Path(folder), told.stores, address, told.rounds)
    finally:
        if server:
            server.stop()


def hundred_rules() -> CompiledPolicy:
    """Return the default policy, filled up to a hundred rules over all types, actions and roles, on the floor."""
    pairs = [(kind, action) for kind, actions in TYPES.items() for action in actions]
    floor = len(compiled(default_text()).rules)
    texts = []
    for number in range(RULES - floor):
        kind, action = pairs[number % len(pairs)]
        texts.append(
            f'@id("more-{number}")\n'
            f'permit(principal in Role::"{ROLES[number % len(ROLES)]}", action == Action::"{action}", '
            f'resource is {kind}) when {{ context.method == "X{number}" }};'
        )
    return compiled(f"{default_text()}\n{chr(10).join(texts)}")


def decisions(rounds: int) -> None:
    """Print the cost of one decision, allowed and refused, whole and without entities."""
    rules = hundred_rules()
    may, number = ask("edit", page("/news"), "editor"), itertools.count()
    each = {
        "decide, allowed": lambda: rules.decide(ask("edit", page(f"/n{next(number)}"), "editor")),
        "decide, refused": lambda: rules.decide(ask("publish", page(f"/n{next(number)}"), "author")),
        "decide what was asked before": lambda: rules.decide(may),
        "  of that, making up the question": lambda: ask("edit", page(f"/n{next(number)}"), "editor"),
        "  of that, building its entities": lambda: parsed(
            *rules.entities(ask("edit", page(f"/n{next(number)}"), "editor"))
        ),
    }
    spent = interleaved(each, times=1_000, rounds=rounds)
    print(f"{len(rules.rules)} rules; medians of {rounds} interleaved rounds of 1,000")
    for name, seconds in spent.items():
        print(f"{name:36} {seconds * 1e6:8.1f} us CPU {1 / seconds:10,.0f} a second")
    bare = spent["decide, allowed"] - spent["  of that, building its entities"]
    print(f"{'decide without building entities':36} {bare * 1e6:8.1f} us CPU {1 / bare:10,.0f} a second")


def built(rules: CompiledPolicy, path: str) -> object:
    """Make up a question about a page nobody asked about, and build its entities."""
    return parsed(*rules.entities(ask("edit", page(path), "editor")))


def share(folder: Path, stores: str, address: Any, rounds: int) -> None:
    """Print the share of an authenticated read that is spent inside the security policy."""
    installation = install(stores, folder, address, None, **{"insula.limits.storage": "off"})
    tenant = installation.tenant("bench")
    api = tenant.api("owner")
    for number in range(20):
        api.post_json("/api/pages", {"path": f"/p{number}", "title": f"Page {number}", "blocks": []})
    found = api.get("/api/pages").json["data"][0]["id"]
    for name, address_ in (("read one page", f"/api/pages/{found}"), ("list pages", "/api/pages")):
        shares, whole = [], []
        for number in range(rounds + 1):
            with Clock() as clock:
                began = time.process_time()
                for _ in range(100):
                    api.get(address_)
                took = time.process_time() - began
            if number:
                shares.append(clock.spent / took)
                whole.append(took / 100)
        print(
            f"{stores}: {name:20} {statistics.median(whole) * 1e6:8.0f} us CPU, "
            f"{statistics.median(shares):5.1%} of it in security"
        )
    installation.close()


class Clock:
    """Adds up the processor time spent inside the outermost calls of the security policy."""

    NAMES = ("identity", "permits", "decide")

    def __init__(self) -> None:
        self.spent = 0.0
        self._depth = 0
        self._plain: dict[str, Callable[..., Any]] = {}

    def __enter__(self) -> Self:
        for name in self.NAMES:
            self._plain[name] = getattr(policy.TenantSecurityPolicy, name)
            setattr(policy.TenantSecurityPolicy, name, self._timed(self._plain[name]))
        return self

    def __exit__(self, *_: object) -> None:
        for name, plain in self._plain.items():
            setattr(policy.TenantSecurityPolicy, name, plain)

    def _timed(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            if self._depth:
                return plain(*given, **named)
            self._depth += 1
            began = time.process_time()
            try:
                return plain(*given, **named)
            finally:
                self.spent += time.process_time() - began
                self._depth -= 1

        return timed


def interleaved(each: dict[str, Callable[[], object]], *, times: int, rounds: int) -> dict[str, float]:
    """Return the median processor time of one call of each, after a round that warms up."""
    spent: dict[str, list[float]] = {name: [] for name in each}
    for number in range(rounds + 1):
        for name, call in each.items():
            began = time.process_time()
            for _ in range(times):
                call()
            if number:
                spent[name].append((time.process_time() - began) / times)
    return {name: statistics.median(seconds) for name, seconds in spent.items()}


if __name__ == "__main__":
    main()
