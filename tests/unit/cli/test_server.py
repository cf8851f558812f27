"""What a serving process checks before it serves."""

from types import SimpleNamespace

import pytest

from insula.cli.server import warn_if_crowded
from insula.db.settings import DatabaseSettings


def app(**settings):
    return SimpleNamespace(registry={DatabaseSettings: DatabaseSettings(url="sqlite://", **settings)})


@pytest.mark.parametrize(
    ("served", "threads", "warns"),
    [
        (app(), {}, False),
        (app(), {"threads": "16"}, False),
        (app(), {"threads": "17"}, True),
        (app(pool_size=2, max_overflow=1), {}, True),
        (SimpleNamespace(), {"threads": "99"}, False),
    ],
)
def test_more_threads_than_may_hold_two_connections_each_are_reported(caplog, served, threads, warns):
    with caplog.at_level("WARNING", logger="insula.serve"):
        warn_if_crowded(served, threads)
    assert bool(caplog.records) is warns
