"""One failure to connect is enough for all who wait for the connection."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cassandra.cluster import NoHostAvailable

from insula.records.cassandra.link import Link, Place
from insula.records.interfaces import StoreUnavailable


def test_those_who_waited_for_a_connection_do_not_try_again_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link, tried = Link(Place(["192.0.2.1"])), []

    def connect() -> None:
        tried.append(1)
        time.sleep(0.2)
        raise link.failure(NoHostAvailable("nobody answers", {}))

    monkeypatch.setattr(link, "_connect", connect)

    def ask(_number: int) -> None:
        with pytest.raises(StoreUnavailable):
            link.session()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(8)))
    assert len(tried) == 1
