"""The suite that every scheme must pass: subclass it and fill in how its credentials are made and carried."""

# ruff: noqa: S101  # these are tests, and a test's name is its sentence

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from insula.security.interfaces import Identity, Scheme


class SchemeContract(ABC):
    """What holds of every scheme, however it knows its callers."""

    @abstractmethod
    def scheme(self) -> Scheme:
        """Return the scheme."""

    @abstractmethod
    def credentials(self) -> Any:
        """Return new credentials of a new account with the role `editor`, good in the first tenant."""

    @abstractmethod
    def account_of(self, credentials: Any) -> Any:
        """Return the id of the account that they name."""

    @abstractmethod
    def spoiled(self, credentials: Any) -> Iterable[Any]:
        """Yield credentials that look alike and must not hold."""

    @abstractmethod
    def withdraw(self, credentials: Any) -> None:
        """Take the credentials back, as their owner can."""

    @abstractmethod
    def request(self, credentials: Any, *, elsewhere: bool = False) -> AbstractContextManager[Any]:
        """Give a request of the first tenant, or of another, that carries them, or none when they are None."""

    def identify(self, credentials: Any, *, elsewhere: bool = False) -> Identity | None:
        """Return whom the scheme finds."""
        with self.request(credentials, elsewhere=elsewhere) as request:
            assert self.scheme().handles(request)
            return self.scheme().identify(request)

    def test_it_is_a_scheme(self) -> None:
        """It keeps the promise."""
        assert isinstance(self.scheme(), Scheme)

    def test_it_leaves_a_request_without_its_credentials_alone(self) -> None:
        """A visitor is nobody's."""
        with self.request(None) as request:
            assert not self.scheme().handles(request)

    def test_it_knows_good_credentials(self) -> None:
        """It names tenant, account, roles and itself."""
        credentials = self.credentials()
        with self.request(credentials) as request:
            found = self.scheme().identify(request)
            assert found is not None
            assert found.tenant_id == request.tenant_id
        assert found.account_id == self.account_of(credentials)
        assert found.roles == {"editor"}
        assert found.scheme == self.scheme().name
        assert found.signed_in_at is not None
        assert found.signed_in_at.tzinfo is not None

    def test_it_never_writes(self) -> None:
        """A GET stays a GET."""
        with self.request(self.credentials()) as request:
            self.scheme().identify(request)
            assert not request.db.writing

    def test_credentials_of_one_tenant_name_nobody_in_another(self) -> None:
        """Token, cookie and host must name the same tenant."""
        credentials = self.credentials()
        assert self.identify(credentials) is not None
        assert self.identify(credentials, elsewhere=True) is None

    def test_spoiled_credentials_name_nobody(self) -> None:
        """Handled, and nobody's: a silent scheme leaves the next to be asked, any other has the request refused."""
        good = self.credentials()
        tried = 0
        for bad in self.spoiled(good):
            assert self.identify(bad) is None, bad
            tried += 1
        assert tried >= 3
        assert self.identify(good) is not None

    def test_withdrawn_credentials_name_nobody_at_once(self) -> None:
        """Revocation holds at the next request."""
        credentials = self.credentials()
        assert self.identify(credentials) is not None
        self.withdraw(credentials)
        assert self.identify(credentials) is None

    def test_it_forgets_in_headers(self) -> None:
        """What it tells the client is a list of headers, empty where HTTP has none."""
        with self.request(None) as request:
            headers = self.scheme().forget(request)
        assert all(name == "Set-Cookie" and "Max-Age=0" in value for name, value in headers)
