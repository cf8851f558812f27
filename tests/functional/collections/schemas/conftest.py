"""Changes of schemas that go on in small steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from insula.collections.settings import CollectionsSettings
from insula.kit.settings import settings_of
from tests.installations import Installation


@contextmanager
def left_to_the_worker(installation: Installation, batch: int) -> Iterator[None]:
    """Leave even the smallest change to the worker, so many documents at a time."""
    settings = settings_of(installation.registry, CollectionsSettings)
    before = settings.at_once, settings.batch
    object.__setattr__(settings, "at_once", 0)
    object.__setattr__(settings, "batch", batch)
    yield
    object.__setattr__(settings, "at_once", before[0])
    object.__setattr__(settings, "batch", before[1])
