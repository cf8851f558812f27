"""A store that was used before a fork works after it, and both processes end by themselves."""

import json
import subprocess
import sys

import pytest

from .conftest import postgres_url

SCRIPT = """
import json, os, signal, sys
from insula.records.specimens import ids, rows_of, stream_of
from insula.records.factory import record_store
from insula.records.interfaces import Range
from insula.records.settings import RecordSettings

signal.alarm(30)
store = record_store(RecordSettings(**json.loads(sys.argv[1])))
stream, rows = stream_of(), rows_of(200)
store.append(stream, rows[:100])
child = os.fork()
if child == 0:
    signal.alarm(20)
    store.append(stream, rows[100:])
    assert ids(store.read(stream, Range(limit=500))) == ids(reversed(rows))
    sys.exit(7)
assert ids(store.read(stream, Range(limit=500)))[-100:] == ids(reversed(rows[:100]))
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 7, status
assert store.count(stream) == 200
store.close()
print("both")
"""


def settings_for(kind, request):
    if kind == "sqlite":
        return {"url": request.getfixturevalue("sqlite_store")._url}
    if kind == "postgresql":
        request.getfixturevalue("postgres_store")
        return {"url": postgres_url(request.getfixturevalue("postgres_address"), "insula_app")}
    place = request.getfixturevalue("cassandra_address")
    return {
        "url": f"cassandra://{place.host}:{place.port}/{place.keyspace}?dc=datacenter1",
        "write_seconds": 10,
    }


@pytest.mark.parametrize(
    "kind",
    [
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("cassandra", marks=pytest.mark.cassandra),
    ],
)
def test_a_store_used_before_a_fork_works_after_it(kind, request):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(settings_for(kind, request))],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "both\n"), done.stderr
