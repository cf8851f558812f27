"""What every storage keeps to: limits hold, for each key by itself, whoever counts at the same time."""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from limits import RateLimitItemPerSecond
from sqlalchemy import create_engine, text

from insula.limits.buckets import SlidingWindow, TokenBucket
from insula.limits.interfaces import LimitsDown
from insula.limits.services import BUCKET, SLIDING
from tests.contract.limits.counter import limiter_at

METHODS = [SLIDING, BUCKET]
ROOT = Path(__file__).parents[3]
NOON = 1_800_000_000.0  # the beginning of a minute

PROCESS = """
import json, sys
from tests.contract.limits.counter import limiter_at
address, key, method, limit, tries = sys.argv[1:]
limiter = limiter_at(address)
sys.stdin.readline()
print(json.dumps(sum(limiter.take(int(limit), method, key) for _ in range(int(tries)))))
"""


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("method", METHODS)
def test_as_many_pass_as_the_limit_says_and_no_other_key_is_touched(kind, key, method):
    limiter = kind.make()
    assert [limiter.take(5, method, key) for _ in range(7)] == [True] * 5 + [False] * 2
    assert limiter.take(5, method, key, "other")
    assert limiter.standing(5, method, key)[0] == 0
    assert limiter.standing(5, method, key, "other")[0] == 4


@pytest.mark.parametrize("method", METHODS)
def test_what_was_counted_can_be_forgotten(kind, key, method):
    limiter = kind.make()
    for _ in range(3):
        limiter.take(3, method, key)
    assert not limiter.take(3, method, key)
    limiter.clear(3, method, key)
    assert limiter.take(3, method, key)


@pytest.mark.parametrize("method", METHODS)
def test_another_process_goes_on_where_this_one_stopped(shared, key, method):
    first, second = shared.make(), shared.make()
    assert [first.take(4, method, key), second.take(4, method, key)] * 2 == [True] * 4
    assert first.take(4, method, key)
    assert second.take(4, method, key)
    assert not first.take(4, method, key)
    assert not second.take(4, method, key)


def dripped(limit, started):
    """Return how many a minute's limit has let in since then, for a bucket fills while a busy machine takes its time."""
    return limit * (time.monotonic() - started) / 60


@pytest.mark.parametrize("method", METHODS)
def test_threads_together_pass_no_more_than_the_limit(kind, key, method):
    limiter = kind.make()
    with ThreadPoolExecutor(8) as threads:
        started = time.monotonic()
        passed = sum(threads.map(lambda _: limiter.take(100, method, key), range(200)))
    assert 100 <= passed <= 105 + dripped(100, started)


@pytest.mark.parametrize("method", METHODS)
def test_two_processes_together_pass_what_the_limit_says_within_a_twentieth(shared, key, method):
    command = [sys.executable, "-c", PROCESS, shared.address, key, method, "200", "200"]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in "ab"
    ]
    started = time.monotonic()
    for each in processes:
        each.stdin.write("\n")
        each.stdin.flush()
    passed = [json.loads(each.communicate(timeout=300)[0]) for each in processes]
    assert 190 <= sum(passed) <= 210 + dripped(200, started), passed


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("limit", [1, 3, 20])
def test_who_waits_as_long_as_told_is_let_in_and_who_comes_much_earlier_is_not(clocked, key, method, limit):
    clock = Clock()
    limiter = clocked.make(clock=clock)
    clock.now += 13
    for _ in range(12):
        while limiter.take(limit, method, key):
            pass
        left, wait = limiter.standing(limit, method, key)
        assert left == 0
        assert 0 < wait <= 120
        clock.now += wait * 0.9
        assert not limiter.take(limit, method, key)
        clock.now += wait * 0.1 + 1e-3
        assert limiter.take(limit, method, key)


@pytest.mark.parametrize("strategy", [SlidingWindow, TokenBucket])
def test_waiting_as_long_as_told_is_enough_by_the_clock_of_a_server(redis_url, key, strategy):
    counted, item = strategy(limiter_at(redis_url).storage), RateLimitItemPerSecond(3)
    for _ in range(4):
        while counted.hit(item, key):
            pass
        left, wait = counted.standing(item, key)
        assert left == 0
        time.sleep(wait + 0.02)
        assert counted.hit(item, key)
    counted.storage.storage.close()


@pytest.mark.parametrize("method", METHODS)
def test_over_many_minutes_no_minute_sees_much_more_than_the_limit(clocked, key, method):
    clock = Clock()
    limiter, passed = clocked.make(clock=clock), []
    for _ in range(400):
        clock.now += 0.75
        if limiter.take(30, method, key):
            passed.append(clock.now)
    most = max(sum(1 for each in passed if start <= each < start + 60) for start in passed)
    # A full bucket lets a burst pass and then what drips in; a window weighs what came before as if spread evenly.
    assert most <= (60 if method == BUCKET else 38)
    assert 30 * 5 * 0.95 <= len(passed) <= 30 * 5 * 1.05 + 30


def test_a_counter_by_itself_counts_and_ends(clocked, key):
    clock = Clock()
    storage = clocked.make(clock=clock).storage
    assert [storage.incr(key, 10), storage.incr(key, 10, 3)] == [1, 4]
    assert storage.get(key) == 4
    assert storage.get_expiry(key) == NOON + 10
    clock.now += 11
    assert storage.get(key) == 0
    assert storage.incr(key, 10) == 1
    assert storage.check()
    assert storage.reset() == 1
    assert storage.get(key) == 0


def test_rows_that_ended_are_swept_and_others_kept(database, key):
    clock = Clock()
    limiter = database.make(clock=clock)
    for number in range(20):
        limiter.take(5, SLIDING, f"{key}-{number}")
    clock.now += 130
    limiter.take(5, SLIDING, key)
    storage = limiter.storage
    assert [storage.row(f"window/{key}-{number}/5/1/minute")[2] for number in range(20)] == [0] * 20
    assert storage.row(f"window/{key}/5/1/minute")[2] == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "address",
    ["sqlite:////nobodys/rows.db", "postgresql+psycopg://nobody@127.0.0.1:1/nobodys", "redis://127.0.0.1:1"],
    ids=["sqlite", "postgresql", "redis"],
)
def test_a_storage_that_is_away_is_told_as_one_whatever_is_asked(address, key, method):
    limiter = limiter_at(address)
    for ask in (limiter.take, limiter.standing, limiter.clear):
        limiter.down = False
        with pytest.raises(LimitsDown):
            ask(5, method, key)
    assert limiter.down
    assert limiter.uncounted == 3


def rows_of(database, statement):
    engine = create_engine(database.address)
    with engine.begin() as connection:
        found = connection.execute(text(statement))
        rows = found.all() if found.returns_rows else None
    engine.dispose()
    return rows


@pytest.mark.parametrize("method", METHODS)
def test_rows_that_cannot_be_swept_keep_nobody_from_being_counted(database, key, method):
    clock = Clock()
    limiter = database.make(clock=clock)
    assert limiter.take(5, method, key, "old")
    if database.name == "sqlite":
        rows_of(
            database,
            "CREATE TRIGGER kept BEFORE DELETE ON rate_limit BEGIN SELECT RAISE(ABORT, 'kept'); END",
        )
    else:
        rows_of(
            database,
            "CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'kept'; END $$;"
            "CREATE TRIGGER kept BEFORE DELETE ON rate_limit FOR EACH ROW EXECUTE FUNCTION kept()",
        )
    clock.now += 130
    assert limiter.take(5, method, key)
    assert limiter.standing(5, method, key)[0] == 4
    assert not limiter.down
    assert len(rows_of(database, "SELECT name FROM rate_limit")) == 2


def test_many_rows_that_ended_are_swept_a_batch_at_a_time_and_soon(database, key):
    clock = Clock()
    limiter = database.make(clock=clock)
    for number in range(700):
        limiter.take(5, BUCKET, f"{key}-{number}")
    clock.now += 130
    left = []
    for _ in range(3):
        limiter.take(5, BUCKET, key)
        left += rows_of(database, "SELECT count(*) FROM rate_limit")[0]
        clock.now += 1
    assert left == [201, 1, 1]


def test_a_row_that_is_held_is_passed_over_by_the_sweep(postgresql_only, key):
    clock = Clock()
    limiter = postgresql_only.make(clock=clock)
    for name in ("held", "free"):
        limiter.take(5, BUCKET, f"{key}-{name}")
    clock.now += 130
    engine = create_engine(postgresql_only.address)
    with engine.begin() as connection:
        connection.execute(text("SELECT name FROM rate_limit WHERE name LIKE '%-held%' FOR UPDATE")).all()
        limiter.take(5, BUCKET, key)
        kept = [row.name for row in connection.execute(text("SELECT name FROM rate_limit"))]
    engine.dispose()
    assert sorted(name.endswith("-held/5/1/minute") for name in kept) == [False, True]
