"""Patches of an entry, without a door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insula.collections.entries.patches import changes_of, merged
from insula.kit.errors import Conflict, Invalid, Malformed

SHOWN = {"id": "1", "version": 2, "name": "San Francisco", "state": "CA", "note": {"a": 1, "b": {"c": 2}}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("patch", "changes"),
    [
        ({}, {}),
        (SHOWN, {}),
        ({"name": "Frisco"}, {"name": "Frisco"}),
        ({"state": None}, {"state": None}),
        ({"missing": None}, {}),
        ({"note": {"b": None}}, {"note": {"a": 1}}),
        ({"version": 3}, {"version": 3}),
    ],
)
def test_a_merge_patch_becomes_the_values_that_differ(patch, changes):
    assert changes_of(SHOWN, patch, operations=False) == changes


@given(JSON, JSON)
def test_a_merge_patch_that_is_applied_twice_does_no_more_than_once(shown, patch):
    once = merged(shown, patch)
    assert merged(once, patch) == once


@pytest.mark.parametrize(
    ("operation", "changes"),
    [
        ({"op": "replace", "path": "/name", "value": "Frisco"}, {"name": "Frisco"}),
        ({"op": "remove", "path": "/state"}, {"state": None}),
        ({"op": "add", "path": "/note/b/d", "value": 3}, {"note": {"a": 1, "b": {"c": 2, "d": 3}}}),
        ({"op": "copy", "from": "/name", "path": "/state"}, {"state": "San Francisco"}),
        ({"op": "test", "path": "/name", "value": "San Francisco"}, {}),
    ],
)
def test_an_operation_becomes_the_values_that_differ(operation, changes):
    assert changes_of(SHOWN, [operation], operations=True) == changes
    assert SHOWN["note"] == {"a": 1, "b": {"c": 2}}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, Malformed),
        ([3], Malformed),
        ([{"op": "jump", "path": "/a"}], Malformed),
        ([{"op": "add"}], Malformed),
        ([{"op": ["add"], "path": "/name"}], Malformed),
        ([{"op": "test", "path": "/name", "value": 1}], Conflict),
        ([{"op": "remove", "path": "/nothing"}], Invalid),
        ([{"op": "add", "path": "name", "value": 1}], Invalid),
        ([{"op": "add", "path": "/name"}], Invalid),
        ([{"op": "move", "path": "/name"}], Invalid),
        ([{"op": "replace", "path": "", "value": [1]}], Invalid),
        ([{"op": "add", "path": "/note/x/y", "value": 1}], Invalid),
        ([{"op": "replace", "path": "/name/x", "value": 1}], Invalid),
    ],
)
def test_what_cannot_be_done_is_refused(body, error):
    with pytest.raises(error):
        changes_of(SHOWN, body, operations=True)


def test_copies_of_copies_end_before_they_fill_the_memory():
    doubling = [{"op": "copy", "from": "/note", "path": f"/note/k{each}"} for each in range(10)]
    assert len(changes_of(SHOWN, doubling, operations=True)["note"]) == 12
    doubling = [{"op": "copy", "from": "/note", "path": f"/note/k{each}"} for each in range(30)]
    with pytest.raises(Invalid, match="copy too much"):
        changes_of(SHOWN, doubling, operations=True)
    deeper = [{"op": "copy", "from": "/note", "path": "/note" + "/k" * each} for each in range(1, 60)]
    with pytest.raises(Invalid):
        changes_of(SHOWN, deeper, operations=True)


def test_operations_nest_no_deeper_than_a_body_may():
    deeper = [{"op": "add", "path": "/note" + "/k" * each, "value": {}} for each in range(1, 80)]
    assert changes_of(SHOWN, deeper[:60], operations=True)
    with pytest.raises(Invalid) as refused:
        changes_of(SHOWN, deeper, operations=True)
    assert "64 levels" in refused.value.errors[0].detail


def test_a_patch_has_a_hundred_operations_at_most():
    held = {"op": "test", "path": "/name", "value": "San Francisco"}
    assert changes_of(SHOWN, [held] * 100, operations=True) == {}
    with pytest.raises(Malformed):
        changes_of(SHOWN, [held] * 101, operations=True)
