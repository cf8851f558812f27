"""An installation with a section of its own, and the operators' tenant."""

import pytest

from tests.functional.features.conftest import installation
from tests.installations import Installation
from tests.makers import TenantHandle

__all__ = ["installation"]


@pytest.fixture
def ops(installation: Installation) -> TenantHandle:
    """The operators' tenant."""
    return installation.tenant("ops", console=True)
