"""The screens of the policy in their states: a draft with flaws, a report, a review, a decision; without script."""

from __future__ import annotations

import pytest

from insula.security.decisions import recorder_of
from insula.security.interfaces import Policies, PolicyDrafts, PolicyTestCase, PolicyTests
from tests.browser.test_every_screen import THEMES, WIDTHS, findings, open_page
from tests.makers import unique

FLAW = '\n@id("x") permit(principal in Role::"edtor", action == Action::"view", resource is Page);\n'
OFFICE = """
@id("api-from-the-office-only")
forbid(principal, action, resource in Area::"api") unless { context.ip.isInRange(ip("10.0.0.0/8")) };
"""
TRIED = "@@try?who=editor&action=publish&on=Page%3A%3A%22%2Fnews%22"


def draft(tenant, addition):
    with tenant.work() as work:
        text = work.find_service(Policies).current().text
        work.find_service(PolicyDrafts).save(text + addition, base=1, author=None, expected=None)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_state_is_reachable_by_everybody(served, chromium, tenant, cookies, axe, width, theme):
    for _ in range(3):
        number = tenant.api("viewer").get("/api/streams").headers["X-Request-ID"]
        tenant.visitor().get("/no-such-page", status=404)
    recorder_of(served.installation.registry).flush()
    with tenant.work() as work:
        made = PolicyTestCase(unique("case"), "view", 'Area::"site"', allowed=True, roles=("viewer",))
        case = work.find_service(PolicyTests).add(made, None).id
    page = open_page(chromium, width, theme, cookies)
    wrong = []
    for addition in (FLAW, OFFICE):
        draft(tenant, addition)
        for path in ("", "/@@dry-run", "/@@publish", f"/{TRIED}", "/@@try?action=view&on=nowhere"):
            status = 422 if "nowhere" in path else 200
            wrong += findings(page, axe, served.url(tenant, f"/admin/policy{path}"), status=status)
    for path in (
        "/versions",
        "/versions/1",
        "/decisions",
        f"/decisions/{number}-1",
        "/decisions?answer=deny",
        "/@@grid",
        "/@@grid?role=author",
        "/@@lines",
        "/tests",
        "/tests/@@new",
        f"/tests/{case}",
    ):
        wrong += findings(page, axe, served.url(tenant, f"/admin/policy{path}"))
    with tenant.work() as work:
        policies = work.find_service(Policies)
        text = policies.current().text
        policies.publish(
            text, {"viewer": {"Page": ["edit:own"]}}, None, "Viewers keep their own.", minutes=10
        )
    wrong += findings(page, axe, served.url(tenant, "/admin/policy/@@grid?role=viewer"))
    page.context.close()
    assert wrong == []
