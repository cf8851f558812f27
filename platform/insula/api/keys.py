"""Idempotency keys as rows, each claimed and answered in a short transaction of its own."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from insula.api.holders import is_gone, this_process
from insula.api.idempotency import Claim, IdempotencyKeys, KeptAnswer, Sender, StillRunning
from insula.api.models import IdempotencyKey
from insula.db.work import TenantSession, insert_into
from insula.kit.clock import from_millis, millis, now
from insula.kit.errors import FieldError, Invalid

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=30)


class SQLIdempotencyKeys:
    """The idempotency keys of the tenant that the session is bound to."""

    def __init__(self, session: TenantSession, clock: Callable[[], datetime] = now) -> None:
        self._session, self._clock = session, clock

    def peek(self, sender: Sender, body_hash: bytes) -> Claim | None:
        """Return what is known of a key without claiming it."""
        row = self._session.scalars(self._select(sender)).one_or_none()
        if row is None or row.arrived_at <= self._clock() - KEPT:
            return None
        return Claim(row.arrived_at, self._answer(row, body_hash))

    def claim(self, sender: Sender, body_hash: bytes) -> Claim:
        """Take a key for this process, or return what it led to."""
        at = self._clock()
        self._session.execute(delete(IdempotencyKey).where(IdempotencyKey.arrived_at <= at - KEPT))
        if self._insert(sender, body_hash, at):
            return Claim(from_millis(millis(at)))
        row = self._session.scalars(self._select(sender).with_for_update()).one()
        answer = self._answer(row, body_hash)
        if answer is None:
            if row.holder is not None and row.leased_until > at and not is_gone(row.holder):
                raise StillRunning("Send the same request again shortly.", retry_after=1)
            row.holder, row.leased_until = this_process(), at + LEASE
        return Claim(row.arrived_at, answer)

    def keep(self, sender: Sender, answer: KeptAnswer) -> None:
        """Keep the answer with the key."""
        self._set(sender, status=answer.status, answer=zlib.compress(answer.body, 1), holder=None)

    def release(self, sender: Sender) -> None:
        """Let go of a key that led to no answer, so that a retry can start at once."""
        self._set(sender, holder=None)

    def _select(self, sender: Sender) -> Any:
        return select(IdempotencyKey).where(*self._is(sender))

    def _is(self, sender: Sender) -> tuple[Any, ...]:
        return (
            IdempotencyKey.account_id == sender.account_id,
            IdempotencyKey.endpoint == sender.endpoint,
            IdempotencyKey.key == sender.key,
        )

    def _set(self, sender: Sender, **values: Any) -> None:
        statement = update(IdempotencyKey).where(*self._is(sender), IdempotencyKey.answer.is_(None))
        self._session.execute(statement.values(values), execution_options={"synchronize_session": False})

    def _insert(self, sender: Sender, body_hash: bytes, at: datetime) -> bool:
        tenant_id: UUID = self._session.tenant_id
        statement = insert_into(self._session, IdempotencyKey).values(
            tenant_id=tenant_id,
            account_id=sender.account_id,
            endpoint=sender.endpoint,
            key=sender.key,
            body_hash=body_hash,
            # Whole milliseconds, which is what an id can carry: a retry must read back what the first attempt used.
            arrived_at=from_millis(millis(at)),
            holder=this_process(),
            leased_until=at + LEASE,
        )
        # Of two requests that arrive together, the second waits here for the first to commit, then finds its row.
        stored = statement.on_conflict_do_nothing().returning(IdempotencyKey.key)
        return self._session.execute(stored).first() is not None

    def _answer(self, row: IdempotencyKey, body_hash: bytes) -> KeptAnswer | None:
        if row.body_hash != body_hash:
            wrong = FieldError("Idempotency-Key", "Use a new key for a new body.")
            raise Invalid("This Idempotency-Key was used with another body.", errors=[wrong])
        if row.answer is None or row.status is None:
            return None
        return KeptAnswer(row.status, zlib.decompress(row.answer))


def keys_factory(context: object, request: Any) -> IdempotencyKeys:  # what pyramid_services calls
    """Make the service for a request or for work outside of HTTP."""
    return SQLIdempotencyKeys(request.db)
