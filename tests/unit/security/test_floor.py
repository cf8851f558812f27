"""What a floor's text has to be before it binds anybody."""

import pytest

from insula.accounts.interfaces import DEFAULT_ROLES
from insula.security.cedar.documents import INSTALLATION
from insula.security.cedar.floor import check_floor
from insula.security.documents import floor_text
from insula.security.floors import FloorTexts, floor_rules, shipped_rules
from tests.unit.security.policies import SCHEMA

ROLES = {*DEFAULT_ROLES, "visitor"}
TAKEN = {name.partition(":")[2] for name in shipped_rules()}


def flaws_of(text):
    return check_floor(text, SCHEMA, ROLES, TAKEN)


@pytest.mark.parametrize(
    "rule",
    [
        'forbid(principal, action, resource in Area::"admin") unless { context.mfa };',
        'forbid(principal in Role::"editor", action == Action::"publish", resource is Page);',
        "forbid(principal, action, resource is Page) when { resource has size && resource.size > 3 };",
        'forbid(principal, action, resource) unless { context.ip.isInRange(ip("10.0.0.0/8")) };',
    ],
)
def test_a_forbid_that_cannot_err_is_a_floor(rule):
    assert flaws_of(f'@id("mine") {rule}') == ()


def test_the_shipped_floor_would_pass_but_for_its_own_names():
    assert {flaw.message.partition(" has a rule")[0] for flaw in flaws_of(floor_text())} == {
        "The platform's own floor"
    }


@pytest.mark.parametrize(
    ("rule", "word", "message"),
    [
        ("permit(principal, action, resource);", "permit", "consists of forbids"),
        ("forbid(principal, action, resource is Page) when { resource.size > 3 };", "size", "size"),
        ("forbid(principal, action, resource is Page) when { resource.colour == 1 };", "colour", "not found"),
        ("forbid(principal, action, resource is Page) when { resource has colour };", "colour", "No type"),
        (
            "forbid(principal, action, resource is Page) when { resource has size && resource.size + 1 > 3 };",
            "+",
            "never err",
        ),
        (
            "forbid(principal, action, resource is Page) when { resource has size && -resource.size > 3 };",
            "-",
            "never err",
        ),
        (
            'forbid(principal, action, resource) when { context.now.offset(duration("1d")) > context.now };',
            "offset",
            "never err",
        ),
        ('forbid(principal in Role::"edtor", action, resource);', '"edtor"', "no role"),
        ('forbid(principal == Account::"ann", action, resource);', '"ann"', "no account"),
        ('forbid(principal, action, resource) when { unknown("x") };', "unknown", "not available"),
        ("forbid(principal, action, resource is Pgae);", "Pgae", "Pgae"),
    ],
)
def test_what_would_be_no_floor_is_refused_at_its_place(rule, word, message):
    line = f'@id("mine") {rule}'
    found = flaws_of("// one\n" + line)
    assert found, rule
    assert any(message in flaw.message for flaw in found), found
    assert (found[0].line, found[0].column) == (2, line.index(word) + 1), found


def test_a_rule_needs_a_name_of_its_own():
    assert "name" in flaws_of("forbid(principal, action, resource);")[0].message
    twice = '@id("a") forbid(principal, action, resource);' * 2
    assert "Another rule" in flaws_of(twice)[0].message
    taken = '@id("tokens-make-no-tokens") forbid(principal, action, resource);'
    assert "Choose another name" in flaws_of(taken)[0].message


def test_a_release_that_takes_a_documents_name_leaves_both_rules_in_force():
    text = '@id("tokens-make-no-tokens") forbid(principal, action, resource is Page);'
    rules = floor_rules(FloorTexts(installation=text, plan=text))
    assert (
        rules[f"{INSTALLATION}:tokens-make-no-tokens"]
        == shipped_rules()[f"{INSTALLATION}:tokens-make-no-tokens"]
    )
    assert rules[f"{INSTALLATION}:tokens-make-no-tokens/own"]["resource"]["entity_type"] == "Page"
    assert rules["plan:tokens-make-no-tokens"]["effect"] == "forbid"
