"""The draft of the next policy version, as a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from insula.db.work import bump
from insula.kit.clock import now
from insula.kit.errors import FieldError, Invalid, NotFound, Stale
from insula.kit.json import dumps
from insula.security.cedar.gate import MAX_BYTES
from insula.security.interfaces import Grid, Policies, PolicyDraft
from insula.security.models import PolicyDraftRow

if TYPE_CHECKING:
    from pyramid.request import Request

VERSION: Final = "policy-draft"
_LARGEST: Final = 2 * MAX_BYTES


def drafts_factory(_context: object, request: Request) -> SQLPolicyDrafts:
    """Return the draft of the request's tenant."""
    return SQLPolicyDrafts(request.db, request.find_service(Policies))


class SQLPolicyDrafts:
    """The draft of the tenant its session is bound to."""

    def __init__(self, session: Any, policies: Policies) -> None:
        self._session = session
        self._policies = policies

    def find(self) -> PolicyDraft | None:
        """Return the draft, or None where there is none."""
        row = self._row()
        return None if row is None else self._frozen(row)

    def save(
        self, text: str, grid: Grid | None = None, *, base: int, author: str | None, expected: int | None
    ) -> PolicyDraft:
        """Keep a document, flaws and all; raises Stale when `expected` is not the version kept (0 for none)."""
        if len(text) > _LARGEST or "\0" in text:
            detail = f"A policy has at most {MAX_BYTES // 1024} KiB and no zero bytes."
            raise Invalid("The draft was not saved.", errors=[FieldError("text", detail)])
        if grid is not None and len(dumps(grid)) > MAX_BYTES:
            detail = f"A table of roles has at most {MAX_BYTES // 1024} KiB."
            raise Invalid("The draft was not saved.", errors=[FieldError("grid", detail)])
        self._known(base)
        version, row = self._claim(expected)
        if row is None:
            row = PolicyDraftRow(base=base)
            self._session.add(row)
        row.version, row.base, row.text, row.author, row.updated_at = version, base, text, author, now()
        if grid is not None:
            row.grid = {role: {kind: list(cells) for kind, cells in of.items()} for role, of in grid.items()}
        elif row.grid is None:
            row.grid = dict(self._policies.current().grid)
        self._session.flush()
        return self._frozen(row)

    def discard(self, *, expected: int | None) -> None:
        """Forget the draft; raises Stale as `save` does."""
        _, row = self._claim(expected)
        if row is not None:
            self._session.delete(row)
            self._session.flush()

    def _known(self, base: int) -> None:
        try:
            self._policies.version(base)
        except NotFound as error:
            raise Invalid("The draft was not saved.", errors=[FieldError("base", error.detail)]) from error

    def _claim(self, expected: int | None) -> tuple[int, PolicyDraftRow | None]:
        """Count up, which makes whoever saves at the same moment wait, and then look at what is there."""
        version = bump(self._session, VERSION)
        row = self._row()
        if expected is not None and expected != (row.version if row else 0):
            raise Stale(f"Somebody {'saved' if row else 'discarded'} the draft meanwhile.")
        return version, row

    def _row(self) -> PolicyDraftRow | None:
        # Read anew: a lock was perhaps waited for since it was read last.
        draft = select(PolicyDraftRow).execution_options(populate_existing=True)
        found: PolicyDraftRow | None = self._session.execute(draft).scalar_one_or_none()
        return found

    def _frozen(self, row: PolicyDraftRow) -> PolicyDraft:
        grid = self._policies.current().grid if row.grid is None else row.grid
        return PolicyDraft(row.text, grid, row.base, row.author, row.updated_at, row.version)
