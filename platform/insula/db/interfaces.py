"""What other rooms may know of the database: the scope of a session and the errors of the guard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

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


DatabaseFailure = OperationalError
"""What a statement raises when the database is away, too busy or too slow; doors answer it with 503."""

NoConnectionFree = PoolTimeout
"""What a session raises that found every connection of its process in use for too long; doors answer it likewise."""

RETRY_AFTER_FAILURE = 5
"""After how many seconds doors then ask to come back."""

SystemSessionHook = Callable[[Scope], None]
