"""`insula limits`: what is left, and how to forget what was counted."""

import pytest
from click.testing import CliRunner

from insula.db.work import tenant_work
from insula.events.models import Outbox
from insula.features.interfaces import Sections
from insula.kit.commands import Shell
from insula.kit.errors import NotFound
from insula.limits.commands import limits_group
from insula.limits.services import limiter_of
from tests.functional.limits.test_limits import set_rates, statuses, until_refused, used_up
from tests.installations import build


@pytest.fixture
def counting(installation):
    """An installation whose processes count together."""
    made = build(installation.kind, {**installation.settings, "insula.limits.storage": "sql"})
    yield made
    limiter_of(made.registry).storage.close()
    made.close()


def run(installation, *words):
    return CliRunner().invoke(limits_group, [*words], obj=Shell(installation.registry, "test.ini"))


def test_a_tenants_limits_are_shown_and_reset_and_anothers_are_not_touched(counting):
    one, two = counting.tenant("one"), counting.tenant("two")
    for tenant in (one, two):
        set_rates(tenant, tenant_api_read=10)
        until_refused(tenant.api("owner"), "/api/pages")
    shown = run(counting, "show", "--tenant", one.tenant.name)
    assert shown.exit_code == 0, shown.output
    assert "api_read" in shown.output
    assert "10 a minute" in shown.output
    assert run(counting, "reset", "--tenant", one.tenant.name).exit_code == 0
    assert statuses(one.api("owner"), "/api/pages", 3) == [200] * 3
    assert 429 in statuses(two.api("owner"), "/api/pages", 3)


def test_one_address_or_person_is_reset_alone(counting):
    one = counting.tenant("one")
    set_rates(one, address_page=10, caller_page=10)
    first, second = (one.visitor(REMOTE_ADDR=f"203.0.113.{number}") for number in (31, 32))
    browser = one.signed_in("owner")
    for client in (first, second, browser):
        until_refused(client, "/")
    assert run(counting, "reset", "--tenant", one.tenant.name, "--address", "203.0.113.31").exit_code == 0
    email = browser.person.email
    assert run(counting, "reset", "--tenant", one.tenant.name, "--account", email).exit_code == 0
    used_up(statuses(first, "/", 13), 10)
    used_up(statuses(browser, "/", 13), 10)
    assert 429 in statuses(second, "/", 3)
    shown = run(counting, "show", "--tenant", one.tenant.name, "--address", "203.0.113.32")
    assert "page" in shown.output


def test_one_token_is_shown_and_reset_by_its_id_alone(counting):
    one, two = counting.tenant("one"), counting.tenant("two")
    set_rates(one, caller_api_read=10)
    first, second = one.api("owner"), one.api("admin")
    for client in (first, second):
        until_refused(client, "/api/pages")
    kid = first.authorization[1].split("_")[1]
    shown = run(counting, "show", "--tenant", one.tenant.name, "--token", kid)
    assert shown.exit_code == 0, shown.output
    assert " 0 left" in next(line for line in shown.output.splitlines() if "api_read" in line)
    for tenant, named in ((two, kid), (one, "0" * 16)):
        refused = run(counting, "reset", "--tenant", tenant.tenant.name, "--token", named)
        assert isinstance(refused.exception, NotFound)
    assert 429 in statuses(first, "/api/pages", 3)
    assert run(counting, "reset", "--tenant", one.tenant.name, "--token", kid).exit_code == 0
    used_up(statuses(first, "/api/pages", 13), 10)
    assert 429 in statuses(second, "/api/pages", 3)


def test_what_nobody_has_or_is_said_twice_is_refused(counting, installation):
    one = counting.tenant("one")
    name = one.tenant.name
    assert run(counting, "show", "--tenant", "nobody").exit_code
    assert run(counting, "reset", "--tenant", name, "--account", "nobody@example.com").exit_code
    assert run(counting, "reset", "--tenant", name, "--address", "192.0.2.1", "--token", "x").exit_code == 1
    # Each process counts by itself in memory, so that there is nothing a command could do.
    alone = run(installation, "reset", "--tenant", name)
    assert alone.exit_code == 1
    assert "memory" in alone.output
    assert run(installation, "show", "--tenant", name).exit_code == 0


def test_a_reset_is_a_fact_and_a_bound_of_the_installation_holds(counting):
    one = counting.tenant("one")
    assert run(counting, "reset", "--tenant", one.tenant.name).exit_code == 0
    with tenant_work(counting.registry, one.tenant.id, writing=False) as work:
        assert [row.event for row in work.db.query(Outbox) if row.event == "limits.reset"]
        bounds = work.find_service(Sections).state("rates").bounds
    assert bounds["tenant_page"].bound.at_most == 600_000
