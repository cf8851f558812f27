"""The blocks that need nothing but the page: what may stand in them."""

from __future__ import annotations

from functools import partial

import pytest
from pydantic import ValidationError

from insula.web.markdown import render
from insula.website.blocks import MAX_MARKS, MarkdownText, cells, marks
from tests.speed import spent, yardstick

HEAD = "|a" * 1250 + "\n" + "|-" * 1250 + "\n"


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "|a\n" * 52,
        (HEAD.replace("\n", "\r\n") + "|a\r\n" * 20).replace("\n", "\n> "),
        "- " + HEAD.replace("\n", "\n  ") + "|a\n  " * 20,
        "\n\n".join([HEAD + "a\n" * 3] * 7),
    ],
)
def test_a_few_lines_that_make_a_great_table_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="cells"):
        MarkdownText(text=text)


@pytest.mark.parametrize(
    "text",
    [
        "|day|temperature|\n|---|--:|\n" + "|1 Jan|39.4|\n" * 365,
        "    cat a | grep b | sort | uniq -c\n" * 1000,
        "a - b\n" * 3_000,
    ],
)
def test_an_ordinary_text_may_be_long(text: str) -> None:
    assert MarkdownText(text=text).text == text


def test_counting_the_cells_takes_no_time() -> None:
    for text in ("\n" + " " * 99_000, "|" * 100_000, "-|\n" * 33_000, "\n \n" * 33_000):
        assert spent(partial(cells, text)) < 10 * yardstick()


@pytest.mark.parametrize(
    "shape", ["![", "[a](", "a\n", "a\n\n", "&", "*a_", "~~a", "1. a\n", "> a\n\n", "- a\n\n"]
)
def test_no_block_takes_long_to_draw(shape: str) -> None:
    with pytest.raises(ValidationError, match="too many"):
        MarkdownText(text=shape * (39_000 // len(shape)))
    fewer = shape * next(n for n in range(1, 40_000) if marks(shape * (n + 1)) > MAX_MARKS)
    # Without the bound it was a hundred times as much, and grew with the square of the length.
    assert spent(partial(render, MarkdownText(text=fewer).text)) < 50 * yardstick()
