"""What a test run says at its end: how many tests ran on which stores, and what was left out."""

import os
import re
from collections import Counter
from typing import Any

STORES = ("sqlite", "postgresql", "cassandra")

_NONE = "no store"


def stores_of(node_id: str) -> str:
    """Return the stores that a test's parameters or its file's name tell, in a fixed order."""
    path, _, rest = node_id.partition("::")
    told = f"{path.rpartition('/')[2]} {rest.partition('[')[2]}"
    words = set(re.split(r"[^a-z]+", told.lower()))
    if path.startswith("tests/functional/") and "cassandra" in words:
        # The whole application over Cassandra keeps its rows in PostgreSQL.
        words.add("postgresql")
    return " + ".join(store for store in STORES if store in words) or _NONE


def summarize(terminal: Any) -> None:
    """Write the figures of a finished run."""
    ran = Counter(
        stores_of(report.nodeid)
        for outcome in ("passed", "failed")
        for report in terminal.stats.get(outcome, ())
        if report.when == "call"
    )
    if ran:
        terminal.section("stores")
        for stores, count in sorted(ran.items(), key=lambda item: (item[0] == _NONE, item[0])):
            terminal.write_line(f"{count:6} tests on {stores}")
    skipped = Counter(stores_of(report.nodeid) for report in terminal.stats.get("skipped", ()))
    left_out = os.environ.get("INSULA_TEST_LEFT_OUT", "").splitlines()
    if left_out or skipped:
        terminal.section("left out")
        for line in left_out:
            terminal.write_line(line)
        for stores, count in sorted(skipped.items()):
            terminal.write_line(f"{count:6} tests skipped on {stores}")
