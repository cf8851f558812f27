"""What the log never tells."""

from __future__ import annotations

import logging

import pytest

from insula.observability.log import configure, get


@pytest.fixture
def insula_logger():
    logger = logging.getLogger("insula")
    before = logger.handlers[:], logger.level, logger.propagate
    yield
    logger.handlers[:], logger.propagate = before[0], before[2]
    logger.setLevel(before[1])


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_traceback_shows_no_local_variable(log_format, capsys, insula_logger):
    configure(log_format, "INFO")

    def fail(password):
        raise LookupError("told")

    try:
        fail("hunter" * 2)
    except LookupError:
        get("insula.test").exception("failed")
    said = capsys.readouterr().err
    assert "LookupError" in said
    assert "hunterhunter" not in said
