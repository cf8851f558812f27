"""What security logs, as a test can read it."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def told() -> Iterator[list[dict]]:
    """Every line that the security room logs, from info upwards, with its level."""
    lines: list[dict] = []

    class Listener(logging.Handler):
        def emit(self, record):
            lines.append({**record.msg, "log_level": record.levelname.lower()})

    logger, listener = logging.getLogger("insula.security"), Listener()
    before = logger.level
    logger.addHandler(listener)
    logger.setLevel(logging.INFO)
    yield lines
    logger.setLevel(before)
    logger.removeHandler(listener)
