"""An operator at the console, and a browser that goes to and fro."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from insula.features.interfaces import Sections
from insula.kit.errors import NotFound
from insula.tenancy.interfaces import find_console
from tests.installations import Installation
from tests.makers import TenantHandle

REASON = "ticket 812"


def path_of(address: str) -> str:
    """Return path and query of an address, as the host it names is asked."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def host_of(address: str) -> str:
    """Return the host of an address."""
    return urlsplit(address).netloc


@dataclass
class Flow:
    """One operator at the console, and the steps of the hand-off."""

    console: TenantHandle
    operator: Any

    def begin(self, browser: Any, *, following: str = "", reason: str = REASON) -> str:
        """Say why on the tenant's host, and return the console's address."""
        page = browser.get(f"/operator?next={following}" if following else "/operator")
        form = page.forms["operator"]
        form["reason"] = reason
        answer = form.submit()
        assert answer.status_int == 303, answer
        return str(answer.location)

    def confirm(self, address: str, **options: Any) -> Any:
        """Press the button at the console."""
        return self.operator.get(path_of(address)).forms["authorize"].submit(**options)

    def code_for(self, browser: Any) -> str:
        """Return the address on the tenant's host that carries the code."""
        answer = self.confirm(self.begin(browser))
        assert answer.status_int == 303, answer
        return str(answer.location)

    def redeem(self, browser: Any, address: str, **options: Any) -> Any:
        """Press the button that redeems the code."""
        return browser.get(path_of(address)).forms["callback"].submit(**options)

    def enter(self, handle: TenantHandle) -> Any:
        """Go the whole way and return the browser, which is in."""
        browser = handle.visitor()
        answer = self.redeem(browser, self.code_for(browser))
        assert answer.status_int == 303, answer
        return browser


@pytest.fixture
def console(installation: Installation) -> TenantHandle:
    """The console of this installation."""
    try:
        return TenantHandle(installation, find_console(installation.registry))
    except NotFound:
        return installation.tenant("console", console=True)


@pytest.fixture
def flow(console: TenantHandle) -> Flow:
    """An administrator of the console, signed in."""
    return Flow(console, console.signed_in("admin"))


@pytest.fixture
def decide(installation: Installation) -> Callable[[TenantHandle, str], None]:
    """Set whether a tenant lets operators in."""

    def to(handle: TenantHandle, access: str) -> None:
        with handle.work() as work:
            work.find_service(Sections).change("operators", settings={"access": access}, actor=None)

    return to
