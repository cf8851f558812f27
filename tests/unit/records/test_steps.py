"""The numbered files, and that nothing else writes to the record tables."""

import re
from pathlib import Path

import pytest

from insula.kit.errors import ConfigurationError
from insula.records.cassandra.statements import STATEMENTS
from insula.records.steps import Step, load, outstanding

PLATFORM = Path(__file__).parents[3] / "platform" / "insula"
KNOWN = {
    "records/cassandra/statements.py",
    "records/sql/statements.py",
    "records/cassandra/migrator.py",
    "records/sql/sqlite.py",
    "records/sql/postgresql.py",
    "records/ledger.py",
}


def sources():
    for path in sorted(PLATFORM.rglob("*")):
        if path.suffix in {".py", ".cql", ".sql"}:
            yield path.relative_to(PLATFORM).as_posix(), path.read_text()


def test_only_the_lists_of_statements_write_to_record_tables():
    writes = re.compile(
        r"(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+[{}\w.]*(record|bucket|_time\b|_series\b)", re.IGNORECASE
    )
    found = {path for path, source in sources() if writes.search(source)}
    assert found <= KNOWN
    assert "records/cassandra/statements.py" in found


def test_nothing_on_the_record_path_filters_counts_up_or_compares_and_sets():
    banned = re.compile(r"ALLOW\s+FILTERING|MATERIALIZED\s+VIEW|\bcounter\b", re.IGNORECASE)
    assert [path for path, source in sources() if path.endswith(".cql") and banned.search(source)] == []
    assert [
        name for name, statement in STATEMENTS.items() if banned.search(statement) or " IF " in statement
    ] == []
    assert [path for path, source in sources() if re.search(r"ALLOW\s+FILTERING", source)] == []


@pytest.mark.parametrize(
    "name", sorted(name for name in STATEMENTS if not name.startswith(("insert", "bucket")))
)
def test_every_statement_on_records_names_its_whole_partition(name):
    assert "WHERE tenant = ? AND stream = ? AND bucket = ? AND shard = ?" in STATEMENTS[name]


def test_what_is_not_applied_is_outstanding_in_order():
    one, two = Step("0001_a", "x", ""), Step("0002_b", "y", "")
    assert outstanding([one, two], {}) == [one, two]
    assert outstanding([one, two], {"0001_a": "x"}) == [two]
    assert outstanding([one], {"0001_a": "x", "0009_from_a_newer_release": "z"}) == []


def test_a_file_changed_after_it_was_applied_is_refused():
    with pytest.raises(ConfigurationError, match="0001_a in another form"):
        outstanding([Step("0001_a", "x", "")], {"0001_a": "y"})


def test_the_checksum_is_of_the_file_and_not_of_what_an_installation_puts_in():
    one = load("cql", keyspace="one", window_days=1)[0]
    other = load("cql", keyspace="other", window_days=14)[0]
    assert one.checksum == other.checksum
    assert len(one.statements) == 5
    assert all("one." in statement and "$" not in statement for statement in one.statements)


def test_comments_are_no_statements():
    step = Step("0001", "x", "-- first; not this\nCREATE a\n  (b);\n\n-- last\nCREATE c;\n")
    assert step.statements == ["CREATE a\n  (b)", "CREATE c"]
