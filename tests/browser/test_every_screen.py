"""Every screen and page, at two widths and in two themes: reachable by everybody, and quiet."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from insula.admin.interfaces import panels

SITES = ("seattle", "bay")
WIDTHS = (390, 1440)
THEMES = ("light", "dark")
HEIGHT = 900
PER_PANEL = 4
SHOTS = os.environ.get("INSULA_SHOTS")

SIDEWAYS = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
AXE = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map(one => one.id + ": " + one.nodes.map(node => node.target.join(" ")).join(" | "));
}"""


def open_page(chromium, width, theme, cookies=None, *, script=True):
    context = chromium.new_context(
        viewport={"width": width, "height": HEIGHT},
        color_scheme=theme,
        reduced_motion="reduce",
        java_script_enabled=script,
    )
    if cookies:
        context.add_cookies(cookies)
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    return page


def findings(page, axe, url, *, status=200):
    """Open an address and return everything that is wrong with what it shows."""
    page.said.clear()
    answer = page.goto(url)
    wrong = []
    if answer.status != status:
        wrong.append(f"answers {answer.status}")
    page.evaluate(axe)
    wrong += page.evaluate(AXE)
    over = page.evaluate(SIDEWAYS)
    if over > 0:
        wrong.append(f"scrolls sideways by {over} px")
    # A browser reports every answer that is an error; one we asked for is none.
    wrong += [said for said in page.said if not (status >= 400 and "Failed to load resource" in said)]
    keep(page, url)
    return [f"{url}: {one}" for one in wrong]


def keep(page, url):
    if not SHOTS:
        return
    size, theme = (
        page.viewport_size["width"],
        page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"),
    )
    host, _, path = url.removeprefix("http://").partition("/")
    name = f"{host.partition('.')[0]}_{re.sub('[^a-z0-9_-]+', '_', path) or 'home'}"
    folder = Path(SHOTS)
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}-{size}-{'dark' if theme else 'light'}.png", full_page=True)


def admin_addresses(page, served, tenant):
    """Return the home, every registered panel that is offered, and the first screens below each."""
    page.goto(served.url(tenant, "/admin"))
    offered = page.eval_on_selector_all(
        "#nav .menu a", "links => links.map(link => link.getAttribute('href'))"
    )
    found = list(offered)
    for start in offered[1:]:
        page.goto(served.url(tenant, start))
        inside = page.eval_on_selector_all(
            "#main a[href]", "links => links.map(link => link.getAttribute('href').split('#')[0])"
        )
        below = [url for url in dict.fromkeys(inside) if url.startswith(f"{start}/")]
        found += below[:PER_PANEL]
    return list(dict.fromkeys(found))


def test_every_registered_panel_is_walked(served, chromium, tenant, cookies):
    page = open_page(chromium, 1440, "light", cookies)
    walked = admin_addresses(page, served, tenant)
    page.context.close()
    registry = served.installation.registry
    expected = {f"/admin/{panel.name}" for panel in panels(registry) if panel.group != "Installation"}
    assert expected <= set(walked)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_administration_is_reachable_by_everybody(served, chromium, tenant, cookies, axe, width, theme):
    page = open_page(chromium, width, theme, cookies)
    wrong = []
    for path in admin_addresses(page, served, tenant):
        wrong += findings(page, axe, served.url(tenant, path))
    wrong += findings(page, axe, served.url(tenant, "/admin/no-such-screen"), status=404)
    for path in ("/account", "/account/@@password", "/account/@@email", "/account/@@name"):
        wrong += findings(page, axe, served.url(tenant, path))
    page.context.close()
    assert wrong == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SITES)
def test_the_site_and_the_way_in_are_reachable_by_everybody(served, chromium, sites, axe, name, width, theme):
    site = sites[name]
    page = open_page(chromium, width, theme)
    page.goto(served.url(site, "/"))
    found = page.eval_on_selector_all(
        "a[href^='/']", "links => links.map(link => link.getAttribute('href').split('#')[0])"
    )
    wrong = []
    for path in list(dict.fromkeys(["/", *found]))[:12]:
        if not path.startswith(("/api", "/admin", "/account")):
            wrong += findings(page, axe, served.url(site, path))
    for path in ("/account/@@sign-in", "/account/@@forgot"):
        wrong += findings(page, axe, served.url(site, path))
    wrong += findings(page, axe, served.url(site, "/account/@@reset?link=x"), status=404)
    wrong += findings(page, axe, served.url(site, "/no-such-page"), status=404)
    page.context.close()
    assert wrong == []


def test_nothing_scrolls_sideways_on_the_smallest_screen(served, chromium, tenant, cookies):
    page = open_page(chromium, 320, "light", cookies)
    wide = []
    for path in admin_addresses(page, served, tenant):
        page.goto(served.url(tenant, path))
        if page.evaluate(SIDEWAYS) > 0:
            wide.append(path)
    page.context.close()
    assert wide == []


def test_the_menu_opens_and_closes_on_a_phone_without_script(served, chromium, tenant, cookies):
    page = open_page(chromium, 390, "light", cookies, script=False)
    page.goto(served.url(tenant, "/admin"))
    menu = page.locator("#nav")
    expect(menu).to_be_hidden()
    page.click("header.top button")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.click("header.top button")
    page.click("#nav a[href='/admin/features']")
    expect(page).to_have_url(re.compile("/admin/features$"))
    page.context.close()


def test_the_first_tab_offers_to_skip_to_the_content(served, chromium, tenant, cookies):
    page = open_page(chromium, 1440, "light", cookies)
    page.goto(served.url(tenant, "/admin/features"))
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.context.close()


def test_a_failed_save_takes_the_focus_to_what_is_wrong(served, chromium, tenant, cookies, axe):
    page = open_page(chromium, 390, "dark", cookies)
    page.goto(served.url(tenant, "/admin/features/streams"))
    field = page.locator("form#feature input[inputmode=numeric]").first
    expect(field).to_have_count(1)
    field.fill("many")
    page.click("form#feature button[type=submit]")
    expect(page.locator("#errors")).to_be_focused()
    page.click("#errors a")
    expect(page.locator(":focus")).to_have_attribute("aria-invalid", "true")
    page.evaluate(axe)
    assert page.evaluate(AXE) == []
    keep(page, page.url + "-wrong")
    page.context.close()


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])
def test_a_late_save_shows_both_versions(served, chromium, tenant, cookies, axe, width, theme):
    address = served.url(tenant, "/admin/features/streams")
    early, late = (open_page(chromium, width, theme, cookies) for _ in range(2))
    early.goto(address)
    late.goto(address)
    early.fill("#f-max_page", str(width // 2))
    early.click("form#feature button[type=submit]")
    assert "Saved." in early.inner_text("[role=status]")
    late.fill("#f-max_page", "777")
    late.click("form#feature button[type=submit]")
    expect(late.locator("#compared td")).to_have_text([str(width // 2), "777"])
    expect(late.locator(":focus")).to_contain_text("meanwhile")
    late.evaluate(axe)
    assert late.evaluate(AXE) == []
    assert late.evaluate(SIDEWAYS) <= 0
    keep(late, late.url + "-late")
    early.context.close()
    late.context.close()


def test_a_screen_costs_few_requests_and_few_bytes(served, chromium, tenant, cookies):
    page = open_page(chromium, 1440, "light", cookies)
    asked, scripts = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: scripts.append(answer.url) if answer.url.endswith(".js") else None)
    answer = page.goto(served.url(tenant, "/admin/features"))
    page.wait_for_load_state("networkidle")
    assert len(asked) <= 6
    assert scripts == []
    assert len(answer.body()) < 60_000
    page.context.close()
