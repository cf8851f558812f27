"""An operator's way into a tenant in a real browser, without script, and the screens on it."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import expect

from insula.features.interfaces import Sections
from tests.browser.test_every_screen import AXE, SIDEWAYS, THEMES, WIDTHS, keep, open_page
from tests.installations import install
from tests.makers import PASSWORD, TenantHandle, make_tenant
from tests.services.ports import free_ports

REASON = "ticket 812"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """A tenant and the console of one installation, and the address of each."""
    from waitress.server import create_server

    (port,) = free_ports(1)
    public = {"insula.web.public_scheme": "http", "insula.web.public_port": str(port)}
    made = install(
        "sqlite", tmp_path_factory.mktemp("handoff"), **public, **{"insula.security.development": "true"}
    )
    flights, console = (
        TenantHandle(
            made, make_tenant(made.registry, name, hosts=[f"{name}.localhost"], console=name == "console")
        )
        for name in ("flights", "console")
    )
    server = create_server(made.app, host="127.0.0.1", port=port, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield flights, console, port
    server.close()
    thread.join(5)
    made.close()


def look(page, axe):
    """Return what is wrong with the page that is shown, by its own address."""
    page.evaluate(axe)
    wrong = page.evaluate(AXE)
    over = page.evaluate(SIDEWAYS)
    if over > 0:
        wrong.append(f"scrolls sideways by {over} px")
    keep(page, page.url.partition("?")[0])
    return [f"{page.url}: {one}" for one in wrong]


def sign_in(page, email):
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("form#sign-in button")


def begin(page, tenant):
    page.goto(f"{tenant}/operator")
    page.fill("#f-reason", REASON)
    page.click("form#operator button")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_an_operator_asks_is_let_in_and_leaves(hosts, chromium, axe, width, theme):
    flights, console, port = hosts
    tenant, desk = f"http://{flights.host}:{port}", f"http://{console.host}:{port}"
    owner_email, operator_email = flights.person("owner").email, console.person("admin").email
    owner, operator = open_page(chromium, width, theme), open_page(chromium, width, theme)
    operator.goto(f"{tenant}/operator")
    wrong = look(operator, axe)
    begin(operator, tenant)
    sign_in(operator, operator_email)
    assert operator.url.startswith(f"{desk}/operator/")
    wrong += look(operator, axe)
    operator.click("form#authorize button")
    assert "is asked" in operator.inner_text("h1")
    wrong += look(operator, axe)
    owner.goto(f"{tenant}/account/@@sign-in?next=/admin/operators")
    sign_in(owner, owner_email)
    wrong += look(owner, axe)
    owner.click("form[action$=grant] button")
    begin(operator, tenant)
    operator.click("form#authorize button")
    assert operator.url.startswith(f"{tenant}/operator/callback?")
    wrong += look(operator, axe)
    operator.click("form#callback button")
    assert operator.url == f"{tenant}/admin"
    assert f"as an operator. Reason: {REASON}." in " ".join(operator.inner_text(".visit").split())
    wrong += look(operator, axe)
    owner.reload()
    wrong += look(owner, axe)
    operator.click("form#visit button")
    wrong += look(operator, axe)
    assert operator.goto(f"{tenant}/admin").status == 401
    flights.installation.drain()
    operator.goto(f"{desk}/admin/mail")
    wrong += look(operator, axe)
    operator.click("th[scope=row] a")
    wrong += look(operator, axe)
    for page in (owner, operator):
        # The browser would say so here if a form were kept from leading to the other host.
        wrong += [said for said in page.said if "Content Security Policy" in said]
        page.context.close()
    assert wrong == []


def test_the_way_in_needs_no_script(hosts, chromium):
    flights, console, port = hosts
    tenant = f"http://{flights.host}:{port}"
    with flights.work() as work:
        work.find_service(Sections).change("operators", settings={"access": "always"}, actor=None)
    page = open_page(chromium, 1440, "light", script=False)
    begin(page, tenant)
    sign_in(page, console.person("admin").email)
    page.click("form#authorize button")
    page.click("form#callback button")
    expect(page).to_have_url(f"{tenant}/admin")
    page.context.close()
