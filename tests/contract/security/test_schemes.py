"""Both schemes pass the contract, over real rows."""

from contextlib import contextmanager

import pytest

from insula.accounts.interfaces import Accounts, SignIns, Tokens
from insula.security.contract import SchemeContract
from insula.security.cookies import session_cookie
from insula.security.schemes.session import SessionScheme
from insula.security.schemes.token import TokenScheme
from tests.installations import install
from tests.makers import unique


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    made = install("sqlite", tmp_path_factory.mktemp("schemes"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def tenants(installation):
    return installation.tenant("here"), installation.tenant("elsewhere")


class InInstallation(SchemeContract):
    @pytest.fixture(autouse=True)
    def _tenants(self, installation, tenants):
        self.registry = installation.registry
        self.here, self.elsewhere = tenants

    @contextmanager
    def request(self, credentials, *, elsewhere=False):
        with (self.elsewhere if elsewhere else self.here).work(writing=False) as request:
            if credentials is not None:
                self.carry(request, credentials)
            yield request


class TestToken(InInstallation):
    def scheme(self):
        return TokenScheme(self.registry)

    def carry(self, request, credentials):
        request.headers["Authorization"] = f"Bearer {credentials[1]}"

    def credentials(self):
        with self.here.work() as work:
            account = work.find_service(Accounts).service_account(unique("robot"), ["editor"])
            info, text = work.find_service(Tokens).create(account.id, label="contract")
        return info, text

    def account_of(self, credentials):
        return credentials[0].account.id

    def spoiled(self, credentials):
        info, text = credentials
        for bad in (
            "",
            "insula_",
            text[:-1],
            text + "x",
            text.swapcase(),
            text.replace("_", "-"),
            "x" * 5000,
        ):
            yield info, bad
        kid, secret = text.split("_")[1:3]
        yield info, text.replace(secret, secret[::-1])
        yield info, text.replace(kid, kid[::-1])

    def withdraw(self, credentials):
        with self.here.work() as work:
            work.find_service(Tokens).revoke(credentials[0].kid)

    def test_another_kind_of_authorization_is_not_its_own(self):
        with self.here.work(writing=False) as request:
            request.headers["Authorization"] = "Basic YTpi"
            assert not self.scheme().handles(request)

    def test_scopes_and_networks_come_along(self):
        with self.here.work() as work:
            account = work.find_service(Accounts).service_account(unique("robot"), ["editor"])
            made = work.find_service(Tokens).create(account.id, scopes=["view"], networks=["10.0.0.0/8"])
        found = self.identify(made)
        assert (found.scopes, found.networks) == ({"view"}, ("10.0.0.0/8",))
        assert self.identify(self.credentials()).scopes == {"*"}


class TestSession(InInstallation):
    def scheme(self):
        return SessionScheme(self.registry)

    def carry(self, request, credentials):
        request.headers["Cookie"] = f"{session_cookie(self.registry)}={credentials[1]}"

    def credentials(self):
        person = self.here.person("editor")
        with self.here.work() as work:
            info, secret = work.find_service(SignIns).start(person.id, address="192.0.2.1", user_agent="test")
        return info, secret

    def account_of(self, credentials):
        return credentials[0].account.id

    def spoiled(self, credentials):
        info, secret = credentials
        for bad in (secret[:-1], secret + "x", secret[::-1], secret.swapcase(), "x" * 3000):
            yield info, bad

    def withdraw(self, credentials):
        with self.here.work() as work:
            info = credentials[0]
            assert work.find_service(SignIns).end(info.account.id, info.id)

    def test_the_cookie_is_bound_to_this_host_and_out_of_reach_of_scripts(self):
        with self.request(None) as request:
            ((name, value),) = self.scheme().remember(request, secret="s3cret")
        assert name == "Set-Cookie"
        assert value.startswith("__Host-insula-session=s3cret; ")
        assert {"Path=/", "secure", "HttpOnly", "SameSite=Lax"} <= set(value.split("; "))
        assert "Domain" not in value
