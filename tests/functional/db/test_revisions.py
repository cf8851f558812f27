"""Which revisions are still to run."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from insula.db import revisions
from tests.installations import SECRET, build, stores


def test_the_scripts_are_read_once_for_what_was_applied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = build("sqlite", {"insula.kit.secret": SECRET, **stores("sqlite", tmp_path)})
    read: list[object] = []
    from_config = ScriptDirectory.from_config

    def counted(config: object) -> ScriptDirectory:
        read.append(config)
        return from_config(config)

    revisions._missing.cache_clear()
    monkeypatch.setattr(ScriptDirectory, "from_config", counted)
    before = [revisions.pending(made.registry) for _ in range(3)]
    assert before[0] == before[1] == before[2]
    assert len(read) == 1
    assert revisions.upgrade(made.registry) == before[0]
    read.clear()
    assert [revisions.pending(made.registry) for _ in range(3)] == [[], [], []]
    assert len(read) == 1
    made.close()
