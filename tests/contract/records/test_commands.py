"""`insula records` over a real file."""

import pytest
from click.testing import CliRunner

from insula.kit.commands import Shell
from insula.records.commands import records

from .test_catalogue import registry_over


@pytest.fixture
def run(tmp_path):
    registry = registry_over(
        {
            "insula.db.url": f"sqlite:///{tmp_path}/rows.db",
            "insula.records.url": f"sqlite:///{tmp_path}/new/records.db",
        }
    )
    return lambda *words: CliRunner().invoke(records, words, obj=Shell(registry, "test.ini"))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_store_is_migrated_once_and_says_how_it_is(run, kind):
    before = run("status")
    assert before.exit_code == 1
    assert "insula records migrate" in before.output
    assert run("migrate").output == "  ran 0001_records\nThe record store is up to date.\n"
    assert run("migrate").output == "The record store is up to date.\n"
    assert run("status").output == "The record store (sqlite) answers and is up to date.\n"


def test_a_store_that_is_away_is_a_message_and_no_trace():
    registry = registry_over(
        {
            "insula.db.url": "sqlite:///",
            "insula.records.url": "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
        }
    )
    for verb in ("migrate", "status"):
        done = CliRunner().invoke(records, [verb], obj=Shell(registry, "test.ini"))
        assert done.exit_code == 1
        assert "Traceback" not in done.output
        assert "refused" in done.output
