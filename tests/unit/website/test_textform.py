"""Blocks as text: what is written is read back, and what cannot be read has its line."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insula.website.textform import read, write
from tests.speed import spent, yardstick

from .kinds import kinds

KINDS = kinds()
TEXT = "::: heading\ntext: The station\nlevel: 3\n:::\n\n::: markdown\nIt *stands*.\n\n- here\n:::\n"
BLOCKS = [
    {"kind": "heading", "text": "The station", "level": "3"},
    {"kind": "markdown", "text": "It *stands*.\n\n- here"},
]


def test_a_text_is_read_with_the_line_of_every_field():
    blocks, lines, errors = read(TEXT, KINDS)
    assert (blocks, errors) == (BLOCKS, [])
    assert lines == {
        "blocks[0]": 1,
        "blocks[0].text": 2,
        "blocks[0].level": 3,
        "blocks[1]": 6,
        "blocks[1].text": 7,
    }


def test_line_ends_of_any_system_are_read():
    assert read(TEXT.replace("\n", "\r\n"), KINDS)[0] == BLOCKS


def test_values_that_look_like_json_are_json():
    (block,), _, errors = read('::: chart\nstream: t\nseries: ["a", "b"]\n:::', KINDS)
    assert block == {"kind": "chart", "stream": "t", "series": ["a", "b"]}
    assert not errors


def test_a_body_may_hold_fences_and_lines_that_look_like_fields():
    block = {"kind": "markdown", "text": "text: no field\n:::\n::::\n::: markdown\nend"}
    assert read(write([block], KINDS), KINDS)[0] == [block]


def test_faults_are_told_with_their_line():
    _, _, errors = read("hello\n", KINDS)
    assert [error.line for error in errors] == [1]
    _, _, errors = read("::: heading\ntext: x\n", KINDS)
    assert [error.line for error in errors] == [1]
    _, _, errors = read("::: heading\nno field here\n:::\n\n::: chart\nseries: [1\n:::", KINDS)
    assert [(error.line, error.path) for error in errors] == [(2, "blocks[0]"), (6, "blocks[1].series")]


def test_a_mistyped_kind_is_suggested():
    _, _, (error,) = read("::: markdwn\nhello\n:::", KINDS)
    assert error.line == 1
    assert "Did you mean markdown?" in error.detail


def test_a_block_of_a_kind_no_longer_installed_survives():
    block = {"kind": "gone", "list": [1, {"a": None}], "text": "x", "on": True}
    assert read(write([block], KINDS), KINDS)[0] == [{**block, "on": "true"}]


TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=60)
BODIES = st.lists(
    st.one_of(TEXTS, st.sampled_from([":::", "::::", "::: markdown", "text: x", ""])), max_size=6
)


@given(
    st.lists(
        st.one_of(
            TEXTS.map(lambda t: {"kind": "heading", "text": t}),
            BODIES.map(lambda b: {"kind": "markdown", "text": "\n".join(b)}),
        ),
        max_size=4,
    )
)
def test_whatever_is_written_is_read_back(blocks):
    found, _, errors = read(write(blocks, KINDS), KINDS)
    assert errors == []
    assert found == blocks


@pytest.mark.parametrize("line", [":::a{}b", "::: heading\ntext: a{}b\n:::", "::: heading\n{}a\n:::"])
def test_a_line_of_many_spaces_is_read_in_no_time(line):
    # With a pattern that goes back and forth it took minutes.
    assert spent(partial(read, line.format(" " * 200_000), KINDS)) < 30 * yardstick()
