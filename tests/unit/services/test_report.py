"""What a run says about the stores its tests ran on."""

import pytest

from tests.services.report import stores_of


@pytest.mark.parametrize(
    ("node_id", "expected"),
    [
        ("tests/functional/test_x.py::test_y[sqlite]", "sqlite"),
        ("tests/functional/test_x.py::test_y[postgresql-POST-/a[b]]", "postgresql"),
        ("tests/contract/test_cassandra.py::test_y[cassandra-1]", "cassandra"),
        ("tests/functional/test_x.py::test_y[postgresql+cassandra]", "postgresql + cassandra"),
        ("tests/functional/test_x.py::test_y[cassandra]", "postgresql + cassandra"),
        ("tests/contract/test_cassandra.py::test_y", "cassandra"),
        ("tests/unit/test_x.py::test_y[sqlitesque]", "no store"),
    ],
)
def test_the_parameters_of_a_test_name_its_stores(node_id, expected):
    assert stores_of(node_id) == expected
