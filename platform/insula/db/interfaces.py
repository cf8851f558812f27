"""What other rooms may know of the database: the scope of a session and the errors of the guard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from insula.kit.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Scope:
    """What a session may see, fixed for its life."""

    kind: Literal["tenant", "directory", "system"]
    tenant_id: UUID | None = None
    reason: str = ""

    @property
    def guarded(self) -> bool:
        """Tell whether walls 1 and 2 apply: always, save for a system session that crosses tenants."""
        return self.kind != "system" or self.tenant_id is not None


class WallBreach(RuntimeError):
    """A statement or object that would leave its tenant; a mistake in our code, never in a request."""


class ReadOnlySession(RuntimeError):
    """A write on a session that has not begun writing."""


class NoSystemRole(Unavailable):
    """This process has no `insula.db.system_url`, so it serves tenants only."""


SystemSessionHook = Callable[[Scope], None]
