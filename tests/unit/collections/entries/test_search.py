"""Words as they are searched, of texts that nobody writes by hand."""

from __future__ import annotations

import uuid
from time import process_time

import pytest

from insula.collections.entries.search import terms_of, words_of
from insula.collections.interfaces.schemas import FieldDocument

ID = uuid.UUID(int=7)


def terms(kind: str, text: str) -> list[str]:
    field = FieldDocument.model_validate({"name": "a", "type": kind, "searchable": True})
    found = terms_of([field], {"a": text}, place="0", entry_id=ID, stage=0).split()
    return [each.removeprefix("0.") for each in found if each.startswith("0.")]


def test_words_have_neither_case_nor_accents_however_these_are_written():
    for text in ("Zürich ÉTÉ", "Zu\u0308rich E\u0301TE\u0301", "\uff5aürich été"):
        assert words_of(text) == ["zurich", "ete"]


def test_tags_are_no_words():
    assert terms("rich_text", "<p class='x'>one</p> a < b <i>two") == ["a.one", "a.a", "a.b", "a.two"]


@pytest.mark.parametrize(
    "text",
    ["<" * 100_000, "<a " * 30_000, "a" + "\u0301" * 50_000 + "\u0316" * 50_000, "\u01d5\u0316" * 50_000],
    ids=["tags that never end", "tags in tags", "accents out of order", "accents on accents"],
)
def test_a_text_takes_as_long_as_it_is(text):
    began = process_time()
    terms("rich_text", text)
    assert process_time() - began < 1
