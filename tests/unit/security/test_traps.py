"""The traps of Cedar and of its Python binding, each by its name, each closed."""

from decimal import Decimal

import pytest

from insula.security.cedar.check import check
from insula.security.cedar.documents import INSTALLATION, TENANT, merge, parse, parse_floor
from insula.security.cedar.engine import CompiledPolicy
from insula.security.cedar.entities import convert
from insula.security.cedar.schema import AREAS
from insula.security.cedar.tokens import CedarRefused
from tests.unit.security.policies import ROLES, SCHEMA, Thing, ask, compiled, page

ALL = '@id("all") permit(principal, action, resource);\n'
KNOWN = {"Role": ROLES, "Area": AREAS}


def flaws_of(text):
    return check(text, SCHEMA, KNOWN.get)


def test_erring_forbid_denies():
    text = (
        ALL + '@id("no") forbid(principal, action, resource is Page) unless { resource.author == principal };'
    )
    decision = compiled(text).decide(ask("view", page(), "owner"))
    assert (decision.allowed, decision.rules) == (False, ("tenant:no",))


def test_overflow_in_a_valid_forbid_denies():
    rule = "forbid(principal, action, resource is Page) when { resource has size && resource.size * 2 > 10 };"
    assert flaws_of(f'@id("big") {rule}') == ()
    decision = compiled(f'{ALL}@id("big") {rule}').decide(ask("view", page(size=2**62), "owner"))
    assert (decision.allowed, decision.rules) == (False, ("tenant:big",))


def test_erring_permit_of_another_rule_disturbs_nothing():
    text = ALL + '@id("bad") permit(principal, action, resource) when { 1 + "a" == 2 };'
    assert compiled(text).decide(ask("view", page(), "viewer")).allowed


@pytest.mark.parametrize("tail", [" //", "\n//", ' // "', "\n// )", "\r//\r"])
def test_swallowed_floor(tail):
    floor = parse_floor(INSTALLATION, '@id("no") forbid(principal, action, resource is Page);')
    rules = merge(parse(TENANT, ALL.strip() + tail), floor)
    assert not CompiledPolicy(rules, SCHEMA).decide(ask("view", page(), "owner")).allowed


def test_copied_id_is_refused_in_one_text_and_harmless_across_two():
    with pytest.raises(CedarRefused, match="Another rule"):
        compiled(ALL + ALL)
    floor = '@id("all") forbid(principal, action, resource is Page);'
    decision = compiled(ALL, floor=floor).decide(ask("view", page(), "owner"))
    assert (decision.allowed, decision.rules) == (False, ("installation:all",))


def test_reasons_carry_our_names_and_no_numbers():
    text = '@id("never") permit(principal, action, resource is Stream);\n' + ALL
    assert compiled(text).decide(ask("view", page(), "owner")).rules == ("tenant:all",)


@pytest.mark.parametrize(
    "body", ['unknown("resource") == 1', 'resource == unknown("resource")', "unknown  // x\n (resource)"]
)
def test_unknown_is_refused(body):
    (flaw, *_) = flaws_of(f'@id("x") permit(principal, action, resource is Page) when {{ {body} }};')
    assert "unknown()" in flaw.message


@pytest.mark.parametrize("slot", ["?principal", "?resource"])
def test_templates_are_refused(slot):
    scope = f"principal == {slot}" if "principal" in slot else f"principal, action, resource == {slot}"
    (flaw, *_) = flaws_of(f'@id("x") permit({scope});')
    assert "Templates" in flaw.message


@pytest.mark.parametrize(
    ("body", "near"), [("resource has publishd", "published"), ("resource has autor", "author")]
)
def test_misspelt_has_is_refused_with_a_suggestion(body, near):
    (flaw,) = flaws_of(f'@id("x") permit(principal, action, resource is Page) when {{ {body} }};')
    assert (flaw.line, flaw.suggestion) == (1, near)


def test_missing_role_is_refused_with_line_and_column():
    (flaw,) = flaws_of(ALL + '@id("x") permit(principal in Role::"edtor", action, resource);')
    assert (flaw.line, flaw.column, flaw.suggestion) == (2, 36, "editor")


@pytest.mark.parametrize(
    "text",
    [
        '@id("x") permit(principal, action, resource) when { ' + "(" * 5_000 + "true" + ")" * 5_000 + " };",
        '@id("x") permit(principal, action, resource) when { ' + "!(" * 800 + "true" + ")" * 800 + " };",
        '@id("x") permit(principal, action, resource) when { ' + "[" * 800 + "]" * 800 + " == [] };",
        '@id("x") permit(principal, action, resource) when { '
        + "if true then true else " * 6_000
        + "true };",
        '@id("x") permit(principal, action, resource) when { ' + " || ".join(["context.mfa"] * 500) + " };",
        '@id("x") permit(principal, action, resource) when { "' + "x" * 70_000 + '" == "" };',
    ],
    ids=["brackets", "negations", "sets", "ifs", "alternatives", "size"],
)
def test_what_would_kill_the_process_never_reaches_the_parser(text):
    flaws = flaws_of(text)
    assert flaws
    assert flaws[0].line == 1


@pytest.mark.parametrize(
    "raw", [{"__entity": {"type": "Account", "id": "ann"}}, {"__extn": {"fn": "ip", "arg": "::"}}]
)
def test_raw_json_as_an_attribute_never_becomes_an_entity(raw):
    text = '@id("own") permit(principal, action, resource is Page) when { resource has author && resource.author == principal };'
    assert not compiled(text).decide(ask("edit", page(author=raw), "author")).allowed
    assert compiled(text).decide(ask("edit", page(author="ann"), "author")).allowed


@pytest.mark.parametrize("value", [1.0, None, 2**63, -(2**63) - 1, True, "1", Decimal(1)])
def test_a_value_that_cedar_cannot_hold_is_missing_and_spoils_no_decision(value):
    decision = compiled(ALL).decide(ask("view", page(size=value), "owner"))
    assert (decision.allowed, decision.errors) == (True, ())
    asked = '@id("x") permit(principal, action, resource is Page) when { resource has size };'
    assert not compiled(asked).decide(ask("view", page(size=value), "owner")).allowed


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_characters_that_stores_refuse_are_missing(text):
    assert not isinstance(convert(text, "String"), str)
    assert flaws_of(f'@id("x") permit(principal, action, resource) when {{ "{text}" == "" }};')


def test_whoever_looks_at_their_own_account_is_one_entity():
    own = '@id("own") permit(principal, action, resource is Account) when { resource == principal };'
    lineage = (Thing("Account", "ann", {"kind": "person"}),)
    assert compiled(own).decide(ask("view", lineage, "viewer")).allowed
    assert not compiled(own).decide(ask("view", lineage, "viewer", account="bob")).allowed


def test_a_dereferenced_link_is_refused_since_links_are_not_loaded():
    rule = 'permit(principal, action, resource is Page) when { resource has author && resource.author.kind == "x" };'
    assert "not read" in flaws_of(f'@id("x") {rule}')[0].message


def test_an_unscoped_rule_must_hold_for_every_type():
    assert (
        "every type"
        in flaws_of('@id("x") permit(principal, action, resource) when { resource.published };')[0].message
    )


def test_a_comment_stays_in_the_text_and_out_of_the_rules():
    text = "// why\n" + ALL
    assert parse(TENANT, text) == parse(TENANT, ALL)
