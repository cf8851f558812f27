"""A decision as a record: the same question can be asked again, and no more is kept than rules can read."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from insula.kit.ids import millis_of, uuid7
from insula.kit.json import dumps, loads
from insula.records.interfaces import Record
from insula.security.cedar.schema import PolicySchema
from insula.security.interfaces import Decision, Identity, PolicyType
from insula.security.recorded import MAX_LINEAGE, Taken, decode, encode, question_of, record_id
from insula.security.replaying import Replayer, replay
from tests.unit.security.policies import SCHEMA, Thing, ask, compiled, page

ANN = UUID(int=7)
REFUSED = Decision(allowed=False, id=f"{uuid7()}-1")
PUBLISHED = """
@id("published") permit(principal, action == Action::"view", resource is Page) when { resource.published };
"""
OWN = """
@id("own") permit(principal, action == Action::"edit", resource is Page)
  when { resource has author && resource.author == principal };
"""
RECENT = '@id("recent") permit(principal, action, resource) when { context.age < 100 };'


def identity(**options):
    return Identity(UUID(int=1), ANN, "person", "Ann", frozenset({"author"}), "session", **options)


def recorded(question, decision=REFUSED, who=None, weight=1, schema=SCHEMA):
    row = encode(Taken(question, decision, who, 3, schema), weight)
    return decode(Record(row.id, datetime.now(UTC), "", row.body))


def test_what_is_read_back_is_what_was_asked():
    question = ask("edit", page(author=str(ANN)), "author", account=str(ANN))
    found = recorded(question, who=identity(), weight=4)
    again = question_of(found, SCHEMA.types)
    assert (again.principal, again.roles, again.action) == (
        question.principal,
        question.roles,
        question.action,
    )
    assert again.context == question.context
    assert [(each.type, each.id) for each in again.lineage] == [("Page", "/news"), ("Area", "site")]
    assert again.lineage[0].attributes == {"published": True, "author": str(ANN)}
    assert (found.weight, found.version, found.name) == (4, 3, "Ann")


def test_the_path_is_kept_up_to_a_length_and_older_records_have_none():
    row = encode(Taken(ask("view", page(), "viewer"), REFUSED, identity(), 3, SCHEMA, "/" + "x" * 300), 1)
    assert decode(Record(row.id, datetime.now(UTC), "", row.body)).path == "/" + "x" * 199
    body = loads(row.body)
    del body["path"]
    assert decode(Record(row.id, datetime.now(UTC), "", dumps(body))).path == ""


def test_a_decision_from_before_there_were_administration_tokens_was_by_none():
    question = ask("view", page(), "viewer", scheme="token", elevated=True)
    row = encode(Taken(question, REFUSED, identity(elevated=True), 3, SCHEMA), 1)
    body = loads(row.body)
    assert body["context"].pop("elevated") is True
    before = decode(Record(row.id, datetime.now(UTC), "", dumps(body)))
    elevated = compiled('@id("elevated") permit(principal, action, resource) when { context.elevated };')
    assert replay(recorded(question), elevated, SCHEMA).allowed
    # Known to be false, rather than unknown.
    assert replay(before, elevated, SCHEMA).allowed is False
    assert question_of(before, SCHEMA.types).context.elevated is False


def test_only_what_rules_can_read_is_kept():
    found = recorded(ask("view", page(secret="s3cret", size="not a number"), "visitor"))
    assert found.lineage[0].attributes == {"published": True}


def test_a_decision_is_found_by_its_name_and_lies_at_the_time_of_its_request():
    request_id = uuid7()
    assert record_id(f"{request_id}-2") == record_id(f"{request_id}-2")
    assert record_id(f"{request_id}-2") != record_id(f"{request_id}-3")
    assert millis_of(record_id(f"{request_id}-2")) == millis_of(request_id)


@pytest.mark.parametrize("value", ["", "-", "x-1", "0-1", "9f0c1c1e-1111-4111-8111-111111111111-1"])
def test_a_name_that_is_none_leads_nowhere(value):
    assert record_id(value) != record_id(value)


def test_a_lineage_that_is_too_large_is_cut_and_marked():
    question = ask("view", page(path="x" * MAX_LINEAGE), "visitor")
    found = recorded(question)
    assert found.cut
    assert found.lineage[0].attributes == {}
    assert found.lineage[0].id == "/news"
    endless = recorded(ask("view", page("/" + "x" * 9_000), "visitor"))
    assert len(endless.lineage[0].id) <= 256


def test_an_erased_record_is_no_decision():
    assert decode(Record(uuid7(), datetime.now(UTC), "", b"null", redacted=True)) is None


def test_a_recorded_question_gets_the_answer_the_live_one_gets():
    policy = compiled(PUBLISHED + OWN)
    for question in (
        ask("view", page(), "visitor"),
        ask("view", page(published=False), "visitor"),
        ask("edit", page(author=str(ANN)), "author", account=str(ANN)),
        ask("edit", page(author="somebody"), "author", account=str(ANN)),
    ):
        who = None if question.principal[0] == "Visitor" else identity()
        again = replay(recorded(question, who=who), policy, SCHEMA)
        assert again.allowed == policy.decide(question).allowed
        assert again.rules == policy.decide(question).rules


def test_a_token_stays_cut_to_its_scopes_and_networks():
    question = ask("view", page(), "viewer")
    policy = compiled(PUBLISHED)
    scoped = replay(recorded(question, who=identity(scopes=frozenset({"edit"}))), policy, SCHEMA)
    assert (scoped.allowed, scoped.rules) == (False, ("token:scope",))
    away = replay(recorded(question, who=identity(networks=("10.0.0.0/8",))), policy, SCHEMA)
    assert (away.allowed, away.rules) == (False, ("token:network",))
    assert replay(recorded(question, who=identity(networks=("192.0.2.0/24",))), policy, SCHEMA).allowed


def test_what_was_cut_is_unknown_only_to_rules_that_read_it():
    found = recorded(ask("view", page(path="x" * MAX_LINEAGE), "visitor"))
    assert "too large" in replay(found, compiled(PUBLISHED), SCHEMA)
    assert replay(found, compiled(RECENT), SCHEMA).allowed


def test_a_type_that_is_gone_is_unknown():
    question = ask("view", (Thing("Page", "/news"),), "visitor")
    smaller = PolicySchema.of([PolicyType("Stream")])
    assert "no such" in replay(recorded(question), compiled(PUBLISHED), smaller)


def test_an_attribute_declared_since_is_unknown_and_one_that_was_missing_is_missing():
    before = PolicySchema.of([PolicyType("Page", attributes={"published": "Bool"}, parents=("Area",))])
    question = ask("view", page(), "visitor")
    rule = '@id("own") permit(principal, action, resource is Page) when { resource has author };'
    assert "resource.author" in replay(recorded(question, schema=before), compiled(rule), SCHEMA)
    assert replay(recorded(question), compiled(rule), SCHEMA).allowed is False


def test_answers_are_shared_only_between_those_whom_no_rule_tells_apart():
    mine = '@id("mine") permit(principal == Account::"ann", action == Action::"delete", resource is Page);'
    policy = compiled(PUBLISHED + OWN + RECENT + mine)
    replayer = Replayer(policy, SCHEMA)
    direct = []
    shared = []
    for action in ("view", "edit", "delete"):
        for number in (7, 8):
            for author in (7, 8):
                for age in (60, 600):
                    for role in ("author", "viewer"):
                        account = UUID(int=number)
                        question = ask(
                            action, page(author=str(UUID(int=author))), role, account=str(account), age=age
                        )
                        who = Identity(UUID(int=1), account, "person", "x", frozenset({role}), "session")
                        shared.append(replayer.ask(recorded(question, who=who)).allowed)
                        direct.append(policy.decide(question).allowed)
    assert shared == direct
    assert {True, False} == set(direct)


def test_a_network_of_one_token_does_not_pass_to_another():
    replayer = Replayer(compiled(PUBLISHED), SCHEMA)
    question = ask("view", page(), "viewer")
    inside, outside = identity(networks=("192.0.2.0/24",)), identity(networks=("10.0.0.0/8",))
    assert replayer.ask(recorded(question, who=inside)).allowed
    assert not replayer.ask(recorded(question, who=outside)).allowed
    assert replayer.ask(recorded(question, who=identity())).allowed
