"""The page of the API: interactive within the strict policy on content where scripts run, and plain where not."""

import pytest

pytestmark = pytest.mark.browser


def opened(served, chromium, tenant, cookies, **options):
    context = chromium.new_context(**options)
    context.add_cookies(cookies)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(served.url(tenant, "/api/docs"))
    return page


def test_an_operation_is_tried_on_the_page_and_nothing_offends_its_policy(served, chromium, tenant, cookies):
    page = opened(served, chromium, tenant, cookies)
    page.wait_for_selector("#interactive .opblock-tag")
    assert page.locator("#plain").is_hidden()
    page.click("#interactive .opblock-tag[data-tag='Pages'] button.expand-operation")
    page.click("#interactive #operations-Pages-index_pages .opblock-summary-control")
    page.click("#interactive #operations-Pages-index_pages .try-out__btn")
    page.click("#interactive #operations-Pages-index_pages .execute")
    page.wait_for_selector("#interactive .live-responses-table tr.response .response-col_status")
    assert "200" in page.inner_text("#interactive .live-responses-table tr.response .response-col_status")
    assert not [each for each in page.complaints if "Content Security Policy" in each], page.complaints
    page.context.close()


def test_without_script_every_operation_is_told(served, chromium, tenant, cookies):
    page = opened(served, chromium, tenant, cookies, java_script_enabled=False)
    assert page.locator("#plain details").count() > 60
    assert page.is_visible("text=Return the pages this caller may view, by path")
    page.context.close()
