"""A served installation and a browser: what the pages do where people meet them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from insula.tenancy.interfaces import find_tenant
from tests.installations import install
from tests.makers import PASSWORD, TenantHandle

SITES = ("seattle", "bay")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Served:
    """An installation that answers on a port of this machine."""

    installation: object
    port: int

    def url(self, handle: TenantHandle, path: str = "/") -> str:
        """Return the address of a path on the tenant's host."""
        return f"http://{handle.host}:{self.port}{path}"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An installation over SQLite, served by Waitress."""
    from waitress.server import create_server

    folder = tmp_path_factory.mktemp("browser")
    development = {"insula.web.public_scheme": "http", "insula.security.development": "true"}
    installation = install("sqlite", folder, **development)
    server = create_server(installation.app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield Served(installation, server.effective_port)
    server.close()
    thread.join(5)
    installation.close()


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[object]:
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe(axe_path: str) -> str:
    """The source of axe-core, which looks for barriers in a page."""
    return Path(axe_path).read_text()


@pytest.fixture(scope="session")
def sites(served: Served) -> dict[str, TenantHandle]:
    """Two demonstration tenants with their pages and records, one in each theme; tests look and do not change."""
    from insula.demo.loader import load
    from insula.demo.plans import PLANS

    registry = served.installation.registry
    for plan in PLANS:
        if plan.name in SITES:
            load(registry, plan, lambda email: PASSWORD, lambda count: None)
    served.installation.drain()
    return {name: TenantHandle(served.installation, find_tenant(registry, name)) for name in SITES}


@pytest.fixture(scope="session")
def tenant(sites: dict[str, TenantHandle]) -> TenantHandle:
    """The tenant whose administration is walked."""
    return sites[SITES[0]]


@pytest.fixture(scope="session")
def cookies(served: Served, chromium: object, tenant: TenantHandle) -> list[dict[str, object]]:
    """The cookies of an owner who signed in through the form."""
    person = tenant.person("owner")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(served.url(tenant, "/account/@@sign-in?next=/admin"))
    page.fill("#email", person.email)
    page.fill("#password", PASSWORD)
    page.click("form#sign-in button")
    page.wait_for_url("**/admin")
    found = context.cookies()
    context.close()
    return found
