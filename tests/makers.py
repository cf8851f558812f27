"""Makes tenants, people and tokens for tests, through services only."""

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from insula.accounts.interfaces import AccountInfo, Accounts, HashedPassword, Passwords, Tokens
from insula.db.work import system_work, tenant_work
from insula.tenancy.interfaces import Tenant, Tenants

PASSWORD = "correct horse battery staple 7"  # a password of test accounts only

_numbers = itertools.count(1)


def unique(prefix: str) -> str:
    """Return a name nobody used before, in this run or an earlier one."""
    return f"{prefix}-{next(_numbers)}-{uuid.uuid4().hex[:8]}"


def make_tenant(
    registry: Any, prefix: str = "one", *, hosts: Sequence[str] = (), console: bool = False
) -> Tenant:
    """Make a tenant on a host of its own."""
    name = unique(prefix)
    with system_work(registry, reason="a test makes a tenant", writing=False) as work:
        return work.find_service(Tenants).create(
            name, name.title(), hosts or [f"{name}.localhost"], console=console
        )


_HASHED: list[HashedPassword] = []


def hashed(registry: Any, tenant: Tenant) -> HashedPassword:
    """Return the hash of `PASSWORD`: made once in a process, since making it takes what it is meant to take."""
    if not _HASHED:
        with tenant_work(registry, tenant.id, writing=False) as work:
            _HASHED.append(work.find_service(Passwords).hash(PASSWORD))
    return _HASHED[0]


def make_person(registry: Any, tenant: Tenant, role: str | None, email: str | None = None) -> AccountInfo:
    """Make a person with one role and the password `PASSWORD`."""
    password = hashed(registry, tenant)
    with tenant_work(registry, tenant.id) as work:
        return work.find_service(Accounts).create_person(
            email or f"{unique(role or 'nobody')}@example.com",
            (role or "nobody").title(),
            password,
            [role] if role else [],
        )


def make_token(registry: Any, tenant: Tenant, role: str | None, **options: Any) -> str:
    """Make a service account with one role and return the text of a token of it."""
    with tenant_work(registry, tenant.id) as work:
        account = work.find_service(Accounts).service_account(unique("service"), [role] if role else [])
        _, text = work.find_service(Tokens).create(account.id, label="test", **options)
        return text


@dataclass
class TenantHandle:
    """One tenant of a test: its host, and clients that ask as its people and tokens."""

    installation: Any
    tenant: Tenant
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The canonical host."""
        return self.tenant.canonical_host

    def token(self, role: str = "admin", **options: Any) -> str:
        """Return the text of a token of a service account with this role."""
        if options:
            return make_token(self.installation.registry, self.tenant, role, **options)
        if role not in self._tokens:
            self._tokens[role] = make_token(self.installation.registry, self.tenant, role)
        return self._tokens[role]

    def person(self, role: str | None = "editor", email: str | None = None) -> AccountInfo:
        """Make a person with this role."""
        return make_person(self.installation.registry, self.tenant, role, email)

    def visitor(self, **environ: str) -> Any:
        """Return a client that is nobody."""
        return self.installation.client(self.host, **environ)

    def api(self, role: str = "admin", **options: Any) -> Any:
        """Return a client that sends a token of this role."""
        client = self.visitor()
        client.authorization = ("Bearer", self.token(role, **options))
        return client

    def signed_in(self, role: str | None = "editor", email: str | None = None) -> Any:
        """Return a browser signed in, through the form, as a new person of this role."""
        person = self.person(role, email)
        client = self.visitor()
        form = client.get("/account/@@sign-in").forms["sign-in"]
        form["email"], form["password"] = person.email, PASSWORD
        response = form.submit()
        assert response.status_int == 303, response
        client.person = person
        return client

    def work(self, *, writing: bool = True) -> Any:
        """Return a unit of work of this tenant."""
        return tenant_work(self.installation.registry, self.tenant.id, writing=writing)
