"""No tenant document loosens the floor, and a slice decides as the whole set does."""

import json

import pytest
from cedarpy import PolicySet, is_authorized
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insula.kit.json import loads
from insula.security.cedar.context import CONTEXT_NAMES
from insula.security.cedar.documents import INSTALLATION, TENANT, merge, parse, parse_floor
from insula.security.cedar.engine import CompiledPolicy
from insula.security.cedar.entities import document
from insula.security.cedar.gate import policy_set_json
from insula.security.cedar.tokens import CedarRefused
from tests.unit.security.policies import ADMIN, ROLES, SCHEMA, SITE, Thing, ask, compiled, page

few = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
many = settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])

FLOOR = """
@id("mfa") forbid(principal, action == Action::"edit", resource) unless { context.mfa };
@id("net") forbid(principal, action, resource in Area::"admin") unless { context.ip.isInRange(ip("10.0.0.0/8")) };
@id("visitors") forbid(principal is Visitor, action, resource is Stream);
@id("size") forbid(principal, action, resource is Page) when { resource has size && resource.size * 4611686018427387904 == 4 };
"""

SCOPES = {
    "principal": [
        "principal",
        'principal in Role::"editor"',
        'principal in Role::"visitor"',
        "principal is Account",
        "principal is Visitor",
        'principal == Account::"ann"',
        'principal is Account in Role::"owner"',
    ],
    "action": [
        "action",
        'action == Action::"view"',
        'action == Action::"edit"',
        'action in [Action::"edit", Action::"publish"]',
        'action in Action::"view"',
        "action in []",
    ],
    "resource": [
        "resource",
        "resource is Page",
        "resource is Stream",
        'resource in Area::"admin"',
        'resource in Page::"/a"',
        'resource == Page::"/a/b"',
        'resource is Page in Area::"site"',
    ],
}
CONDITIONS = [
    "",
    "when { resource has published && resource.published }",
    "when { resource.published }",
    "unless { resource.author == principal }",
    "when { resource.size * 9223372036854775807 > 1 }",
    "when { context.mfa }",
    "unless { context.mfa }",
    "when { context.nothing }",
    "unless { context has mfa && context.mfa }",
    'when { 1 + "a" == 2 }',
    "unless { false }",
    "when { {all: context} has all }",
    'when { principal in Role::"owner" || context.age < 900 }',
]

rule = st.builds(
    "{}({}, {}, {}) {};".format,
    st.sampled_from(["permit", "permit", "forbid"]),
    *(st.sampled_from(SCOPES[name]) for name in ("principal", "action", "resource")),
    st.sampled_from(CONDITIONS),
)
HOSTILE = ["mfa", "net", "visitors", "size", "policy0", "policy1", "installation", "plan"]
names = st.permutations([*HOSTILE, *(f"r{number}" for number in range(6))])
ending = st.sampled_from(["", "\n", " //", "\n// )", ' // " ', "\n//\r"])
resources = st.sampled_from(
    [
        page("/a"),
        page("/a/b", Thing("Page", "/a", {"published": False}), SITE),
        page("/a/b", ADMIN),
        page("/c", size=1),
        page("/c", size=2**62, author="ann"),
        (Thing("Stream", "s"),),
        (Thing("Stream", "s"), ADMIN),
        (ADMIN,),
    ]
)
questions = st.builds(
    lambda action, lineage, role, mfa, ip, age: ask(action, lineage, role, mfa=mfa, ip=ip, age=age),
    st.sampled_from(["view", "edit", "publish", "ingest"]),
    resources,
    st.sampled_from(ROLES),
    st.booleans(),
    st.sampled_from(["10.1.1.1", "192.0.2.1", "::1"]),
    st.sampled_from([1, 10_000]),
)


@st.composite
def documents(draw):
    rules = draw(st.lists(rule, min_size=0, max_size=6))
    chosen = draw(names)
    return "\n".join(f'@id("{name}") {text}' for name, text in zip(chosen, rules, strict=False)) + draw(
        ending
    )


def cedar(rules, question):
    """Cedar's own answer over a whole set, without any of our short cuts."""
    request = {
        "principal": dict(zip(("type", "id"), question.principal, strict=True)),
        "action": {"type": "Action", "id": question.action},
        "resource": {"type": question.lineage[0].type, "id": question.lineage[0].id},
        "context": question.context.cedar(frozenset(CONTEXT_NAMES)),
    }
    parts = document(question.principal, question.roles, question.facts, question.lineage, SCHEMA.types)
    entities = [entity for part in parts for entity in loads(part)]
    return is_authorized(request, PolicySet.from_json_str(policy_set_json(rules)), entities)


FLOOR_RULES = parse_floor(INSTALLATION, FLOOR)
FLOOR_ONLY = CompiledPolicy(
    {**FLOOR_RULES, **parse(TENANT, '@id("all") permit(principal, action, resource);')}, SCHEMA
)


def the_floor_holds(text, question):
    both = compiled(text, floor=FLOOR).decide(question)
    floor = FLOOR_ONLY.decide(question)
    alone = compiled(text, floor="").decide(question)
    assert both.allowed == (floor.allowed and alone.allowed)


def the_slice_decides_as_the_whole(text, question):
    rules = merge(FLOOR_RULES, parse(TENANT, text))
    decision = CompiledPolicy(rules, SCHEMA).decide(question)
    whole = cedar(rules, question)
    erring = {name for name in rules if any(f"`{name}`" in error for error in whole.diagnostics.errors)}
    undeclared = (question.action, question.lineage[0].type) not in SCHEMA.pairs
    closed = undeclared or any(rules[name]["effect"] == "forbid" for name in erring)
    assert decision.allowed == (whole.allowed and not closed)
    if not closed:
        assert set(decision.rules) == set(whole.diagnostics.reasons)


@few
@given(documents(), questions)
def test_no_document_of_a_tenant_loosens_the_floor(text, question):
    the_floor_holds(text, question)


@few
@given(documents(), questions)
def test_a_slice_decides_as_the_whole_set(text, question):
    the_slice_decides_as_the_whole(text, question)


@pytest.mark.long
@many
@given(documents(), questions)
def test_no_document_of_a_tenant_loosens_the_floor_in_many_tries(text, question):
    the_floor_holds(text, question)


@pytest.mark.long
@many
@given(documents(), questions)
def test_a_slice_decides_as_the_whole_set_in_many_tries(text, question):
    the_slice_decides_as_the_whole(text, question)


@pytest.mark.parametrize("tail", [" //", "\n//", ' // "', "\n// }"])
def test_a_comment_at_the_end_swallows_nothing(tail):
    floor = '@id("no") forbid(principal, action, resource is Page);'
    text = '@id("all") permit(principal, action, resource);'
    assert not compiled(text + tail, floor=floor).decide(ask("view", page(), "owner")).allowed
    assert not compiled(text + tail, floor=floor + tail).decide(ask("view", page(), "owner")).allowed


@pytest.mark.parametrize("name", ["installation:mfa", "policy0/x", "installation:mfa\\u{0}"])
def test_a_tenant_cannot_take_the_name_of_a_floor_rule(name):
    with pytest.raises(CedarRefused):
        compiled(f'@id("{name}") permit(principal, action, resource);')


def test_the_same_id_in_two_documents_makes_two_rules():
    rules = compiled('@id("mfa") permit(principal, action, resource);', floor=FLOOR).rules
    assert {"installation:mfa", "tenant:mfa"} <= rules.keys()


def test_a_name_that_two_parts_claim_is_an_error():
    with pytest.raises(ValueError, match="claim"):
        merge({"tenant:a": {}}, {"tenant:a": {}})


def test_a_floor_only_forbids():
    with pytest.raises(ValueError, match="forbids"):
        parse_floor(INSTALLATION, '@id("a") permit(principal, action, resource);')


def outcome(text):
    """True when the text became rules, or was refused with a place for every flaw."""
    try:
        json.dumps(parse(TENANT, text))
    except CedarRefused as refused:
        return bool(refused.flaws) and all(flaw.line >= 1 and flaw.column >= 1 for flaw in refused.flaws)
    return True


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(text):
    assert outcome(text)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *'(){}[];,.@!?&|=<>"/',
                "permit",
                "forbid",
                "when",
                '"a"',
                "@id",
                '@id("x") ',
                "principal",
                "resource",
                "//",
                "\n",
                "::",
                "1",
                "has",
                "like",
                "if",
                "then",
                "else",
            ]
        ),
        max_size=60,
    )
)
def test_any_words_are_parsed_or_refused(parts):
    assert outcome(" ".join(parts))
