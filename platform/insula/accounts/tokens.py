"""API tokens as rows."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from insula.accounts.credentials import TokenText, digest, matches
from insula.accounts.events import TokenCreated, TokenRevoked
from insula.accounts.interfaces import TokenInfo
from insula.accounts.models import Account, APIToken
from insula.accounts.rows import account_infos, account_rows, credential_rows, credentials, token_info
from insula.accounts.seen import seen_of
from insula.accounts.settings import AccountsSettings
from insula.events.interfaces import Events
from insula.kit.clock import isoformat, now
from insula.kit.errors import FieldError, Invalid, NotFound
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

_NOTHING: Final = bytes(32)
_SCOPE: Final = re.compile(r"[a-z][a-z-]{0,31}")


class SQLTokens:
    """The API tokens of the tenant its session is bound to."""

    def __init__(
        self,
        session: Any,
        *,
        settings: AccountsSettings,
        events: Callable[[], Events],
        seen: Callable[[UUID, str, UUID, datetime], None],
    ) -> None:
        self._session = session
        self._settings = settings
        self._events = events
        self._seen = seen

    def create(
        self,
        account_id: UUID,
        *,
        label: str = "",
        scopes: Iterable[str] = (),
        networks: Iterable[str] = (),
        days: int | None = None,
    ) -> tuple[TokenInfo, str]:
        """Make a token for an account and return it with its text."""
        rows = self._session.execute(account_rows(self._session.tenant_id).where(Account.id == account_id))
        account = next(iter(account_infos(rows)), None)
        if account is None or not account.active:
            raise NotFound("There is no such account.")
        at, text = now(), TokenText.new()
        row = APIToken(
            account_id=account_id,
            kid=text.kid,
            secret_sha256=digest(text.secret),
            label=_label(label),
            scopes=_scopes(scopes),
            networks=_networks(networks),
            created_at=at,
            expires_at=at + timedelta(days=self._days(days)),
        )
        self._session.add(row)
        self._session.flush()
        self._events().emit(
            TokenCreated(
                token_id=str(row.id),
                kid=row.kid,
                account_id=str(account_id),
                label=row.label,
                scopes=tuple(row.scopes),
                networks=tuple(row.networks),
                expires_at=isoformat(row.expires_at),
            ),
        )
        return token_info(row, account), str(text)

    def find(self, text: str) -> TokenInfo | None:
        """Return the live token of this text in this tenant, in one statement."""
        given = TokenText.parse(text)
        if given is None:
            return None
        at = now()
        rows = self._session.execute(
            credential_rows(APIToken, self._session.tenant_id).where(APIToken.kid == given.kid)
        )
        row, account = next(iter(credentials(rows)), (None, None))
        genuine = matches(given.secret, row.secret_sha256 if row is not None else _NOTHING)
        if row is None or account is None or not genuine:
            return None
        if row.revoked_at is not None or row.expires_at <= at or not account.active:
            return None
        if row.last_used_at is None or at - row.last_used_at >= timedelta(
            seconds=self._settings.seen_resolution
        ):
            self._seen(self._session.tenant_id, "api_token", row.id, at)
        return token_info(row, account)

    def list(self, account_id: UUID | None = None) -> Sequence[TokenInfo]:
        """Return the tokens, of one account or of all, newest first, the dead ones too."""
        statement = credential_rows(APIToken, self._session.tenant_id)
        if account_id is not None:
            statement = statement.where(APIToken.account_id == account_id)
        rows = self._session.execute(statement.order_by(APIToken.id.desc()))
        return [token_info(row, account) for row, account in credentials(rows)]

    def revoke(self, kid: str) -> TokenInfo:
        """Revoke the token with this kid."""
        rows = self._session.execute(
            credential_rows(APIToken, self._session.tenant_id).where(APIToken.kid == kid)
        )
        row, account = next(iter(credentials(rows)), (None, None))
        if row is None or account is None:
            raise NotFound(f"There is no token {kid}.")
        if row.revoked_at is None:
            row.revoked_at = now()
            self._session.flush()
            self._events().emit(TokenRevoked(str(row.id), row.kid, str(row.account_id)))
        return token_info(row, account)

    def _days(self, days: int | None) -> int:
        wanted, most = self._settings.token_days if days is None else days, self._settings.token_days_max
        if not 1 <= wanted <= most:
            detail = f"Use 1 to {most} days. You gave {wanted}."
            raise Invalid(errors=[FieldError("days", detail)])
        return wanted


def _label(text: str) -> str:
    label = " ".join(text.split())
    if len(label) > 200:
        raise Invalid(errors=[FieldError("label", f"Use at most 200 characters. You typed {len(label)}.")])
    return label


def _scopes(scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    for scope in wanted:
        if not _SCOPE.fullmatch(scope):
            detail = f"A scope is an action such as view or ingest. You gave {scope!r}."
            raise Invalid(errors=[FieldError("scopes", detail)])
    return wanted


def _networks(networks: Iterable[str]) -> list[str]:
    found = []
    for text in networks:
        try:
            found.append(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError:
            detail = f"Use a network such as 192.0.2.0/24. You gave {text!r}."
            raise Invalid(errors=[FieldError("networks", detail)]) from None
    return sorted(set(found))


def tokens_factory(context: Any, request: Any) -> SQLTokens:
    """Return the API tokens of the tenant of this request."""
    return SQLTokens(
        request.db,
        settings=settings_of(request.registry, AccountsSettings),
        events=partial(request.find_service, Events),
        seen=seen_of(request.registry).note,
    )
