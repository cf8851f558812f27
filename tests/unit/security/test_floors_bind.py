"""No text and no table of a tenant, however hostile, allows what installation, plan or a token's own limits deny."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insula.security.asking import cut_to_token
from insula.security.cedar.documents import TENANT, from_grid, merge, parse
from insula.security.cedar.engine import CompiledPolicy
from insula.security.compiled import compile_policy
from insula.security.floors import FloorTexts
from tests.unit.security.policies import ROLES, SCHEMA
from tests.unit.security.test_bounds import documents, questions

INSTALLATION = """
@id("mfa") forbid(principal, action == Action::"edit", resource) unless { context.mfa };
@id("net") forbid(principal, action, resource in Area::"admin") unless { context.ip.isInRange(ip("10.0.0.0/8")) };
"""
PLAN = """
@id("visitors") forbid(principal is Visitor, action, resource is Stream);
@id("mfa") forbid(principal in Role::"editor", action == Action::"publish", resource is Page);
"""
FLOORS = FloorTexts(INSTALLATION, PLAN)
ALL = '@id("all") permit(principal, action, resource);'

cells = st.sampled_from(["view", "edit", "publish", "edit:own", "view:own", "ingest", "fly", "own", ":own"])
grids = st.dictionaries(
    st.sampled_from([*ROLES, "nobody", 'x", action, resource); //']),
    st.dictionaries(
        st.sampled_from(["Page", "Stream", "Area", "Setting"]), st.lists(cells, max_size=4), max_size=3
    ),
    max_size=3,
)
tokens = st.tuples(
    st.sets(st.sampled_from(["view", "edit", "*"]), min_size=1),
    st.sampled_from([(), ("10.0.0.0/8",), ("192.0.2.0/24",)]),
)


def holds(text, grid, question, token):
    decided = compile_policy(text, grid, SCHEMA, FLOORS).decide(question)
    floor = compile_policy(ALL, {}, SCHEMA, FLOORS).decide(question)
    alone = CompiledPolicy(merge(parse(TENANT, text), from_grid(grid)), SCHEMA).decide(question)
    assert decided.allowed == (floor.allowed and alone.allowed)
    scopes, networks = token
    if not decided.allowed:
        return
    cut = cut_to_token(decided, scopes, networks, question.action, question.context.ip)
    if cut.allowed:
        assert {"*", question.action} & scopes
        assert not networks or any(ip_address(question.context.ip) in ip_network(each) for each in networks)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), grids, questions, tokens)
def test_no_document_of_a_tenant_allows_what_its_bounds_deny(text, grid, question, token):
    holds(text, grid, question, token)


@pytest.mark.long
@settings(max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), grids, questions, tokens)
def test_no_document_of_a_tenant_allows_what_its_bounds_deny_in_many_tries(text, grid, question, token):
    holds(text, grid, question, token)
