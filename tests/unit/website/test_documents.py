"""Blocks are checked when they are written, and every fault has its path."""

from __future__ import annotations

import pytest

from insula.kit.errors import Invalid
from insula.website.documents import MAX_BLOCKS, MAX_VARYING, check_blocks, check_fields

from .kinds import kinds


def test_good_blocks_are_stored_with_what_was_given_only():
    given = [{"kind": "heading", "text": "Hi"}, {"kind": "chart", "stream": "t", "hours": "48"}]
    assert check_blocks(given, kinds()) == [
        {"kind": "heading", "text": "Hi"},
        {"kind": "chart", "stream": "t", "hours": 48},
    ]


def test_every_fault_is_told_with_its_path():
    given = [
        {"kind": "heading", "text": "", "level": 9},
        "x",
        {"kind": "chart"},
        {"kind": "chart", "stream": "a", "z": 1},
    ]
    with pytest.raises(Invalid) as refused:
        check_blocks(given, kinds())
    assert {error.path for error in refused.value.errors} == {
        "blocks[0].text",
        "blocks[0].level",
        "blocks[1]",
        "blocks[2].stream",
        "blocks[3].z",
    }


def test_a_kind_nobody_has_is_refused_unless_the_page_has_that_block_already():
    block = {"kind": "gone", "x": [1]}
    with pytest.raises(Invalid) as refused:
        check_blocks([block], kinds())
    assert refused.value.errors[0].path == "blocks[0].kind"
    assert check_blocks([block], kinds(), keep=[block]) == [block]
    with pytest.raises(Invalid):
        check_blocks([{"kind": "gone", "x": [2]}], kinds(), keep=[block])


def test_a_page_has_so_many_blocks_and_no_more():
    with pytest.raises(Invalid):
        check_blocks([{"kind": "heading", "text": "x"}] * (MAX_BLOCKS + 1), kinds())


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": 3}, "title"),
        ({"summary": None}, "summary"),
        ({"summary": "a\x00"}, "summary"),
        ({"position": -1}, "position"),
        ({"position": True}, "position"),
        ({"position": 1.5}, "position"),
        ({"ask_to_sign_in": "yes"}, "ask_to_sign_in"),
    ],
)
def test_a_bad_field_is_named(values, path):
    assert [error.path for error in check_fields(values)] == [path]


def test_good_fields_are_silent():
    assert check_fields({"title": "x", "label": None, "position": None, "ask_to_sign_in": True}) == []


def test_a_page_has_few_blocks_that_are_drawn_for_every_visitor():
    chart = {"kind": "chart", "stream": "readings"}
    assert len(check_blocks([chart] * MAX_VARYING, kinds())) == MAX_VARYING
    with pytest.raises(Invalid) as caught:
        check_blocks([chart] * (MAX_VARYING + 1), kinds())
    assert caught.value.errors[0].path == "blocks"


def test_the_blocks_of_a_page_have_a_size_together():
    long = {"kind": "markdown", "text": "word " * 7_000}
    assert len(check_blocks([long] * 7, kinds())) == 7
    with pytest.raises(Invalid) as caught:
        check_blocks([long] * 8, kinds())
    assert "together" in caught.value.errors[0].detail
