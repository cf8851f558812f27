"""A rule is left out only where its scope excludes the question."""

import pytest

from insula.security.cedar.documents import TENANT, parse
from insula.security.cedar.slices import cut, narrow
from tests.unit.security.policies import ask, compiled, page


def rules_of(scope, condition="true"):
    return parse(TENANT, f'@id("a") permit({scope}) when {{ {condition} }};')


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        ("principal, action, resource", True),
        ('principal, action == Action::"view", resource', True),
        ('principal, action == Action::"edit", resource', False),
        ('principal, action in [Action::"edit", Action::"view"], resource', True),
        ('principal, action in [Action::"edit"], resource', False),
        ('principal, action in Action::"view", resource', True),
        ('principal, action in Action::"edit", resource', False),
        ("principal, action, resource is Page", True),
        ("principal, action, resource is Stream", False),
        ('principal, action, resource == Page::"/"', True),
        ('principal, action, resource == Stream::"s"', False),
        ('principal, action, resource in Stream::"s"', True),
        ('principal, action, resource is Page in Stream::"s"', True),
        ('principal, action, resource is Stream in Page::"/"', False),
        ("principal is Account, action, resource", True),
        ("principal is Visitor, action, resource", False),
        ('principal in Role::"visitor", action, resource', True),
        ('principal == Visitor::"anonymous", action, resource', False),
    ],
)
def test_a_rule_stays_when_in_doubt(scope, kept):
    slice_ = cut(rules_of(scope), "Account", "view", "Page")
    assert slice_.permits == (("tenant:a",) if kept else ())


@pytest.mark.parametrize(
    ("condition", "reads"),
    [
        ("true", set()),
        ("context.mfa", {"mfa"}),
        ("context has mfa && context.age < 3", {"mfa", "age"}),
        ("context.ip.isLoopback() && {x: [context.method]} has x", {"ip", "method"}),
        ("resource.context", set()),
        ('"context" == "mfa"', set()),
        ("context == context", {"ip", "scheme", "mfa", "elevated", "age", "now", "method"}),
    ],
)
def test_a_slice_knows_what_it_reads_of_the_context(condition, reads):
    assert cut(rules_of("principal, action, resource", condition), "Account", "view", "Page").reads == reads


def test_rules_of_other_roles_are_left_out_of_what_is_asked():
    rules = parse(
        TENANT,
        '@id("e") permit(principal in Role::"editor", action, resource);'
        '@id("a") permit(principal is Account in Role::"author", action, resource);'
        '@id("all") permit(principal, action, resource);'
        '@id("ann") permit(principal in Account::"ann", action, resource);'
        '@id("never") forbid(principal in Role::"viewer", action, resource);',
    )
    whole = cut(rules, "Account", "view", "Page")
    narrowed = narrow(rules, whole, frozenset({"author"}))
    assert set(narrowed.permits) == {"tenant:a", "tenant:all", "tenant:ann"}
    assert not narrowed.forbids
    assert whole.roles == {"editor", "author", "viewer"}


def test_a_rule_that_was_not_met_for_want_of_a_role_is_still_named():
    policy = compiled('@id("editors-publish") permit(principal in Role::"editor", action, resource is Page);')
    decision = policy.decide(ask("publish", page(), "author"))
    assert not decision.allowed
    assert decision.unmet == ("tenant:editors-publish",)


def test_an_answer_is_asked_for_once_and_never_taken_for_another():
    policy = compiled(
        '@id("own") permit(principal, action == Action::"edit", resource is Page) '
        "when { resource has author && resource.author == principal };"
    )
    for _ in range(2):
        assert policy.decide(ask("edit", page(author="ann"), "author")).allowed
        assert not policy.decide(ask("edit", page(author="bob"), "author")).allowed
        assert not policy.decide(ask("edit", page(author="ann"), "author", account="bob")).allowed
        assert not policy.decide(ask("delete", page(author="ann"), "author")).allowed
