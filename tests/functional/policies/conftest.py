"""What tests of the policy's doors share."""

import re

import pytest

from insula.security.decisions import recorder_of
from insula.security.interfaces import Policies
from insula.website.interfaces import PageDraft, Pages

NETWORK = """
@id("api-from-the-office-only")
@reason("The API answers from the office only.")
forbid(principal, action, resource in Area::"api") unless { context.ip.isInRange(ip("10.0.0.0/8")) };
"""


def token_of(client, page="/admin/policy"):
    """Return the form token of somebody signed in."""
    return re.search(r'name="csrf_token" value="([^"]*)"', client.get(page).text)[1]


def current(tenant):
    with tenant.work(writing=False) as work:
        return work.find_service(Policies).current()


def flush(tenant):
    """Write the decisions that wait, and return how many."""
    return recorder_of(tenant.installation.registry).flush()


def decisions(client, query=""):
    """Return every recorded decision, page after page."""
    found, path = [], f"/api/decisions?{query}"
    while path:
        answer = client.get(path)
        found += answer.json["data"]
        path = answer.headers["Link"].partition("<")[2].partition(">")[0] if "after" in answer.json else ""
    return found


def without(text, *rules):
    """Return a policy text without some of its rules."""
    for rule in rules:
        text = re.sub(rf'@id\("{rule}"\).*?;\n', "", text, flags=re.DOTALL)
    return text


class Person:
    """Somebody signed in who speaks JSON: reads freely, and changes with the form token."""

    def __init__(self, tenant, role="owner"):
        self.client = tenant.signed_in(role)
        self.token = token_of(self.client, "/account/@@password")

    def get(self, path, **options):
        return self.client.get(path, **options)

    def post(self, path, body, *, match=None, **options):
        headers = {"X-CSRF-Token": self.token, **({"If-Match": str(match)} if match else {})}
        return self.client.post_json(path, body, headers=headers, **options)


@pytest.fixture
def owner(one):
    return Person(one)


@pytest.fixture
def page(one):
    with one.work() as work:
        return work.find_service(Pages).create(PageDraft(path="/secret-plan", title="Plan"))
