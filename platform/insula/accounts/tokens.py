"""API tokens as rows."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, func, or_, select, update

from insula.accounts.credentials import TokenText, digest, matches
from insula.accounts.events import TokenCreated, TokenRevoked, TokenRotated
from insula.accounts.interfaces import (
    ELEVATED_DAYS,
    LONGEST_OVERLAP,
    MOST_NETWORKS,
    TokenColumns,
    TokenCounts,
    TokenInfo,
)
from insula.accounts.listing import account_columns
from insula.accounts.lives import TokenLives
from insula.accounts.models import Account, APIToken
from insula.accounts.remembered import remembered_of
from insula.accounts.rows import account_infos, account_rows, credential_rows, credentials, token_info
from insula.accounts.scopes import scope_flaws, scopes_of
from insula.accounts.seen import seen_of
from insula.accounts.settings import AccountsSettings
from insula.events.interfaces import Events
from insula.kit.clock import isoformat, now
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound
from insula.kit.settings import settings_of
from insula.kit.texts import unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from insula.accounts.interfaces import AccountInfo, TokenFilter
    from insula.accounts.remembered import Remembered

_NOTHING: Final = bytes(32)
_SOON: Final = timedelta(days=7)


class SQLTokens:
    """The API tokens of the tenant its session is bound to."""

    def __init__(
        self,
        session: Any,
        *,
        lives: Callable[[], TokenLives],
        resolution: int,
        known_scopes: Sequence[str],
        events: Callable[[], Events],
        seen: Callable[[UUID, str, UUID, datetime], None],
        remembered: Callable[[], Remembered],
    ) -> None:
        self._session = session
        self._remembered = remembered
        self._lives = lives
        self._resolution = timedelta(seconds=resolution)
        self._known_scopes = known_scopes
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
        elevated: bool = False,
    ) -> tuple[TokenInfo, str]:
        """Make a token for an account and return it with its text."""
        rows = self._session.execute(account_rows(self._session.tenant_id).where(Account.id == account_id))
        account = next(iter(account_infos(rows)), None)
        if account is None or not account.active:
            raise NotFound("There is no such account.")
        label, scopes, networks = " ".join(label.split()), sorted(set(scopes)), list(networks)
        lives, most = self._bounds(elevated=elevated)
        days = min(lives, most) if days is None else days
        errors = [*scope_flaws(scopes, self._known_scopes), *_flaws(label, networks)]
        if not 1 <= days <= most:
            which = " for an administration token" if elevated else ""
            errors.append(FieldError("days", f"Use 1 to {most} days{which}. You gave {days}."))
        if errors:
            raise Invalid(errors=errors)
        at, text = now(), TokenText.new()
        row = APIToken(
            account_id=account_id,
            kid=text.kid,
            secret_sha256=digest(text.secret),
            label=label,
            scopes=scopes,
            networks=sorted({str(_network(each)) for each in networks}),
            created_at=at,
            expires_at=at + timedelta(days=days),
            elevated=elevated,
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
                elevated=elevated,
            ),
        )
        return token_info(row, account), str(text)

    def find(self, text: str) -> TokenInfo | None:
        """Return the live token of this text in this tenant, in one statement."""
        given = TokenText.parse(text)
        if given is None:
            return None
        at, key = now(), digest(str(given))
        found = self._remembered().find(key) or self._genuine(given)
        if not isinstance(found, TokenInfo) or found.expires_at <= at:
            return None
        if found.last_used_at is None or at - found.last_used_at >= self._resolution:
            self._seen(self._session.tenant_id, "api_token", found.id, at)
            self._remembered().keep(key, replace(found, last_used_at=at))
        else:
            self._remembered().keep(key, found)
        return found

    def _genuine(self, given: TokenText) -> TokenInfo | None:
        """Return the token with this kid and secret, unless it or its account is dead; expiry is not looked at."""
        row, account = self._row(given.kid)
        genuine = matches(given.secret, row.secret_sha256 if row is not None else _NOTHING)
        if row is None or account is None or not genuine or row.revoked_at is not None or not account.active:
            return None
        return token_info(row, account)

    def by_kid(self, kid: str) -> TokenInfo | None:
        """Return the token with this kid, dead or alive."""
        row, account = self._row(kid)
        return None if row is None or account is None else token_info(row, account)

    def list(
        self,
        account_id: UUID | None = None,
        *,
        state: TokenFilter | None = None,
        elevated: bool | None = None,
        find: str = "",
        where: ColumnElement[bool] | None = None,
        after: UUID | None = None,
        limit: int | None = None,
    ) -> Sequence[TokenInfo]:
        """Return the tokens, of one account or of all, newest first, the dead ones too."""
        wanted = [*self._own(account_id)]
        if state is not None:
            wanted.append(_in_state(state, now()))
        if elevated is not None:
            wanted.append(APIToken.elevated.is_(elevated))
        if find:
            wanted.append(
                or_(
                    APIToken.label.icontains(find, autoescape=True),
                    Account.name.icontains(find, autoescape=True),
                )
            )
        if where is not None:
            wanted.append(where)
        if after is not None:
            wanted.append(APIToken.id < after)
        # Limited before roles are joined, since a token is as many rows as its account has roles.
        ids = _with_accounts(select(APIToken.id)).where(*wanted).order_by(APIToken.id.desc()).limit(limit)
        statement = credential_rows(APIToken, self._session.tenant_id).where(APIToken.id.in_(ids))
        rows = self._session.execute(statement.order_by(APIToken.id.desc()))
        return [token_info(row, account) for row, account in credentials(rows)]

    @property
    def columns(self) -> TokenColumns:
        """What a condition about tokens may read."""
        return TokenColumns(APIToken.kid, APIToken.elevated, account_columns(self._session.tenant_id))

    def counts(self, account_id: UUID | None = None) -> TokenCounts:
        """Count the tokens that work, of one account or of all, in one statement."""
        at = now()

        def such(condition: ColumnElement[bool]) -> ColumnElement[int]:
            return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

        statement = _with_accounts(
            select(func.count(), such(_in_state("expiring", at)), such(APIToken.elevated.is_(True)))
        ).where(*self._own(account_id), _in_state("live", at))
        live, expiring, elevated = self._session.execute(statement).one()
        return TokenCounts(int(live), int(expiring), int(elevated))

    def live_by_account(self) -> Mapping[UUID, int]:
        """Return how many tokens that work each account has, in one statement."""
        statement = (
            _with_accounts(select(APIToken.account_id, func.count()))
            .where(*self._own(None), _in_state("live", now()))
            .group_by(APIToken.account_id)
        )
        return {account_id: int(count) for account_id, count in self._session.execute(statement)}

    def rotate(self, kid: str, *, overlap: int, days: int | None = None) -> tuple[TokenInfo, str]:
        """Make the token that takes the place of this one, and return it with its text."""
        if not 0 <= overlap <= LONGEST_OVERLAP:
            detail = f"Use 0 to {LONGEST_OVERLAP:,} seconds, which are 30 days. You gave {overlap:,}."
            raise Invalid(errors=[FieldError("overlap", detail)])
        row, account = self._row(kid)
        if row is None or account is None:
            raise _missing(kid)
        at = now()
        _refuse_unless_rotatable(token_info(row, account), at)
        _, most = self._bounds(elevated=row.elevated)
        lifetime = max(1, round((row.expires_at - row.created_at) / timedelta(days=1)))
        until = min(row.expires_at, at + timedelta(seconds=overlap))
        new, text = self.create(
            account.id,
            label=row.label,
            scopes=row.scopes,
            networks=row.networks,
            days=min(lifetime, most) if days is None else days,
            elevated=row.elevated,
        )
        # The state is part of the condition, so that of two who rotate at once one is told.
        taken = self._session.execute(
            update(APIToken)
            .where(
                APIToken.tenant_id == self._session.tenant_id,
                APIToken.kid == kid,
                APIToken.successor.is_(None),
                APIToken.revoked_at.is_(None),
            )
            .values(successor=new.kid, expires_at=until)
            .execution_options(synchronize_session="evaluate")
        )
        if taken.rowcount != 1:
            raise Conflict(f"The token {kid} was rotated or revoked meanwhile.")
        self._events().emit(TokenRotated(str(row.id), kid, str(account.id), new.kid, isoformat(until)))
        return new, text

    def revoke(self, kid: str) -> TokenInfo:
        """Revoke the token with this kid."""
        row, account = self._row(kid)
        if row is None or account is None:
            raise _missing(kid)
        if row.revoked_at is None:
            row.revoked_at = now()
            self._session.flush()
            self._events().emit(TokenRevoked(str(row.id), row.kid, str(row.account_id)))
        return token_info(row, account)

    def _row(self, kid: str) -> tuple[APIToken, AccountInfo] | tuple[None, None]:
        rows = self._session.execute(
            credential_rows(APIToken, self._session.tenant_id).where(APIToken.kid == kid)
        )
        return next(iter(credentials(rows)), (None, None))

    def _own(self, account_id: UUID | None) -> Iterable[ColumnElement[bool]]:
        yield APIToken.tenant_id == self._session.tenant_id
        yield Account.tenant_id == self._session.tenant_id
        if account_id is not None:
            yield APIToken.account_id == account_id

    def _bounds(self, *, elevated: bool) -> tuple[int, int]:
        """Return how many days a token lives when nothing is said, and at most."""
        lives = self._lives()
        return lives.days, min(lives.days_max, ELEVATED_DAYS) if elevated else lives.days_max


def _with_accounts(statement: Any) -> Any:
    return statement.join(
        Account, and_(Account.tenant_id == APIToken.tenant_id, Account.id == APIToken.account_id)
    )


def _in_state(state: TokenFilter, at: datetime) -> ColumnElement[bool]:
    if state == "revoked":
        return APIToken.revoked_at.is_not(None)
    if state == "expired":
        return and_(APIToken.revoked_at.is_(None), APIToken.expires_at <= at)
    live = and_(APIToken.revoked_at.is_(None), APIToken.expires_at > at, Account.active.is_(True))
    if state == "live":
        return live
    return and_(live, APIToken.expires_at <= at + _SOON, APIToken.successor.is_(None))


def _refuse_unless_rotatable(token: TokenInfo, at: datetime) -> None:
    state = token.state(at)
    if state == "revoked":
        raise Conflict(f"The token {token.kid} is revoked. Make a new one.")
    if token.successor is not None:
        raise Conflict(f"The token {token.kid} was rotated already. Rotate {token.successor}, its successor.")
    if state == "expired":
        raise Conflict(f"The token {token.kid} has expired. Make a new one.")
    if state == "inactive":
        raise Conflict(f"The account of the token {token.kid} is not active.")


def _missing(kid: str) -> NotFound:
    return NotFound(f"There is no token {kid}.")


def _flaws(label: str, networks: Collection[str]) -> Iterator[FieldError]:
    if len(label) > 200:
        yield FieldError("label", f"Use at most 200 characters. You typed {len(label)}.")
    hidden = unseen(label)
    if hidden:
        yield FieldError("label", hidden)
    if len(networks) > MOST_NETWORKS:
        yield FieldError("networks", f"Give at most {MOST_NETWORKS} networks. You gave {len(networks)}.")
        return
    for text in networks:
        if _network(text) is None:
            yield FieldError("networks", f"Use a network such as 192.0.2.0/24. You gave {text!r}.")
            break


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    if "%" in text:
        # The zone of a link, which means something on one machine only.
        return None
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def tokens_factory(context: Any, request: Any) -> SQLTokens:
    """Return the API tokens of the tenant of this request."""
    settings = settings_of(request.registry, AccountsSettings)
    return SQLTokens(
        request.db,
        lives=partial(request.section, "tokens"),
        resolution=settings.seen_resolution,
        known_scopes=scopes_of(request.registry),
        events=partial(request.find_service, Events),
        seen=seen_of(request.registry).note,
        remembered=partial(remembered_of, request.registry, request.db),
    )
