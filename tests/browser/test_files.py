"""Files in a browser: uploaded, described and shown without a line of JavaScript, and reachable by everybody."""

from __future__ import annotations

import pytest

from tests.browser.test_every_screen import THEMES, WIDTHS, findings, open_page
from tests.makers import PASSWORD
from tests.unit.files.pictures import picture


@pytest.fixture(scope="module")
def tenant(served):
    """A tenant of these tests' own."""
    return served.installation.tenant("files")


@pytest.fixture(scope="module")
def cookies(served, chromium, tenant):
    """The cookies of an editor who signed in through the form."""
    person = tenant.person("editor")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served.url(tenant, "/account/@@sign-in?next=/admin/files"))
    page.fill("#email", person.email)
    page.fill("#password", PASSWORD)
    page.click("form#sign-in button")
    page.wait_for_url("**/admin/files")
    found = context.cookies()
    context.close()
    return found


@pytest.fixture(scope="module")
def photo(served, chromium, tenant, cookies, tmp_path_factory):
    """The address of an image, put there by hand."""
    place = tmp_path_factory.mktemp("photo") / "Der Pier.jpg"
    place.write_bytes(picture("JPEG", (1200, 600), turned=6))
    page = open_page(chromium, 1440, "light", cookies, script=False)
    page.goto(served.url(tenant, "/admin/files"))
    page.click("text=Upload…")
    page.set_input_files("input[type=file]", place)
    page.fill("textarea[name=alt]", "The pier at noon")
    page.check("input[name=public]")
    page.click("form#upload button[type=submit]")
    page.wait_for_url("**/admin/files/*notice=file-added")
    shown = page.locator("img.picture")
    page.wait_for_load_state()
    assert shown.evaluate("image => image.complete && image.naturalWidth > 0")
    assert page.locator("h1").inner_text() == "Der Pier.jpg"
    address = page.url.partition("?")[0]
    page.context.close()
    return address


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_screens_of_files_are_reachable_by_everybody(
    served, chromium, tenant, cookies, axe, photo, width, theme
):
    page = open_page(chromium, width, theme, cookies)
    wrong = []
    lists = ("/admin/files", "/admin/files?show=list", "/admin/files?find=nothing", "/admin/files/@@upload")
    for address in (*(served.url(tenant, path) for path in lists), photo, f"{photo}/@@delete"):
        wrong += findings(page, axe, address)
    page.context.close()
    assert wrong == []


def test_an_image_opens_by_itself_and_stands_on_a_page(served, chromium, tenant, photo):
    file_id = photo.rpartition("/")[2]
    blocks = [{"kind": "image", "file": file_id, "caption": "Noon"}]
    made = (
        tenant.api("editor")
        .post_json("/api/pages", {"path": "/pier", "title": "Pier", "blocks": blocks})
        .json
    )
    tenant.api("editor").post_json(f"/api/pages/{made['id']}/publish", {})
    page = open_page(chromium, 390, "light")
    page.goto(served.url(tenant, "/pier"))
    image = page.locator("figure.picture img")
    image.scroll_into_view_if_needed()
    # Playwright polls a condition by eval, which the site's security policy forbids.
    image.evaluate("image => image.decode()")
    # A phone takes one of the smaller ones, standing upright as the camera was held.
    assert image.evaluate("image => image.currentSrc").endswith(("?width=320", "?width=640"))
    assert image.evaluate("image => image.naturalHeight > image.naturalWidth")
    assert image.get_attribute("alt") == "The pier at noon"
    assert page.said == []
    page.goto(served.url(tenant, f"/files/{file_id}/Der%20Pier.jpg"))
    assert page.evaluate("document.images[0].naturalHeight") == 1200
    page.context.close()
