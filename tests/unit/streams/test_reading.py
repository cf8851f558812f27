"""A record is read so strictly that nobody can later see another one in the same bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insula.streams.reading import MAX_DEPTH, BadRecord, path_of, read_record

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5).filter(lambda s: "\0" not in s), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(
    st.dictionaries(st.text(max_size=5).filter(lambda s: "\0" not in s), JSON_VALUES, max_size=5),
    st.booleans(),
)
def test_what_a_standard_writer_writes_is_read_back(record: dict, ascii_only: bool) -> None:
    raw = json.dumps(record, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        raw.decode()
    except UnicodeDecodeError:
        with pytest.raises(BadRecord):
            read_record(raw)
        return
    assert read_record(raw) == record


@pytest.mark.parametrize(
    ("raw", "path", "words"),
    [
        (b'{"a":NaN}', "", "not JSON"),
        (b'{"a":Infinity}', "", "not JSON"),
        (b'{"a":1e999}', "", "too large"),
        (b'{"a":1,"a":2}', "a", "twice"),
        (b'{"a":{"b":1,"b":1}}', "b", "twice"),
        (b'{"a":"x","\\u0061":"y"}', "a", "twice"),
        (b'{"a":"\\ud800"}', "", "surrogate"),
        (b'{"a":"\\u0000"}', "a", "U+0000"),
        (b'{"a":[1,{"b":"x\\u0000"}]}', "a[1].b", "U+0000"),
        (b'{"a\\u0000":1}', "", "U+0000"),
        (b'{"a":"\x00"}', "", "not JSON"),
        (b'{"a":"\xff"}', "", "Byte 7 is not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "", "not UTF-8"),
        (b'\xef\xbb\xbf{"a":1}', "", "not JSON"),
        (b"[1]", "", "not a list"),
        (b'"text"', "", "not a string"),
        (b"7", "", "not a number"),
        (b"true", "", "not a boolean"),
        (b"null", "", "not null"),
        (b'{"a":1}}', "", "not JSON"),
        (b"{'a':1}", "", "not JSON"),
    ],
)
def test_what_two_readers_could_see_differently_is_refused(raw: bytes, path: str, words: str) -> None:
    with pytest.raises(BadRecord) as caught:
        read_record(raw)
    assert caught.value.path == path
    assert words in caught.value.detail


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":"\\ud83d\\ude00"}',
        b'{"a":"\\\\u0000"}',
        b'{"a":"\\"","b":":\\""}',
        b'{"a":"1,2:{}[]","b":[{"a":1},{"a":2}]}',
        '{"ä":"ß"}'.encode(),
        b"{}",
    ],
)
def test_unusual_but_sound_texts_pass(raw: bytes) -> None:
    assert read_record(raw) == json.loads(raw)


@pytest.mark.parametrize("deep", [MAX_DEPTH, 500, 5_000])
def test_a_record_nested_too_deeply_is_refused_without_harm(deep: int) -> None:
    with pytest.raises(BadRecord):
        read_record(b'{"a":' + b"[" * deep + b"]" * deep + b"}")


def test_a_wide_record_is_not_a_deep_one() -> None:
    assert len(read_record(b'{"a":[' + b",".join([b"[]"] * 500) + b"]}")["a"]) == 500


def test_paths_quote_names_that_are_no_words() -> None:
    assert path_of([]) == ""
    assert path_of(["time"]) == "time"
    assert path_of(["where", 0, "höhe", "c.d", "x-y"]) == 'where[0].höhe["c.d"].x-y'
