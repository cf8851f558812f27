"""Two tenants that keep files, made once a module: these tests write many, and read only their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.makers import TenantHandle
from tests.unit.files.pictures import picture

PNG = picture("PNG", (800, 400))


@dataclass
class Keeper:
    """A tenant, and what these tests ask it for."""

    handle: TenantHandle
    clients: dict[str, Any] = field(default_factory=dict)

    def api(self, role: str = "editor") -> Any:
        """Return a client with a token of this role."""
        return self.clients.setdefault(role, self.handle.api(role))

    def browser(self, role: str = "editor") -> Any:
        """Return a browser of a person with this role."""
        key = f"browser {role}"
        if key not in self.clients:
            self.clients[key] = self.handle.signed_in(role)
        return self.clients[key]

    def post(self, body: bytes = PNG, type_: str = "image/png", *, role: str = "editor", **query: str) -> Any:
        """Upload a file, and return the answer."""
        asked = "&".join(f"{name}={value}" for name, value in {"name": "a.png", **query}.items())
        return self.api(role).post(f"/api/files?{asked}", body, content_type=type_, expect_errors=True)

    def file(self, body: bytes = PNG, type_: str = "image/png", **query: str) -> dict[str, Any]:
        """Upload a file, and return it."""
        answer = self.post(body, type_, **query)
        assert answer.status_int == 201, answer
        made: dict[str, Any] = answer.json
        return made


@pytest.fixture(scope="module")
def keeper(installation: Any) -> Keeper:
    """A tenant that keeps files."""
    return Keeper(installation.tenant("one"))


@pytest.fixture(scope="module")
def other(installation: Any) -> Keeper:
    """A second tenant, to whom nothing of the first belongs."""
    return Keeper(installation.tenant("two"))
