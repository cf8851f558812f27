"""Decisions know their rules and fail closed."""

import pytest

from insula.security.cedar.engine import Answer, CompiledPolicy
from insula.security.cedar.slices import cut
from tests.unit.security.policies import ADMIN, SITE, Thing, ask, compiled, page

ALLOW_ALL = '@id("all") permit(principal, action, resource);\n'
MISSING = 'resource.path == "/"'
OVERFLOW = "resource.size * 9223372036854775807 > 10"


def test_a_decision_names_the_rule_that_allowed():
    decision = compiled(ALLOW_ALL).decide(ask("edit", page(), "viewer"))
    assert (decision.allowed, decision.rules) == (True, ("tenant:all",))


def test_a_decision_names_the_rule_that_forbade_and_its_reason():
    text = (
        ALLOW_ALL
        + '@id("no") @reason("Not on Sundays.") forbid(principal, action == Action::"edit", resource);'
    )
    decision = compiled(text).decide(ask("edit", page(), "viewer"))
    assert (decision.allowed, decision.rules, decision.reason) == (False, ("tenant:no",), "Not on Sundays.")
    assert compiled(text).decide(ask("view", page(), "viewer")).allowed


def test_where_no_rule_applies_the_unmet_ones_are_named():
    text = '@id("editors") @reason("Ask an editor.") permit(principal in Role::"editor", action == Action::"publish", resource is Page);'
    decision = compiled(text).decide(ask("publish", page(), "author"))
    assert (decision.allowed, decision.rules, decision.unmet) == (False, (), ("tenant:editors",))
    assert decision.reason == "Ask an editor."
    assert compiled(text).decide(ask("publish", page(), "editor")).rules == ("tenant:editors",)


@pytest.mark.parametrize(
    ("condition", "attributes"),
    [(MISSING, {}), (OVERFLOW, {"size": 2}), ("resource.path < 3", {"path": "x"})],
)
@pytest.mark.parametrize("clause", ["when", "unless"])
def test_an_erring_forbid_denies_whoever_wrote_it(condition, attributes, clause):
    forbid = f'@id("errs") forbid(principal, action, resource is Page) {clause} {{ {condition} }};'
    question = ask("view", page(**attributes), "viewer")
    ours = compiled(ALLOW_ALL, floor=forbid).decide(question)
    theirs = compiled(ALLOW_ALL + forbid, floor="").decide(question)
    assert (ours.allowed, ours.rules) == (False, ("installation:errs",))
    assert (theirs.allowed, theirs.rules) == (False, ("tenant:errs",))
    assert ours.errors


def test_an_erring_permit_is_only_passed_over():
    text = f'@id("errs") permit(principal, action, resource is Page) when {{ {MISSING} }};'
    assert compiled(ALLOW_ALL + text).decide(ask("view", page(), "viewer")).allowed
    assert not compiled(text).decide(ask("view", page(), "viewer")).allowed


def test_a_missing_answer_denies():
    slice_ = cut(compiled(ALLOW_ALL).rules, "Account", "view", "Page")
    for allowed in (False, True):
        answer = Answer(allowed, rules=(), errors=("failed to build request",))
        assert not CompiledPolicy._judge(slice_, answer).allowed


@pytest.mark.parametrize("lineage", [(), (Thing("Nothing", "1"),)])
def test_what_has_no_place_is_refused_even_to_whom_everything_is_allowed(lineage):
    assert not compiled(ALLOW_ALL).decide(ask("view", lineage, "owner")).allowed


def test_an_action_that_a_type_does_not_take_is_refused():
    assert not compiled(ALLOW_ALL).decide(ask("ingest", page(), "owner")).allowed
    assert not compiled(ALLOW_ALL).decide(ask("fly", page(), "owner")).allowed


def test_a_place_decides_for_what_lies_in_it():
    text = '@id("in") permit(principal, action, resource in Page::"/a");'
    assert compiled(text).decide(ask("view", page("/a/b", Thing("Page", "/a"), SITE), "viewer")).allowed
    assert not compiled(text).decide(ask("view", page("/b"), "viewer")).allowed


@pytest.mark.parametrize(
    ("condition", "context", "allowed"),
    [
        ("context.mfa", {"mfa": True}, True),
        ("context.mfa", {"mfa": False}, False),
        ("context has mfa", {}, True),
        ('context.ip.isInRange(ip("10.0.0.0/8"))', {"ip": "10.1.2.3"}, True),
        ('context.ip.isInRange(ip("10.0.0.0/8"))', {}, False),
        ("context.age < 900", {"age": 60}, True),
        ("context.age < 900", {"age": 901}, False),
        ('context.now < datetime("2027-01-01")', {}, True),
        ('context.now > datetime("2027-01-01")', {}, False),
        ('context.method == "GET" && context.scheme == "session"', {}, True),
        ("{mfa: context.mfa, all: context} has all", {}, True),
    ],
)
def test_rules_read_the_circumstances(condition, context, allowed):
    text = f'@id("a") permit(principal, action, resource) when {{ {condition} }};'
    decision = compiled(text).decide(ask("view", page(), "viewer", **context))
    assert decision.allowed is allowed, decision


def test_a_grid_permits_what_its_cells_say():
    policy = compiled("", grid={"author": {"Page": ["publish"]}, "viewer": {"Page": []}})
    decision = policy.decide(ask("publish", page(), "author"))
    assert decision.rules == ("tenant:grid/author/Page",)
    assert not policy.decide(ask("publish", page(), "viewer")).allowed
    assert not policy.decide(ask("view", page(), "author")).allowed


@pytest.mark.parametrize("name", ['quo"te', "back\\slash", "new\nline", "ünïcode", "/", "x" * 300])
def test_ids_are_never_read_as_text(name):
    assert compiled(ALLOW_ALL).decide(ask("view", page(name), "viewer", account=name)).allowed


def test_a_rule_about_the_administration_binds_what_lies_there():
    text = (
        ALLOW_ALL + '@id("mfa") forbid(principal, action, resource in Area::"admin") unless { context.mfa };'
    )
    inside, outside = page("/a", ADMIN), page("/a")
    assert not compiled(text).decide(ask("view", inside, "owner")).allowed
    assert compiled(text).decide(ask("view", inside, "owner", mfa=True)).allowed
    assert compiled(text).decide(ask("view", outside, "owner")).allowed
