"""The application as the architecture tests look into it; nothing is served and no store is touched."""

from typing import Any

import pytest

from insula.app import configure


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("looked-into")
    config = configure(
        {
            "insula.kit.secret": "only looked into, never served by anybody",
            "insula.db.url": f"sqlite:///{folder}/rows.db",
            "insula.records.url": f"sqlite:///{folder}/records.db",
            "insula.mail.backend": "catcher",
        }
    )
    config.commit()
    return config.registry
