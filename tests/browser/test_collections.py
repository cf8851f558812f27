"""Collections by screen alone, without script: declared, filled, published, restored, exported; and every state."""

from __future__ import annotations

import uuid

import pytest

from insula.collections.interfaces.entries import Entries
from insula.collections.interfaces.schemas import CollectionDocument, Collections
from tests.browser.test_every_screen import AXE, SIDEWAYS, THEMES, WIDTHS, findings, keep, open_page

FIELDS = (
    ("text", "name", {"required": True, "searchable": True}),
    ("integer", "height", {"indexed": True}),
    ("decimal", "latitude", {"scale": "4"}),
    ("date", "lit", {}),
    ("choice", "colour", {"choices": "white\nred"}),
    ("rich_text", "notes", {}),
    ("link", "keeper", {"collection": True}),
    ("file", "photo", {}),
)
# The smallest PNG there is: one pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f"
    "0005fe02fe0def46b80000000049454e44ae426082"
)


def named(prefix):
    return f"{prefix}_{uuid.uuid4().hex[:8]}"


def keepers(tenant):
    """A collection with one entry, to which another may link."""
    name = named("keepers")
    document = CollectionDocument(
        title="Keepers",
        drafts=False,
        display="{name}",
        fields=({"name": "name", "type": "text", "required": True, "searchable": True},),
    )
    with tenant.work() as work:
        work.find_service(Collections).create(name, document, by="a test")
    with tenant.work() as work:
        work.find_service(Entries).create(name, {"name": "Ida Lewis"}, author=None)
    return name


def declare(page, served, tenant, target):
    """Declare a collection of lighthouses by its form, and return its name."""
    name = named("lights")
    page.goto(served.url(tenant, "/admin/collections"))
    page.locator("main a", has_text="collection").first.click()
    page.fill("#f-title", "Lighthouses")
    page.fill("#f-name", name)
    page.fill("#f-display", "{name}")
    for number, (kind, field, options) in enumerate(FIELDS):
        if number:
            page.select_option("#add", kind)
            page.click("button[value=add]")
        page.fill(f"#f-fields-{number}-name", field)
        for option, value in options.items():
            control = page.locator(f"#f-fields-{number}-{option}")
            if option == "collection":
                control.select_option(target)
            elif value is True:
                control.check()
            else:
                control.fill(value)
    page.click("button:visible[value=save]:not([tabindex])")
    assert "declared" in page.inner_text("[role=status]")
    assert page.url.split("?")[0].endswith(f"/admin/collections/{name}")
    return name


@pytest.mark.parametrize("width", WIDTHS)
def test_a_collection_is_filled_published_restored_and_exported_without_script(
    served, chromium, tenant, cookies, width
):
    page = open_page(chromium, width, "light", cookies, script=False)
    name = declare(page, served, tenant, keepers(tenant))
    page.click("main .acts >> text=New entry")
    page.fill("#f-values-name", "Lime Rock")
    page.fill("#f-values-height", "12")
    page.fill("#f-values-latitude", "41.4770")
    page.fill("#f-values-lit", "1827-01-31")
    page.select_option("#f-values-colour", "white")
    page.fill("#f-values-notes", "Still *standing*.")
    page.select_option("#f-values-keeper", label="Ida Lewis")
    page.set_input_files(
        "#f-values-photo-upload", {"name": "rock.png", "mimeType": "image/png", "buffer": PIXEL}
    )
    page.click("text=Save and publish")
    assert "Published" in page.inner_text("[role=status]")
    assert page.inner_text("h1") == "Lime Rock"
    assert page.locator("a", has_text="Look at the file").count() == 1

    page.fill("#f-values-height", "13")
    page.click("text=Save draft")
    assert page.locator(".head .tag").first.inner_text() == "Draft not published"
    page.click("text=Compare with what is published")
    assert [cell.strip() for cell in page.locator("#compared td").all_inner_texts()] == ["12", "13"]
    page.locator("tr", has_text="create").locator("button").click()
    assert "older version" in page.inner_text("[role=status]")
    assert page.input_value("#f-values-height") == "12"
    page.click("button:text-is('Publish')")

    page.click("nav.crumbs >> text=Lighthouses")
    assert page.locator("tbody tr", has_text="Published").count() == 1
    page.click("text=Export…")
    with page.expect_download() as download:
        page.click("button:text-is('Export')")
    text = download.value.path().read_text()
    assert "Lime Rock" in text
    assert "41.4770" in text
    assert name in download.value.suggested_filename
    page.context.close()
