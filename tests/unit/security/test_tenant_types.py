"""Types that a tenant declares: in the schema, in slices, in answers that serve many."""

import pytest

from insula.security.cedar.documents import TENANT, parse
from insula.security.cedar.engine import CompiledPolicy
from insula.security.cedar.slices import RuleSet
from insula.security.interfaces import PolicyType
from tests.unit.security.policies import SCHEMA, Thing, ask

ABOVE = (Thing("Collection", "airports"), Thing("Area", "collections"))


def entries(name, **attributes):
    return PolicyType(f"Entries::{name}", attributes=attributes, parents=("Collection",), actions=("view",))


def compiled(*rules, schema=SCHEMA):
    text = "\n".join(f'@id("rule-{number}") {rule}' for number, rule in enumerate(rules))
    return CompiledPolicy(parse(TENANT, text), schema)


def test_a_tenants_names_never_stand_for_types_of_ours():
    named = entries("decimal", size="decimal?", who="Account?", all="Set<String>", next="Entries::decimal?")
    schema = SCHEMA.extended([named])
    assert schema.handle is not None
    assert "namespace Entries {" in schema.text
    assert schema.types.keys() > SCHEMA.types.keys()
    assert schema.version != SCHEMA.version
    assert "decimal" in schema.vocabulary


@pytest.mark.parametrize("name", ["Entries::if", "Entries::a::b", "entries:a", "Entries::", "Entries::a b"])
def test_a_name_that_rules_cannot_write_is_refused(name):
    with pytest.raises(ValueError, match="cannot be the name of a type"):
        SCHEMA.extended([PolicyType(name)])


def test_a_link_to_a_type_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="unknown"):
        SCHEMA.extended([entries("routes", origin="Entries::nowhere")])


def test_fifty_types_cost_the_slices_of_one():
    rules = RuleSet(parse(TENANT, '@id("a") permit(principal, action, resource in Area::"collections");'))
    found = {rules.slice("Account", "view", f"Entries::kind_{number}") for number in range(50)}
    assert len(found) == 1
    assert found.pop().permits == ("tenant:a",)
    assert rules.slice("Account", "view", "Page").permits == ()
    assert rules.slice("Account", "view", "Stream") is rules.slice("Account", "view", "Page")


def test_a_rule_for_one_type_is_in_its_slice_alone():
    rules = RuleSet(parse(TENANT, '@id("a") permit(principal, action, resource is Entries::airports);'))
    assert rules.slice("Account", "view", "Entries::airports").permits == ("tenant:a",)
    assert rules.slice("Account", "view", "Entries::routes").permits == ()


FIELDS = tuple(Thing("Field", f"airports.{name}") for name in ("iata", "state", "city"))


def allowed(policy, *roles, account="ann"):
    found = policy.allowed(ask("view", ABOVE, *roles, account=account), FIELDS)
    return {each.partition(".")[2] for each in found}


def test_many_things_are_asked_about_at_once_and_remembered():
    policy = compiled(
        "permit(principal, action, resource is Field);",
        'forbid(principal, action, resource == Field::"airports.city") unless { principal in Role::"editor" };',
    )
    assert allowed(policy, "viewer") == {"iata", "state"}
    assert allowed(policy, "editor") == {"iata", "state", "city"}
    assert allowed(policy, "viewer") == {"iata", "state"}
    assert allowed(compiled(), "viewer") == set()
    assert policy.allowed(ask("publish", ABOVE, "editor"), FIELDS) == frozenset()
    assert policy.allowed(ask("view", ABOVE, "editor"), ()) == frozenset()


def test_what_is_remembered_of_one_person_is_not_told_to_another():
    policy = compiled(
        "permit(principal, action, resource is Field);",
        'forbid(principal, action, resource == Field::"airports.city") unless { principal == Account::"ann" };',
    )
    assert "city" in allowed(policy, "viewer", account="ann")
    assert "city" not in allowed(policy, "viewer", account="bob")


def test_a_link_in_a_role_tells_people_apart():
    policy = compiled(
        'permit(principal, action, resource is Entries::airports) when { resource has author && resource.author in Role::"editor" };'
    )
    assert policy.impersonal(ask("view", ABOVE, "editor"), "Entries::airports")[0].personal
    plain = compiled('permit(principal in Role::"editor", action, resource is Entries::airports);')
    asked = plain.impersonal(ask("view", ABOVE, "editor", "viewer"), "Entries::airports")[1]
    assert (asked.principal, asked.roles, asked.facts) == (("Account", ""), frozenset({"editor"}), {})
