"""A rule is left out only where its scope excludes the question."""

import pytest

from insula.security.cedar.documents import TENANT, parse
from insula.security.cedar.slices import cut


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
