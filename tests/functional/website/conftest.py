"""What the tests of sites share: pages made by the service."""

from __future__ import annotations

import pytest

from insula.website.interfaces import PageDraft, Pages


@pytest.fixture
def make_page():
    """Make a page of a tenant, published unless told otherwise."""

    def make(tenant, path, title="A title", *blocks, published=True, author=None, **more):
        with tenant.work() as work:
            pages = work.find_service(Pages)
            page = pages.create(PageDraft(path, title, blocks=blocks, **more), author=author)
            return pages.publish(page.id) if published else page

    return make


def text(body):
    """Return a Markdown block."""
    return {"kind": "markdown", "text": body}


def bare(response):
    """Return an answer without what names the one request: its id."""
    given = response.headers["X-Request-ID"]
    headers = sorted((name, value) for name, value in response.headers.items() if name != "X-Request-ID")
    return response.status_int, headers, response.text.replace(given, "ID")
