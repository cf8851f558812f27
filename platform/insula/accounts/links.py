"""Links as rows: what the secret of a letter is good for, once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import and_, delete, select, update

from insula.accounts.credentials import digest, matches, new_session_secret
from insula.accounts.interfaces import LinkInfo
from insula.accounts.models import Link
from insula.kit.clock import now
from insula.kit.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from insula.accounts.interfaces import Purpose

GONE = "This link does not work any more. It was used, or it is too old, or a newer letter has replaced it."
_KEPT = timedelta(days=90)


class SQLLinks:
    """The links of the tenant its session is bound to."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def issue(
        self,
        purpose: Purpose,
        *,
        email: str,
        lifetime: int,
        account_id: UUID | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> tuple[LinkInfo, str]:
        """Make a link that is good for so many seconds and return it with its secret."""
        at, secret = now(), new_session_secret()
        self._forget_old(at)
        row = Link(
            purpose=purpose,
            email=email,
            account_id=account_id,
            secret_sha256=digest(secret),
            payload=dict(payload or {}),
            created_at=at,
            expires_at=at + timedelta(seconds=lifetime),
        )
        self._session.add(row)
        self._session.flush()
        return link_info(row), secret

    def renew(self, link_id: UUID, *, lifetime: int, account_id: UUID | None = None) -> tuple[LinkInfo, str]:
        """Give an unused link another secret, which is good from now on; the one before is dead."""
        at, secret = now(), new_session_secret()
        values = {"secret_sha256": digest(secret), "expires_at": at + timedelta(seconds=lifetime)}
        if account_id is not None:
            values["account_id"] = account_id
        row = self._update(Link.id == link_id, **values)
        if row is None:
            raise NotFound(GONE)
        return link_info(row), secret

    def open(self, purpose: Purpose, secret: str) -> LinkInfo | None:
        """Return the link of this secret while it may still be used; writes nothing."""
        row = self._session.scalars(
            select(Link).where(Link.tenant_id == self._session.tenant_id, _usable(purpose, secret, now()))
        ).first()
        if row is None or not matches(secret, row.secret_sha256):
            return None
        return link_info(row)

    def redeem(self, purpose: Purpose, secret: str) -> LinkInfo:
        """Use the link up; of two that come at once one is told `NotFound`."""
        at = now()
        row = self._update(_usable(purpose, secret, at), used_at=at)
        if row is None:
            raise NotFound(GONE)
        return link_info(row)

    def revoke(self, link_id: UUID) -> bool:
        """Make an unused link void; False when there is none."""
        return self._update(Link.id == link_id, revoked_at=now()) is not None

    def revoke_of(self, purpose: Purpose, account_id: UUID, *, keep: UUID | None = None) -> int:
        """Make the unused links of an account void, but for one; return how many there were."""
        which = and_(Link.purpose == purpose, Link.account_id == account_id)
        voided = self._session.execute(
            update(Link)
            .where(
                Link.tenant_id == self._session.tenant_id,
                which if keep is None else and_(which, Link.id != keep),
                Link.used_at.is_(None),
                Link.revoked_at.is_(None),
            )
            .values(revoked_at=now())
            .execution_options(synchronize_session=False)
        )
        return int(voided.rowcount)

    def _update(self, which: ColumnElement[bool], **values: Any) -> Link | None:
        row: Link | None = self._session.scalars(
            update(Link)
            .where(
                Link.tenant_id == self._session.tenant_id,
                which,
                Link.used_at.is_(None),
                Link.revoked_at.is_(None),
            )
            .values(**values)
            .returning(Link)
            .execution_options(synchronize_session=False, populate_existing=True)
        ).first()
        return row

    def _forget_old(self, at: datetime) -> None:
        # Each new link removes what is of no use any more, so no sweep has to. Invitations are shown for a while.
        self._session.execute(
            delete(Link)
            .where(
                Link.tenant_id == self._session.tenant_id,
                Link.expires_at < at - timedelta(days=1),
                (Link.purpose != "invitation") | (Link.expires_at < at - _KEPT),
            )
            .execution_options(synchronize_session=False)
        )


def _usable(purpose: Purpose, secret: str, at: datetime) -> ColumnElement[bool]:
    return and_(
        Link.purpose == purpose,
        Link.secret_sha256 == digest(secret),
        Link.expires_at > at,
        Link.used_at.is_(None),
        Link.revoked_at.is_(None),
    )


def link_info(row: Link) -> LinkInfo:
    """Freeze a link."""
    return LinkInfo(
        id=row.id,
        purpose=cast("Purpose", row.purpose),
        email=row.email,
        account_id=row.account_id,
        payload=row.payload,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def links_factory(context: Any, request: Any) -> SQLLinks:
    """Return the links of the tenant of this request."""
    return SQLLinks(request.db)
