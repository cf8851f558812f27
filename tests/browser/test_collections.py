"""Collections by screen alone, without script: declared, filled, published, restored, exported; and every state."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import expect

from insula.collections.interfaces.entries import Entries
from insula.collections.interfaces.schemas import CollectionDocument, Collections
from tests.browser.test_every_screen import AXE, SIDEWAYS, WIDTHS, findings, keep, open_page

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
    expect(page).to_have_url(re.compile(rf"/admin/collections/{name}(\?|$)"))
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
    expect(page.locator("a", has_text="Look at the file")).to_have_count(1)

    page.fill("#f-values-height", "13")
    page.click("text=Save draft")
    expect(page.locator(".head .tag").first).to_have_text("Draft not published")
    page.click("text=Compare with what is published")
    expect(page.locator("#compared td")).to_have_text(["12", "13"])
    page.locator("tr", has_text="create").locator("button").click()
    assert "older version" in page.inner_text("[role=status]")
    expect(page.locator("#f-values-height")).to_have_value("12")
    page.click("button:text-is('Publish')")

    page.click("nav.crumbs >> text=Lighthouses")
    expect(page.locator("tbody tr", has_text="Published")).to_have_count(1)
    page.click("text=Export…")
    with page.expect_download() as download:
        page.click("button:text-is('Export')")
    text = download.value.path().read_text()
    assert "Lime Rock" in text
    assert "41.4770" in text
    assert name in download.value.suggested_filename
    page.context.close()


@pytest.fixture(scope="module")
def places(tenant):
    """The addresses of screens in their states, with something to show."""
    target = keepers(tenant)
    name = named("lights")
    fields = (
        {"name": "name", "type": "text", "required": True, "searchable": True, "max_length": 80},
        {"name": "height", "type": "integer", "indexed": True},
        {"name": "colours", "type": "list", "items": "choice", "choices": ["white", "red"]},
        {"name": "seen", "type": "datetime"},
        {"name": "manned", "type": "boolean"},
        {"name": "notes", "type": "rich_text"},
        {"name": "plan", "type": "object"},
        {"name": "keeper", "type": "link", "collection": target},
        {"name": "photo", "type": "file"},
    )
    document = CollectionDocument(title="Lighthouses of the coast", display="{name}", fields=fields)
    empty = named("empty")
    with tenant.work() as work:
        collections = work.find_service(Collections)
        collections.create(name, document, by="a test")
        collections.create(empty, document.model_copy(update={"title": "Empty"}), by="a test")
    with tenant.work() as work:
        entries = work.find_service(Entries)
        found = [entries.create(name, {"name": f"Rock {n}", "height": n}, author=None) for n in range(30)]
        thrown = entries.create(name, {"name": "Gone"}, author=None)
    with tenant.work() as work:
        entries = work.find_service(Entries)
        entries.publish(name, found[0].id, expected=None, author=None)
        entries.edit(name, found[0].id, {"height": 70, "notes": "Tall."}, expected=None, author=None)
        entries.trash(name, thrown.id, expected=None, author=None)
        lost = document.model_copy(update={"fields": fields_of(document, without="height")})
        plan = work.find_service(Collections).plan(name, lost, by="a test")
    above, entry = f"/admin/collections/{name}", f"/admin/collections/{name}/{found[0].id}"
    return {
        200: (
            "/admin/collections",
            "/admin/collections/@@new",
            f"/admin/collections/{empty}",
            f"/admin/collections/{empty}/@@trash",
            f"{above}?height[gte]=1&sort=-height",
            f"{above}?q=nothing-like-this",
            f"{above}/@@new",
            f"{above}/@@schema",
            f"{above}/@@schema/plans/{plan.id}",
            f"{above}/@@delete",
            f"{above}/@@trash",
            f"{above}/{thrown.id}",
            f"{above}/@@import",
            f"{above}/@@export?height[gte]=1",
            entry,
            f"{entry}/@@versions",
        ),
        400: (f"{above}?nothing=1",),
    }


def fields_of(document, *, without):
    return tuple(field for field in document.fields if field.name != without)


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])
def test_every_state_is_reachable_by_everybody(served, chromium, tenant, cookies, axe, width, theme, places):
    page = open_page(chromium, width, theme, cookies)
    wrong = []
    for status, paths in places.items():
        for path in paths:
            wrong += findings(page, axe, served.url(tenant, path), status=status)
    page.context.close()
    assert wrong == []


def test_nothing_scrolls_sideways_on_the_smallest_screen(served, chromium, tenant, cookies, places):
    page = open_page(chromium, 320, "light", cookies)
    wide = []
    for path in places[200]:
        page.goto(served.url(tenant, path))
        if page.evaluate(SIDEWAYS) > 0:
            wide.append(path)
    page.context.close()
    assert wide == []


def test_a_failed_save_takes_the_focus_and_a_late_one_shows_both(
    served, chromium, tenant, cookies, axe, places
):
    address = served.url(tenant, places[200][-2])
    early, late = (open_page(chromium, 390, "dark", cookies) for _ in range(2))
    for page in (early, late):
        page.goto(address)
    early.fill("#f-values-height", "tall")
    early.click("text=Save draft")
    expect(early.locator("#errors")).to_be_focused()
    early.click("#errors a")
    expect(early.locator("#f-values-height")).to_be_focused()
    early.fill("#f-values-height", "71")
    early.click("text=Save draft")
    late.fill("#f-values-height", "72")
    late.click("text=Save draft")
    expect(late.locator(":focus")).to_contain_text("meanwhile")
    expect(late.locator("#compared td").first).to_have_text("71")
    expect(late.locator("#compared td").nth(1)).to_have_text("72")
    late.evaluate(axe)
    assert late.evaluate(AXE) == []
    assert late.evaluate(SIDEWAYS) <= 0
    keep(late, f"{address}-late")
    for page in (early, late):
        page.context.close()


def test_a_row_shows_the_options_of_its_type_without_script(served, chromium, tenant, cookies):
    page = open_page(chromium, 1440, "light", cookies, script=False)
    page.goto(served.url(tenant, "/admin/collections/@@new"))
    expect(page.locator("#f-fields-0-choices")).to_be_hidden()
    page.select_option("#f-fields-0-type", "list")
    page.select_option("#f-fields-0-items", "choice")
    expect(page.locator("#f-fields-0-choices")).to_be_visible()
    expect(page.locator("#f-fields-0-pattern")).to_be_hidden()
    page.context.close()
